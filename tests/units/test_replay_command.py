"""`churn-monitor replay`: what it prints where, which files it takes, how it ends."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.warnings import WarningEvent
from tests.commands import Ran, churn_monitor
from tests.conftest import ROOT
from tests.events import event, order, written

OVERDUE = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 30d, steps: [{times: 2, severity: critical}]}
"""
CSV = "customer,date,amount\nada,2025-01-01,10\nben,2025-01-20,20\nada,2025-02-10,30\nben,2025-04-30,5\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(OVERDUE)
    return path


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    return path


def told(ran: Ran) -> list[tuple[str, str, str]]:
    return [(line["type"], line["subject"], line["time"][:10]) for line in ran.lines()]


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


BEN_AND_ADA = [
    ("warning.firing", "ada", "2025-01-31"),
    ("warning.resolved", "ada", "2025-02-10"),
    ("warning.firing", "ben", "2025-02-19"),
    ("warning.firing", "ada", "2025-03-12"),
    ("warning.raised", "ben", "2025-03-21"),
    ("warning.raised", "ada", "2025-04-11"),
    ("warning.resolved", "ben", "2025-04-30"),
]


def test_json_prints_every_transition_on_stdout_and_the_summary_on_stderr(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--json")
    assert ran.code == 0
    assert told(ran) == BEN_AND_ADA
    assert "4 applied, 0 repeated, 0 late" in ran.err


def test_every_line_is_a_warning_as_the_contract_has_it(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--json")
    warnings = [WarningEvent.model_validate_json(line) for line in ran.out.splitlines()]
    assert [each.data.sequence for each in warnings if each.subject == "ada"] == [1, 2, 3, 4]


def test_without_json_stdout_holds_the_summary_alone(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules)
    assert ran.out.splitlines()[0].split() == ["customers", "2"]
    assert ["overdue", "warning", "3", "0", "0", "1", "0"] in rows(ran.out)
    assert ran.err == "orders.csv: customer is 'customer', time is 'date', amount is 'amount'\n"


def test_the_output_file_holds_what_json_prints(orders: Path, rules: Path, tmp_path: Path) -> None:
    printed = churn_monitor("replay", orders, "--rules", rules, "--json")
    ran = churn_monitor("replay", orders, "--rules", rules, "-o", tmp_path / "warnings.jsonl")
    assert (tmp_path / "warnings.jsonl").read_text() == printed.out
    assert "customers" in ran.out


def test_the_output_file_is_packed_if_its_name_says_so_and_the_same_each_time(
    orders: Path, rules: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "warnings.jsonl.gz"
    printed = churn_monitor("replay", orders, "--rules", rules, "--json", "-o", packed)
    first = packed.read_bytes()
    churn_monitor("replay", orders, "--rules", rules, "-o", packed)
    assert gzip.decompress(first).decode() == printed.out
    assert packed.read_bytes() == first


def test_time_passes_to_the_last_event_and_no_further(tmp_path: Path, rules: Path) -> None:
    file = written(tmp_path / "a.jsonl", order("ada", "2025-01-01"), order("ben", "2025-01-31"))
    ran = churn_monitor("replay", file, "--rules", rules, "--json")
    assert told(ran) == [("warning.firing", "ada", "2025-01-31")]


def test_until_lets_time_pass_up_to_and_including_it(tmp_path: Path, rules: Path) -> None:
    file = written(tmp_path / "a.jsonl", order("ada", "2025-01-01"))
    before = churn_monitor("replay", file, "--rules", rules, "--json", "--until", "2025-01-30T23:59:59")
    after = churn_monitor("replay", file, "--rules", rules, "--json", "--until", "2025-01-31")
    assert (len(before.lines()), len(after.lines())) == (0, 1)


def test_until_may_lie_in_the_future(tmp_path: Path, rules: Path) -> None:
    file = written(tmp_path / "a.jsonl", order("ada", "2025-01-01"))
    ran = churn_monitor("replay", file, "--rules", rules, "--json", "--until", "2190-01-01")
    assert told(ran)[-1] == ("warning.raised", "ada", "2025-03-02")
    assert "dead letters  0" in ran.err


def test_events_after_until_are_left_out(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--json", "--until", "2025-02-01")
    assert told(ran) == BEN_AND_ADA[:1]
    assert "2 applied, 0 repeated, 0 late, 0 of unknown type, 2 after the end" in ran.err


def test_at_lists_who_stands_under_warning_by_since(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--at", "2025-03-21", "--json")
    standing = ran.lines()
    assert [(each["customer"], each["severity"], each["since"][:10]) for each in standing] == [
        ("ben", "critical", "2025-02-19"),
        ("ada", "warning", "2025-03-12"),
    ]


def test_the_evidence_in_the_list_is_that_of_the_moment(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--at", "2025-03-31", "--json")
    (ben, _) = ran.lines()
    assert ben["title"] == "no order.placed for 70 days, expected within 30 days"
    assert ben["evidence"]["measure"] == "70 days"


def test_the_list_is_a_table_for_people(orders: Path, rules: Path) -> None:
    ran = churn_monitor("replay", orders, "--rules", rules, "--at", "2025-03-31")
    heading, ben, ada, *_ = ran.out.splitlines()
    assert heading.split()[:4] == ["since", "customer", "severity", "rule"]
    assert (ben.split()[1], ada.split()[1]) == ("ben", "ada")
    assert "2 warnings stand at 2025-03-31, about 2 customers." in ran.out
    assert "customers     2" in ran.err


def test_a_zone_tells_when_a_date_begins(tmp_path: Path, rules: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,date\nada,2025-01-01 00:00\n")
    ran = churn_monitor(
        "replay", file, "--rules", rules, "--json", "--zone", "+02:00", "--until", "2025-01-31"
    )
    assert [line["time"] for line in ran.lines()] == ["2025-01-30T22:00:00Z"]


def test_columns_may_be_named(tmp_path: Path, rules: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who;seen;paid;when\nada;x;1,50;03/02/2025\n")
    words = ["--customer", "who", "--time", "when", "--amount", "paid", "--time-format", "dmy"]
    ran = churn_monitor("replay", file, "--rules", rules, "--json", "--until", "2025-04-01", *words)
    assert told(ran) == [("warning.firing", "ada", "2025-03-05")]


def test_a_packed_file_gives_the_same(orders: Path, rules: Path, tmp_path: Path) -> None:
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(orders.read_bytes()))
    assert told(churn_monitor("replay", packed, "--rules", rules, "--json")) == BEN_AND_ADA


def test_a_csv_out_of_order_gives_the_same(tmp_path: Path, rules: Path) -> None:
    header, *rows = CSV.splitlines()
    file = written(tmp_path / "mixed.csv", *(line.encode() for line in (header, *reversed(rows))))
    ran = churn_monitor("replay", file, "--rules", rules, "--json")
    assert told(ran) == BEN_AND_ADA
    assert "0 late" in ran.err


def test_json_lines_are_taken_as_they_stand(tmp_path: Path, rules: Path) -> None:
    file = written(tmp_path / "a.jsonl", order("ben", "2025-03-01"), order("ada", "2025-01-01"))
    ran = churn_monitor("replay", file, "--rules", rules, "--json")
    assert told(ran) == [("warning.firing", "ada", "2025-03-01")]
    assert "1 late" in ran.err
    assert "50% of the events came late" in ran.err


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_standard_input_is_read_as_a_file_would_be(orders: Path, rules: Path, name: str) -> None:
    content = orders.read_bytes()
    given = gzip.compress(content) if name.endswith(".gz") else content
    ran = subprocess.run(
        [sys.executable, "-m", "monitor.cli.main", "replay", "-", "--rules", rules, "--json"],
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=True,
    )
    assert told(Ran(0, ran.stdout.decode(), "")) == BEN_AND_ADA
    assert b"\x1b" not in ran.stderr  # nobody watches: no bar


def test_a_bar_is_shown_on_a_terminal_and_only_there(orders: Path, rules: Path) -> None:
    ours, theirs = os.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "monitor.cli.main", "replay", orders, "--rules", rules, "--json"],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    assert "━".encode() in shown
    assert told(Ran(0, ran.stdout.decode(), "")) == BEN_AND_ADA


def test_stages_and_tiers_are_counted_and_their_changes_written(tmp_path: Path) -> None:
    rules = tmp_path / "living.yaml"
    rules.write_text(
        "version: 1\nrules: []\ncustomers: {lost_after: {floor: 30d, fallback: 30d}, "
        "tiers: {important: {sales_from: 100}}}"
    )
    lines = order("ada", "2025-01-01", amount=100), order("ben", "2025-02-20", amount=1)
    file, changes = written(tmp_path / "a.jsonl", *lines), tmp_path / "changes.jsonl"
    ran = churn_monitor("replay", file, "--rules", rules, "--changes", changes)
    assert re.search(r"^stages +1 new, 1 lost *$", ran.out, re.MULTILINE)
    assert re.search(r"^tiers +1 important, 1 ordinary *$", ran.out, re.MULTILINE)
    told = [json.loads(line) for line in changes.read_text().splitlines()]
    assert [(each["subject"], each["data"]["from"], each["data"]["to"]) for each in told] == [
        ("ada", None, "important"),
        ("ada", None, "new"),
        ("ada", "new", "lost"),
        ("ben", None, "ordinary"),
        ("ben", None, "new"),
    ]


def test_broken_lines_are_dead_letters_and_their_neighbours_are_applied(tmp_path: Path, rules: Path) -> None:
    bad = [
        b'{"broken',
        b'{"specversion": "1.0", "subject": "\xff"}',
        order("", "2025-01-02"),
        order("ada", "yesterday"),
        order("ada", "2025-01-02T00:00:00"),
        order("ada", "2180-01-01"),
        order("ada", "2025-01-02", amount=-1),
    ]
    file = written(tmp_path / "a.jsonl", order("ada", "2025-01-01"), *bad, order("ben", "2025-03-01"))
    letters = tmp_path / "letters.jsonl"
    ran = churn_monitor("replay", file, "--rules", rules, "--dead-letters", letters)
    assert ran.code == 0
    assert "2 applied" in ran.out
    assert "dead letters  7" in ran.out
    lost = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(each["place"], each["reason"]) for each in lost] == [
        ("a.jsonl:2", "broken_json"),
        ("a.jsonl:3", "not_utf8"),
        ("a.jsonl:4", "missing_subject"),
        ("a.jsonl:5", "bad_time"),
        ("a.jsonl:6", "naive_time"),
        ("a.jsonl:7", "future_time"),
        ("a.jsonl:8", "bad_amount"),
    ]
    raw = [each["raw"].encode() if "raw" in each else base64.b64decode(each["raw_base64"]) for each in lost]
    assert raw == bad


def test_rows_that_are_no_orders_are_dead_letters_with_their_line(tmp_path: Path, rules: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CSV + "cleo,2025-05-40,1\n,2025-05-01,1\n")
    ran = churn_monitor("replay", file, "--rules", rules, "--dead-letters", tmp_path / "letters.jsonl")
    assert ran.code == 0
    lost = [json.loads(line) for line in (tmp_path / "letters.jsonl").read_text().splitlines()]
    assert [(each["place"], each["reason"], each["raw"]) for each in lost] == [
        ("orders.csv:6", "bad_time", "cleo,2025-05-40,1"),
        ("orders.csv:7", "missing_subject", ",2025-05-01,1"),
    ]
    assert "orders.csv:6: time: not one that can be read" in ran.out


def test_a_dump_of_everything_is_read_for_its_facts(tmp_path: Path, rules: Path) -> None:
    file = written(
        tmp_path / "dump.jsonl",
        event("profile.updated", "ada", "2025-01-01", profile={}),
        event("customer.erased", "ada", "2025-01-01"),
        event("warning.firing", "ada", "2025-01-01"),
        order("ada", "2025-01-01"),
    )
    ran = churn_monitor("replay", file, "--rules", rules)
    assert ran.code == 0
    assert "1 applied, 0 repeated, 0 late" in ran.out
    assert "dead letters  0" in ran.out


def test_shadow_rules_are_counted_and_told_to_no_one(tmp_path: Path, orders: Path) -> None:
    rules = tmp_path / "shadow.yaml"
    rules.write_text(OVERDUE.replace("name: overdue,", "name: overdue, mode: shadow,"))
    ran = churn_monitor("replay", orders, "--rules", rules, "--json")
    assert ran.out == ""
    assert ["overdue", "(shadow)", "warning", "3", "0", "0", "1", "0"] in rows(ran.err)
    assert churn_monitor("replay", orders, "--rules", rules, "--at", "2025-03-31", "--json").out == ""


def test_it_is_exit_code_1_if_no_event_could_be_applied(tmp_path: Path, rules: Path) -> None:
    for lines in ([], [b'{"broken'], [event("warning.firing", "ada", "2025-01-01")]):
        ran = churn_monitor("replay", written(tmp_path / "a.jsonl", *lines), "--rules", rules)
        assert ran.code == 1
        assert "No event at all could be applied." in ran.out


MISTAKES = {
    "no such file": (["missing.csv"], "missing.csv: no such file; give a file of events or orders, or -"),
    "a folder": (["."], ".: this is a folder; give its files"),
    "no such column": (["{orders}", "--customer", "who"], "orders.csv: --customer: no column 'who'"),
    "no rule file": (["{orders}", "--rules", "none.yaml"], "none.yaml: can't be read: No such file"),
    "a wrong rule file": (["{orders}", "--rules", "{orders}"], "orders.csv:1: should be keys with values"),
    "no settings file": (["{orders}", "--config", "none.toml"], "none.toml: not readable: No such file"),
    "no date": (["{orders}", "--at", "someday"], "--at: 'someday' is not a date; give a date such as"),
    "no zone": (["{orders}", "--zone", "Mars/Olympus"], "--zone: no zone 'Mars/Olympus'; give one such as"),
    "both ends": (["{orders}", "--at", "2025-01-01", "--until", "2025-01-01"], "--at: given beside --until"),
    "no folder to write to": (["{orders}", "-o", "none/w.jsonl"], "none/w.jsonl: can't be written: No such"),
    "written over": (["{orders}", "-o", "{orders}"], "would be written over while it is read; name another"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(mistake: str, orders: Path) -> None:
    words, problem = MISTAKES[mistake]
    ran = churn_monitor("replay", *(word.format(orders=orders) for word in words))
    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err.splitlines()[-1]
    assert orders.read_text() == CSV


def test_the_settings_file_may_name_the_rules_and_bound_events(
    tmp_path: Path, orders: Path, rules: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'rules = "{rules}"\nmax_event_bytes = 1024\n')
    file = written(tmp_path / "a.jsonl", order("ada", "2025-01-01", note="x" * 1024))
    ran = churn_monitor("replay", orders, file, "--config", settings)
    assert ["overdue", "warning", "3", "0", "0", "1", "0"] in rows(ran.out)
    assert "too_large" in ran.out


@pytest.mark.parametrize("name", ["orders.csv", "events.jsonl"])
def test_the_examples_are_read_whole(name: str) -> None:
    ran = churn_monitor("replay", ROOT / "examples" / name)
    assert ran.code == 0
    assert "dead letters  0" in ran.out
