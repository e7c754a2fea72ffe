"""Two rule files over one history: which warnings belong together, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.domain.rules import compile_rules
from monitor.offline.files import sources
from monitor.offline.history import History
from monitor.offline.rule_diff import Change, Difference, Episode, Episodes, Subject, compared, counts, paired
from schemas.rule_files import parse_rules
from tests.events import event, order, written

ADA = Subject("ada", "quiet", None)
DAWN = datetime(2025, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return DAWN + timedelta(days=number)


def from_to(began: int, ended: int | None = None, severity: int = 1) -> Episode:
    return Episode(day(began), None if ended is None else day(ended), severity)


CHANGES: dict[Change, tuple[Episode | None, Episode | None]] = {
    "same": (from_to(3, 9), from_to(3, 9)),
    "new": (None, from_to(3)),
    "gone": (from_to(3), None),
    "earlier": (from_to(5), from_to(3)),
    "later": (from_to(3), from_to(5)),
    "graver": (from_to(3, 9, 1), from_to(3, 9, 2)),
    "milder": (from_to(3, 9, 2), from_to(3, 9, 1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_is_called_by_its_name(change: Change) -> None:
    assert Difference(ADA, *CHANGES[change]).change == change


def test_only_what_moved_has_moved_by_something() -> None:
    moved = {change: Difference(ADA, *sides).by for change, sides in CHANGES.items()}
    two_days = timedelta(days=2)
    assert {change: by for change, by in moved.items() if by} == {"earlier": two_days, "later": two_days}


def test_a_warning_that_is_told_earlier_is_no_other_warning_though_its_severity_differs() -> None:
    assert Difference(ADA, from_to(5, 9, 1), from_to(3, 9, 2)).change == "earlier"


def test_warnings_that_stood_at_one_time_belong_together() -> None:
    assert list(paired([from_to(5, 9)], [from_to(3, 9)])) == [(from_to(5, 9), from_to(3, 9))]
    assert list(paired([from_to(5)], [from_to(30)])) == [(from_to(5), from_to(30))]


def test_warnings_that_did_not_are_two() -> None:
    was, is_now = from_to(10, 12), from_to(3, 5)
    assert list(paired([was], [is_now])) == [(None, is_now), (was, None)]


def test_one_that_began_as_the_other_ended_is_another() -> None:
    assert list(paired([from_to(3, 5)], [from_to(5, 9)])) == [(from_to(3, 5), None), (None, from_to(5, 9))]


def test_one_that_ended_as_it_began_belongs_to_its_like() -> None:
    assert list(paired([from_to(3, 3)], [from_to(3, 3)])) == [(from_to(3, 3), from_to(3, 3))]


def test_a_new_one_before_does_not_take_the_place_of_the_one_that_moved() -> None:
    was, before, moved = from_to(55), from_to(20, 25), from_to(45)
    assert list(paired([was], [before, moved])) == [(None, before), (was, moved)]


def test_one_long_warning_belongs_to_the_first_of_two_short_ones() -> None:
    assert list(paired([from_to(3, 30)], [from_to(3, 9), from_to(20, 30)])) == [
        (from_to(3, 30), from_to(3, 9)),
        (None, from_to(20, 30)),
    ]


def test_all_that_is_left_at_the_end_stands_alone() -> None:
    assert list(paired([from_to(1, 2), from_to(3, 4)], [])) == [(from_to(1, 2), None), (from_to(3, 4), None)]


QUIET = (
    "{name: quiet, kind: silence, of: order.placed, quiet_for: %s, steps: [{severity: critical, times: %s}]}"
)
WAITS = "{name: waits, kind: ageing, of: ticket.opened, until: ticket.replied, older_than: %s}"


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ada buys on days 0 and 25 and never again; ben asks twice on day 0 and hears on day 4, and never."""
    lines = [
        order("ada", "2025-01-01"),
        event("ticket.opened", "ben", "2025-01-01", ticket_id="T1"),
        event("ticket.opened", "ben", "2025-01-01", ticket_id="T2"),
        event("ticket.replied", "ben", "2025-01-05", ticket_id="T1"),
        order("ada", "2025-01-26"),
    ]
    return History(sources([written(tmp_path / "events.jsonl", *lines)]), until=day(100))


def told(history: History, *rules: str) -> Episodes:
    episodes = Episodes()
    compiled = compile_rules(parse_rules(f"version: 1\nrules: [{', '.join(rules)}]", "rules.yaml"))
    for stretch in history.run(compiled, started=day(200)).stretches(lambda *_: None):
        episodes.take(stretch)
    return episodes


def differences(a: Episodes, b: Episodes) -> list[tuple[object, ...]]:
    return [(each.change, *each.subject, each.by) for each in compared(a, b)]


def test_a_shorter_silence_is_one_that_is_new_and_one_that_comes_earlier(history: History) -> None:
    was, is_now = told(history, QUIET % ("30d", 2)), told(history, QUIET % ("20d", 2))
    assert differences(was, is_now) == [
        ("new", "ada", "quiet", None, None),
        ("earlier", "ada", "quiet", None, timedelta(days=10)),
    ]


def test_the_other_way_round_it_is_gone_and_later(history: History) -> None:
    was, is_now = told(history, QUIET % ("20d", 2)), told(history, QUIET % ("30d", 2))
    assert [each[0] for each in differences(was, is_now)] == ["gone", "later"]


def test_tickets_are_told_apart(history: History) -> None:
    assert differences(told(history, WAITS % "2d"), told(history, WAITS % "7d")) == [
        ("gone", "ben", "waits", "T1", None),
        ("later", "ben", "waits", "T2", timedelta(days=5)),
    ]


def test_what_was_only_pending_was_no_warning(history: History) -> None:
    held = WAITS.replace("%s", "%s, for: 3d")
    assert differences(told(history, WAITS % "2d"), told(history, held % "2d")) == [
        ("gone", "ben", "waits", "T1", None),
        ("later", "ben", "waits", "T2", timedelta(days=3)),
    ]


def test_a_step_that_moves_makes_a_warning_graver(history: History) -> None:
    was, is_now = told(history, QUIET % ("30d", 3)), told(history, QUIET % ("30d", 2))
    assert [each[0] for each in differences(was, is_now)] == ["graver"]


def test_a_rule_of_another_name_is_another_rule(history: History) -> None:
    was, is_now = told(history, WAITS % "7d"), told(history, WAITS.replace("waits", "slow") % "7d")
    assert differences(was, is_now) == [
        ("new", "ben", "slow", "T2", None),
        ("gone", "ben", "waits", "T2", None),
    ]


def test_a_rule_that_is_off_warns_nobody_and_a_shadow_does(history: History) -> None:
    live, off, shadow = (
        told(history, (WAITS % "7d").replace("}", f", mode: {mode}}}")) for mode in ("live", "off", "shadow")
    )
    assert [each[0] for each in differences(live, off)] == ["gone"]
    assert [each[0] for each in differences(live, shadow)] == ["same"]


def test_the_same_rules_tell_the_same(history: History) -> None:
    rules = QUIET % ("20d", 2), WAITS % "2d"
    found = compared(told(history, *rules), told(history, *reversed(rules)))
    assert counts(found) == {"quiet": {"same": 2}, "waits": {"same": 2}}
