"""A customer of a running system: the row that a lane wrote says what a replay of the same events does."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from monitor.domain.rules import compile_rules
from monitor.domain.state import to_bytes
from monitor.engine.step import LaneRow
from monitor.offline.explain import Change, Explanation, change_of, explained
from monitor.offline.files import sources
from monitor.offline.history import History
from monitor.offline.one_customer import OneCustomer
from monitor.offline.running import Kept, change_told, explained_row, kept
from schemas.rule_files import parse_rules
from schemas.rules import RuleFile
from schemas.warnings import WarningEvent
from tests.conftest import ROOT
from tests.units.test_explain import day
from tests.units.test_tail_lines import event as warning_event

EXAMPLES = [ROOT / "examples" / "orders.csv", ROOT / "examples" / "events.jsonl"]
SHIPPED = parse_rules((ROOT / "monitor" / "rules.yaml").read_text(), "rules.yaml")
OTHER = parse_rules((ROOT / "examples" / "rules.yaml").read_text(), "rules.yaml")


def replayed(
    customer: str, until: datetime, file: RuleFile = SHIPPED
) -> tuple[Explanation, Kept, list[Change]]:
    """The explanation out of files, the row as a lane would have it then, and all that was told."""
    rules = compile_rules(file)
    customers = OneCustomer(rules, customer)
    run = History(sources(EXAMPLES), until=until).run(rules, started=day(2000), customers=customers)
    told = [each for stretch in run.stretches(lambda *_: None) for each in stretch.transitions]
    row = customers.row
    assert row is not None
    lane = LaneRow(1, 1, {}, {}, until, rules.version, 4)
    explanation = explained(customer, row, file, rules, told, until)
    return explanation, kept(to_bytes(row), lane, 2, rules), [change_of(each) for each in told]


def plain(explanation: Explanation) -> Explanation:
    return replace(explanation, row=None)


@pytest.mark.parametrize("customer", ["ada", "ben", "dora"])
def test_at_the_lanes_clock_a_row_says_what_the_files_say(customer: str) -> None:
    expected, row, told = replayed(customer, day(170))
    shown = explained_row(customer, row, SHIPPED, compile_rules(SHIPPED), told, day(170))
    assert plain(shown) == expected


@pytest.mark.parametrize("customer", ["ada", "ben", "dora"])
def test_a_row_is_taken_on_to_a_later_moment_as_if_nothing_came(customer: str) -> None:
    late = 190  # after the last event of the examples
    expected, _, _ = replayed(customer, day(late + 60))
    _, row, told = replayed(customer, day(late))
    shown = explained_row(customer, row, SHIPPED, compile_rules(SHIPPED), told, day(late + 60))
    assert expected.standing
    assert plain(shown) == expected


def test_it_says_where_the_row_stands_and_how_large_it_is() -> None:
    _, row, told = replayed("dora", day(170))
    place = explained_row("dora", row, SHIPPED, compile_rules(SHIPPED), told, day(170)).row
    assert place is not None
    assert (place.lane, place.lanes, place.bytes, place.clock) == (2, 4, len(row.raw), day(170))
    assert place.rules == place.rules_here


def test_what_stands_by_rules_that_are_not_here_is_told_apart() -> None:
    expected, row, told = replayed("dora", day(181))
    assert {each.warning.rule for each in expected.standing} == {"complaint_unresolved", "no_first_reply"}
    shown = explained_row("dora", row, OTHER, compile_rules(OTHER), told, day(181))
    assert shown.standing == []
    assert {each.rule for each in shown.unfound} == {"complaint_unresolved", "no_first_reply"}


def test_what_a_lane_told_is_a_change() -> None:
    event = WarningEvent.model_validate_json(warning_event())
    change = change_told(event, shadow=True)
    assert (change.told, change.rule, change.severity, change.shadow) == (
        "firing",
        "purchase_overdue",
        "warning",
        True,
    )
    assert (change.at, change.since, change.cause) == (event.time, event.data.since, None)
    assert change.why == event.data.title
