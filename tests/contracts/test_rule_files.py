"""Rule files: what is read, what is refused and in which words. The bad ones lie in `bad_rules`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.errors import ConfigError
from schemas.rule_files import checked_rules, parse_rules, read_rules
from schemas.rule_kinds import Ageing, Count, Silence
from schemas.rule_parts import FILTERS, allowed_values
from schemas.rules import RuleFile, rules_version
from tests.conftest import ROOT

BAD = sorted((Path(__file__).parent / "bad_rules").glob("*.yaml"))
GOOD = """\
version: 1
rules:
  - name: purchase_overdue
    kind: silence
    of: order.placed
    personal: {factor: 3, floor: 14d, ceiling: 180d, fallback: 1d12h, prior: {gap: 30d, weight: 2}}
    steps: [{severity: critical, times: 2}]
  - name: complaints
    kind: count
    of: [contact.missed, {type: ticket.opened, where: {severity: [high, critical], kind: complaint}}]
    n: 3
    within: 30d
    as_of: last_event
  - name: unanswered
    kind: ageing
    of: ticket.opened
    until: [ticket.replied, ticket.closed]
    older_than: 48h
    mode: off
"""


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_in_words_that_help(path: Path) -> None:
    text = path.read_text()
    with pytest.raises(ConfigError) as caught:
        parse_rules(text, "FILE")
    assert str(caught.value) == text.splitlines()[0].removeprefix("# says: ")


def test_a_rule_of_each_kind_is_read() -> None:
    silence, count, ageing = parse_rules(GOOD, "good.yaml").rules
    assert isinstance(silence, Silence)
    assert silence.personal is not None
    assert silence.personal.fallback == timedelta(days=1, hours=12)
    assert isinstance(count, Count)
    assert count.of[0].where == {}
    assert count.of[1].where == {"severity": ("high", "critical"), "kind": ("complaint",)}
    assert isinstance(ageing, Ageing)
    assert ageing.until == ("ticket.replied", "ticket.closed")


def test_off_is_a_word_not_a_truth_value() -> None:
    assert parse_rules(GOOD, "good.yaml").rules[2].mode == "off"


def test_the_version_is_that_of_the_meaning_not_of_the_layout() -> None:
    head, *rules = GOOD.split("  - name: ")
    moved = head + "".join(f"  - name: {rule}" for rule in reversed(rules))
    same = moved.replace("48h", "2d").replace("mode: off", "mode: 'off'  # for now")
    assert rules_version(parse_rules(same, "")) == rules_version(parse_rules(GOOD, ""))


@pytest.mark.parametrize(
    "change", [("n: 3", "n: 4"), ("mode: off", "mode: live"), ("factor: 3", "factor: 3.5")]
)
def test_the_version_changes_with_the_meaning(change: tuple[str, str]) -> None:
    assert rules_version(parse_rules(GOOD.replace(*change), "")) != rules_version(parse_rules(GOOD, ""))


def test_the_version_stays_the_same_from_release_to_release() -> None:
    assert rules_version(parse_rules("version: 1\nrules: []\n", "")) == "44136fa355b3"


def test_the_version_changes_with_what_is_said_of_customers() -> None:
    told = {
        rules_version(parse_rules(f"version: 1\nrules: []\n{customers}", ""))
        for customers in ("", "customers: {}", "customers: {new_for: 60d}")
    }
    assert len(told) == 3
    same = "version: 1\nrules: []\ncustomers: {new_for: 90d, lost_after: {factor: 9}}"
    assert rules_version(parse_rules(same, "")) in told


def test_all_that_is_said_of_customers_has_a_default_but_the_border() -> None:
    told = parse_rules(
        "version: 1\nrules: []\ncustomers: {tiers: {important: {sales_from: 500}}}", ""
    ).customers
    assert told is not None
    assert told.lost_after.factor == 9
    assert told.tiers is not None
    important = told.tiers.important
    assert (important.border_down, important.need.level) == (400, ())


def test_a_file_without_rules_is_one() -> None:
    assert parse_rules("version: 1\nrules: []\n", "").rules == ()


def test_numbers_of_places_are_those_of_the_file_even_after_comments_and_blank_lines() -> None:
    text = "# one\n\n# two\n" + GOOD.replace("    n: 3", "    # three\n    n: none")
    with pytest.raises(ConfigError, match=r"^my\.yaml:15: rules\[1\]\.n: "):
        parse_rules(text, "my.yaml")


def test_every_field_to_choose_by_has_few_and_known_values() -> None:
    sizes = [len(allowed_values(kind, field)) for kind, fields in FILTERS.items() for field in fields]
    assert all(2 <= size <= 11 for size in sizes)


def problems(text: str) -> list[str]:
    return list(map(str, checked_rules(read_rules(text, "FILE"))[1]))


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = GOOD.replace("n: 3\n", "n: many\n").replace("mode: off", "mod: off").replace("48h", "48 hours")
    key, number, span = problems(text)
    assert key.startswith("FILE:19: rules[2].mod: unknown key; did you mean mode? allowed: ")
    assert number == "FILE:11: rules[1].n: should be a valid integer"
    assert span.startswith("FILE:18: rules[2].older_than: '48 hours' is not a duration")
    assert span.endswith("did you mean 48h?")


def test_a_key_that_is_missing_because_it_is_misspelt_is_told_once() -> None:
    assert len(problems(GOOD.replace("older_than:", "older_then:"))) == 1
    assert len(problems(GOOD.replace("older_than:", "colour:"))) == 2


def test_every_key_that_is_given_twice_is_told() -> None:
    twice = GOOD.replace("    n: 3\n", "    n: 3\n    n: 4\n") + "    mode: live\n"
    assert problems(twice) == ["FILE:12: n: given twice", "FILE:21: mode: given twice"]


def test_a_good_file_has_no_problems() -> None:
    assert problems(GOOD) == []


def test_rules_that_are_written_out_whole_are_the_same_rules() -> None:
    rules = (ROOT / "monitor" / "rules.yaml").read_text()
    read = parse_rules(rules, "rules.yaml")
    again = RuleFile.model_validate_json(read.model_dump_json(by_alias=True))
    assert (again, rules_version(again)) == (read, rules_version(read))
