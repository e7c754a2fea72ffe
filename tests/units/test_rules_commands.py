"""`churn-monitor rules`: what each command prints where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.adapters.rule_files import load_rule_file
from tests.commands import Ran, churn_monitor
from tests.conftest import ROOT

SCENARIOS = ROOT / "tests" / "scenarios"
FAILING = SCENARIOS / "failing"
QUIET = "version: 1\nrules:\n  - name: quiet\n    kind: silence\n    of: order.placed\n    quiet_for: %s\n"
ORDERS = "customer,date,amount\nada,2025-01-01,10\nben,2025-01-05,20\nada,2025-01-26,30\n"
STORY = """
timeline:
  - {at: 0d, event: {type: order.placed, customer: ada}}
  - {at: 30d, expect: [{firing: quiet, customer: ada, since: 30d}]}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with rule files a, b and wrong, orders, and a scenario without rules."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a.yaml": QUIET % "30d",
        "b.yaml": QUIET % "20d",
        "wrong.yaml": (QUIET % "30d").replace("kind:", "kinds:").replace("order.placed", "order.place"),
        "orders.csv": ORDERS,
        "story.yml": STORY,
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


# list


def test_list_shows_the_rules_that_ship() -> None:
    ran = churn_monitor("rules", "list")
    heading, *rules = ran.out.splitlines()
    assert heading.split() == ["name", "kind", "severity", "mode", "watches", "warns", "when", "reason"]
    # What is too wide goes on below, behind an empty name.
    assert [line.split()[:2] for line in rules if not line.startswith(" ")] == [
        [rule.name, rule.kind] for rule in load_rule_file(None).rules
    ]


@pytest.mark.usefixtures("here")
def test_list_shows_the_rules_of_a_file() -> None:
    assert rows(churn_monitor("rules", "list", "a.yaml").out)[1] == (
        ["quiet", "silence", "warning", "live", "order.placed", "quiet", "for", "30d"]
    )


def test_list_shows_the_rules_that_are_set(here: Path) -> None:
    (here / "churn-monitor.toml").write_text('rules = "b.yaml"\n')
    (listed,) = json.loads(churn_monitor("rules", "list", "--json").out)
    assert (listed["name"], listed["quiet_for"], listed["warns_when"]) == ("quiet", "20d", "quiet for 20d")


def test_list_says_so_where_there_are_none(here: Path) -> None:
    (here / "none.yaml").write_text("version: 1\nrules: []\n")
    assert churn_monitor("rules", "list", "none.yaml").out == "There are no rules in this file.\n"
    assert churn_monitor("rules", "list", "none.yaml", "--json").out == "[]\n"


# check


@pytest.mark.usefixtures("here")
def test_check_finds_nothing_in_a_good_file() -> None:
    assert churn_monitor("rules", "check", "a.yaml", "--strict") == Ran(
        0, "1 rule, nothing wrong, 0 doubts.\n", ""
    )


@pytest.mark.usefixtures("here")
def test_check_tells_a_problem_with_file_line_key_and_what_was_meant() -> None:
    ran = churn_monitor("rules", "check", "wrong.yaml")
    assert (ran.code, ran.err) == (2, "")
    problem, summary = ran.out.splitlines()
    assert problem.startswith("wrong.yaml:3: rules[0].kind: is missing; allowed: silence, ")
    assert summary == "1 problem: no worker would start with this file."


def test_check_tells_all_problems_at_once(here: Path) -> None:
    text = (QUIET % "30 days").replace("order.placed", "order.place").replace("name:", "naem:")
    (here / "wrong.yaml").write_text(text)
    ran = churn_monitor("rules", "check", "wrong.yaml", "--json")
    assert ran.code == 2
    told = json.loads(ran.out)
    assert [(each["where"], each["key"]) for each in told["problems"]] == [
        ("wrong.yaml:3", "rules[0].naem"),
        ("wrong.yaml:5", "rules[0].of"),
        ("wrong.yaml:6", "rules[0].quiet_for"),
    ]
    remedies = [each["remedy"].split("?")[0] for each in told["problems"]]
    assert remedies == ["did you mean name", "did you mean order.placed", "did you mean 30d"]


def test_doubts_fail_where_one_is_strict(here: Path) -> None:
    (here / "off.yaml").write_text(QUIET % "30d" + "    mode: off\n")
    lenient, strict = (churn_monitor("rules", "check", "off.yaml", *words) for words in ([], ["--strict"]))
    assert (lenient.code, strict.code) == (0, 1)
    assert lenient.out == strict.out
    assert lenient.out.splitlines()[0].startswith("off.yaml:2: rules: no rule is on")


@pytest.mark.usefixtures("here")
def test_check_with_a_history_says_how_many_would_have_been_warned_of() -> None:
    words = ["rules", "check", "b.yaml", "--history", "orders.csv", "--until", "2025-02-01", "--strict"]
    ran = churn_monitor(*words)
    assert ran.code == 1
    doubt, _, figures, summary = ran.out.splitlines()
    assert doubt == (
        "b.yaml:6: rules[0].quiet_for: quiet had 100% of the customers under warning at one time, "
        "more than 50%; raise the threshold, or --share"
    )
    assert figures.split() == ["quiet", "2", "2", "100.0%"]
    assert summary == "1 rule, nothing wrong, 1 doubt."
    assert churn_monitor(*words, "--share", "1").code == 0
    (flagged,) = json.loads(churn_monitor(*words, "--json").out)["flagged"]
    assert flagged == {"rule": "quiet", "customers": 2, "at_once": 2, "share": 1.0}


# test


def test_every_scenario_of_ours_is_met() -> None:
    ran = churn_monitor("rules", "test", SCENARIOS)
    assert ran.code == 0
    *scenarios, summary = ran.out.splitlines()
    assert scenarios == [f"met    {path}" for path in sorted(SCENARIOS.glob("*.yaml"))]
    assert summary == f"{len(scenarios)} scenarios: all met."


@pytest.mark.parametrize("path", sorted(FAILING.glob("*.yaml")), ids=lambda path: path.stem)
def test_one_that_is_not_met_is_shown_with_both_sides(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FAILING)
    ran = churn_monitor("rules", "test", path.name)
    assert ran.code == 1
    assert ran.out == path.with_suffix(".txt").read_text()


@pytest.mark.usefixtures("here")
def test_a_scenario_without_rules_is_judged_by_those_that_are_given() -> None:
    assert churn_monitor("rules", "test", "story.yml", "--rules", "a.yaml").code == 0
    ran = churn_monitor("rules", "test", "story.yml", "--rules", "b.yaml")
    assert ran.code == 1
    assert rows(ran.out)[2][:6] == ["30d", "≠", "firing", "quiet", "of", "ada,"]


@pytest.mark.usefixtures("here")
def test_a_file_that_is_wrong_does_not_keep_the_others_from_being_played() -> None:
    ran = churn_monitor("rules", "test", "none.yaml", "story.yml", "--rules", "a.yaml")
    assert ran.code == 2
    assert ran.out.splitlines() == [
        "wrong  none.yaml: can't be read: No such file or directory; give a scenario",
        "met    story.yml",
        "2 scenarios: 1 wrong.",
    ]


def test_a_rule_that_there_is_not_is_a_slip(here: Path) -> None:
    (here / "b.yaml").write_text((QUIET % "30d").replace("name: quiet", "name: quite"))
    ran = churn_monitor("rules", "test", "story.yml", "--rules", "b.yaml")
    assert ran.code == 2
    slip = "no rule is called 'quiet'; did you mean quite? allowed: quite"
    assert ran.out.splitlines()[0] == f"wrong  story.yml:4: timeline[1].expect[0].firing: {slip}"


def test_a_folder_without_scenarios_is_a_mistake(here: Path) -> None:
    (here / "empty").mkdir()
    ran = churn_monitor("rules", "test", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "churn-monitor: empty: no scenario in this folder; name YAML files *.yaml\n"


# diff

DIFF = ["rules", "diff", "a.yaml", "b.yaml", "--history", "orders.csv", "--until", "2025-06-01"]


@pytest.mark.usefixtures("here")
def test_diff_counts_by_rule_and_shows_the_first() -> None:
    ran = churn_monitor(*DIFF)
    assert ran.code == 0
    assert [line.rstrip() for line in ran.out.splitlines()] == [
        "rule   mode  new  gone  earlier  later  graver  milder  same",
        "quiet  live    1     0        2      0       0       0     0",
        "",
        "change              customer  rule   about  A                         B",
        "new                 ada       quiet         nothing                   warning from 2025-01-21 to 2025-01-26",
        "earlier by 10 days  ben       quiet         warning since 2025-02-04  warning since 2025-01-25",
        "earlier by 10 days  ada       quiet         warning since 2025-02-25  warning since 2025-02-15",
        "",
        "3 differences about 2 customers.",
    ]
    assert ran.err == "orders.csv: customer is 'customer', time is 'date', amount is 'amount'\n"


@pytest.mark.usefixtures("here")
def test_diff_shows_as_many_examples_as_asked_for() -> None:
    assert "3 differences about 2 customers, the first 1 above." in churn_monitor(*DIFF, "--examples", 1).out
    assert len(churn_monitor(*DIFF, "--examples", 0).out.splitlines()) == 4


def test_diff_gives_all_as_json_lines_on_stdout_and_to_a_file(here: Path) -> None:
    ran = churn_monitor(*DIFF, "--json", "-o", "differences.jsonl")
    assert (here / "differences.jsonl").read_text() == ran.out
    assert [(line["change"], line["customer"], line["by"]) for line in ran.lines()] == [
        ("new", "ada", None),
        ("earlier", "ben", "10d"),
        ("earlier", "ada", "10d"),
    ]
    assert ran.lines()[1]["b"] == {"began": "2025-01-25T00:00:00Z", "ended": None, "severity": "warning"}
    assert "3 differences about 2 customers." in ran.err


@pytest.mark.usefixtures("here")
def test_diff_of_a_file_with_itself_is_none() -> None:
    ran = churn_monitor("rules", "diff", "a.yaml", "a.yaml", "--history", "orders.csv")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "Both files tell the same warnings."


def test_diff_names_a_rule_that_only_one_file_has(here: Path) -> None:
    (here / "b.yaml").write_text((QUIET % "30d").replace("name: quiet", "name: calm"))
    ran = churn_monitor(*DIFF)
    assert rows(ran.out)[1][:7] == ["quiet", "live", "→", "not", "there", "0", "2"]
    assert rows(ran.out)[2][:7] == ["calm", "not", "there", "→", "live", "2", "0"]


def test_what_of_a_history_can_not_be_read_is_told_once(here: Path) -> None:
    (here / "orders.csv").write_text(ORDERS + "cleo,2025-05-40,1\n")
    ran = churn_monitor(*DIFF)
    assert ran.code == 0
    assert ran.err.splitlines()[1:] == ["1 record could not be read; `replay` tells which"]


MISTAKES = {
    "no history": (DIFF[:4], "--history: is missing; give files of orders or events"),
    "standard input": (
        [*DIFF[:4], "--history", "-"],
        "--history: is read twice, which standard input can't be",
    ),
    "no event": ([*DIFF[:4], "--history", "empty.csv"], "--history: no event of it could be applied"),
    "no column": ([*DIFF, "--customer", "who"], "orders.csv: --customer: no column 'who'"),
    "written over": ([*DIFF, "-o", "orders.csv"], "orders.csv: would be written over while it is read"),
    "a wrong rule file": (
        ["rules", "diff", "a.yaml", "wrong.yaml", *DIFF[4:]],
        "wrong.yaml:3: rules[0].kind",
    ),
    "no date": (["rules", "check", "a.yaml", *DIFF[4:6], "--until", "soon"], "--until: 'soon' is not a date"),
    "no rule file": (["rules", "check", "none.yaml"], "none.yaml: can't be read: No such file or directory"),
    "no rules to test by": (
        ["rules", "test", "story.yml", "--rules", "wrong.yaml"],
        "wrong.yaml:3: rules[0]",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(mistake: str, here: Path) -> None:
    (here / "empty.csv").write_text("")
    words, problem = MISTAKES[mistake]
    ran = churn_monitor(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(f"churn-monitor: {problem}")
    assert (here / "orders.csv").read_text() == ORDERS


@pytest.mark.parametrize("command", ["list", "check", "test", "diff", "history", "apply", "pause", "resume"])
def test_every_command_tells_its_options(command: str) -> None:
    ran = churn_monitor("rules", command, "--help")
    assert ran.code == 0
    assert "--config" in ran.out


def on_a_terminal(*words: str) -> bytes:
    """What a command prints where stdout and stderr are a terminal."""
    ours, theirs = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "monitor.cli.main", *words],
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        stdout=theirs,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    return shown


@pytest.mark.usefixtures("here")
def test_colours_and_a_bar_are_for_a_terminal_alone() -> None:
    shown = on_a_terminal(*DIFF)
    assert "━".encode() in shown
    assert b"\x1b[32mnew" in shown
    assert b"\x1b[32mmet" in on_a_terminal("rules", "test", "story.yml", "--rules", "a.yaml")
    assert "\x1b" not in churn_monitor(*DIFF).out
