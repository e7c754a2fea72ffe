"""`churn-monitor rules apply`, `pause`, `resume`, `history`, `list --live`: what needs no Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.cli.rules_put_text import told_keys, told_lane
from monitor.offline.rule_edits import KeyEdit
from schemas.steps import StepRecord
from tests.commands import churn_monitor

RULES = "version: 1\nrules: [{name: quiet, kind: silence, of: order.placed, quiet_for: 30d}]\n"
COMMANDS = [
    ("apply", "rules.yaml"),
    ("pause", "quiet"),
    ("resume", "quiet"),
    ("history",),
    ("list", "--live"),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a rule file, and no Kafka."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHURN_MONITOR_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CHURN_MONITOR_BROKER_PATIENCE", "100ms")
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_without_kafka_each_says_which_address_and_ends_with_3(words: tuple[str, ...]) -> None:
    ran = churn_monitor("rules", *words)
    assert (ran.code, ran.out, "127.0.0.1:1: Kafka was not reached" in ran.err) == (3, "", True)


def test_a_file_that_is_wrong_is_told_before_anybody_is_asked(here: Path) -> None:
    (here / "rules.yaml").write_text(
        RULES.replace("quiet_for", "quite_for").replace("order.placed", "order.place")
    )
    ran = churn_monitor("rules", "apply", "rules.yaml", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["rules[0].quite_for", "rules[0].of"]


def test_doubts_are_told_and_keep_from_nothing(here: Path) -> None:
    (here / "rules.yaml").write_text(RULES.replace("quiet_for", "mode: off, quiet_for"))
    ran = churn_monitor("rules", "apply", "rules.yaml", "--yes")
    assert (ran.code, "no rule is on" in ran.err) == (3, True)


@pytest.mark.parametrize(
    "words",
    [
        ("apply",),
        ("apply", "rules.yaml", "--open-warnings", "forget"),
        ("apply", "rules.yaml", "--timeout", "soon"),
        ("apply", "none.yaml"),
        ("pause",),
        ("pause", "quiet", "--open-warnings", "keep"),
        ("list", "rules.yaml", "--live"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    assert churn_monitor("rules", *words).code == 2


def test_keys_are_told_as_they_stand_in_a_rule_file() -> None:
    steps = [{"severity": "critical", "times": 2.0}]
    told = [
        KeyEdit("mode", "live", "off"),
        KeyEdit("steps", steps, []),
        KeyEdit("personal.prior", None, {"gap": "30d", "weight": 2.5}),
        KeyEdit("cadence", False, True),
    ]
    assert told_keys(told) == (
        "mode live → off, steps [{severity: critical, times: 2}] → nothing, "
        "personal.prior nothing → {gap: 30d, weight: 2.5}, cadence false → true"
    )


def step(edition: int, up_to: str | None = None, *, anew: bool = False) -> StepRecord:
    return StepRecord(
        partition=0, step=1, ranges={}, rules="v", edition=edition, anew=("", up_to) if anew else None
    )


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (None, "has made no step yet"),
        (step(-1), "judges by the file of its worker"),
        (step(2, "ben", anew=True), "judges by edition 2"),
        (step(3, "be\x1bn", anew=True), "judges by edition 3, its customers anew up to be�n"),
        (step(3, None, anew=True), "judges by edition 3"),
        (step(4), "judges by edition 4"),
    ],
)
def test_a_lane_is_told_on_its_way_to_an_edition(at: StepRecord | None, told: str) -> None:
    assert told_lane(at, 3) == told
