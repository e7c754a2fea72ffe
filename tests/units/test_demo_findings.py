"""What a play came to: warnings held against a truth that fits on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count

import pytest
from rich.console import Console

from monitor.demo.characters import Customer, Kind, Span
from monitor.demo.findings import Group, Spread, alarms, find, spread
from monitor.demo.plays import Delivery, Play
from monitor.demo.report import show_findings, told_days
from monitor.demo.seen import Seen, Told
from schemas.warnings import Cause

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
SPAN = Span(BEGIN, BEGIN + timedelta(days=200))
RULE = "purchase_overdue"

_ids: Iterator[int] = count(1)


def day(number: float) -> datetime:
    return BEGIN + timedelta(days=number)


def customer(name: str, kind: Kind, *orders: int, turned: int | None = None) -> Customer:
    return Customer(name, kind, tuple(map(day, orders)), None if turned is None else day(turned))


def told(
    name: str, at: float, change: str = "firing", *, about: str | None = None, cause: Cause | None = None
) -> Told:
    return Told(f"w-{next(_ids)}", name, RULE, about, change, day(at), cause)


def test_a_warning_to_watch_is_no_alarm_before_it_grows_grave() -> None:
    watched = told("cy", 70)._replace(severity="watch")
    assert alarms([watched]) == []
    raised = told("cy", 80, "raised")
    assert alarms([watched, raised, told("cy", 90, "raised")._replace(severity="critical")]) == [raised]
    again = told("cy", 99)
    assert alarms([raised, told("cy", 95, "resolved"), again]) == [raised, again]


def play(*customers: Customer) -> Play:
    deliveries = [
        Delivery(at, at, "orders", each.id.encode(), b"") for each in customers for at in each.orders
    ]
    return Play(deliveries, SPAN, {each.id: each for each in customers}, gapless=True)


def seen(*all_told: Told) -> Seen:
    result = Seen()
    result.told.extend(all_told)
    return result


STOPS = customer("ada", Kind.stops, 0, 10, 20, turned=20)
COMPLAINS = customer("bob", Kind.complains, 0, 10, 40, turned=25)
STAYS = customer("cy", Kind.stays, 0, 50, 60)
ONCE = customer("di", Kind.once, 5)
ALL = play(STOPS, COMPLAINS, STAYS, ONCE)


def test_a_leaver_is_warned_of_days_after_the_last_order() -> None:
    found = find(ALL, seen(told("ada", 45), told("ada", 60)))
    assert found.groups[Kind.stops] == Group(customers=1, warned=1, ahead=0, days=None)


def test_a_warning_before_a_leaver_turned_is_a_false_alarm_and_no_success() -> None:
    found = find(ALL, seen(told("ada", 15)))
    assert found.groups[Kind.stops].warned == 0
    assert found.false_alarms is not None
    assert found.false_alarms.warnings == 1


def test_who_complains_first_can_be_warned_of_ahead_of_the_last_order() -> None:
    found = find(ALL, seen(told("bob", 32)))
    assert found.groups[Kind.complains] == Group(customers=1, warned=1, ahead=1, days=None)


def test_only_the_first_warning_of_a_leaver_counts() -> None:
    found = find(ALL, seen(told("bob", 32), told("bob", 90)))
    assert found.groups[Kind.complains].ahead == 1


def test_warnings_about_tickets_say_nothing_of_leaving() -> None:
    found = find(ALL, seen(told("ada", 45, about="T-1"), told("cy", 30, about="T-2")))
    assert found.groups[Kind.stops].warned == 0
    assert found.false_alarms is not None
    assert found.false_alarms.all_warnings == 0


def test_who_stays_and_is_warned_of_twice_is_two_false_alarms_about_one_customer() -> None:
    found = find(ALL, seen(told("cy", 30), told("cy", 50, "resolved"), told("cy", 90), told("ada", 45)))
    assert found.false_alarms is not None
    assert found.false_alarms == type(found.false_alarms)(2, 3, 1, 1)


def test_who_buys_but_once_is_rightly_warned_of() -> None:
    found = find(ALL, seen(told("di", 65)))
    assert found.groups[Kind.once].warned == 1
    assert found.false_alarms is not None
    assert found.false_alarms.warnings == 0


def test_ends_are_counted_by_cause_the_most_frequent_first() -> None:
    ends = [told("cy", 50, "resolved", cause="ordered again") for _ in range(2)]
    found = find(ALL, seen(told("bob", 40, "resolved", cause="lapsed"), *ends))
    assert list(found.ended.items()) == [("ordered again", 2), ("lapsed", 1)]


def test_rules_count_what_began_rose_ended_and_stands() -> None:
    both = seen(told("ada", 45), told("ada", 60, "raised"), told("cy", 30), told("cy", 50, "resolved"))
    found = find(ALL, both)
    assert [(each.rule, each.began, each.rose, each.ended) for each in found.rules] == [(RULE, 2, 1, 1)]


def test_without_a_truth_nothing_is_said_of_leavers_and_false_alarms() -> None:
    found = find(Play(ALL.deliveries, SPAN, None, gapless=False), seen(told("ada", 45)))
    assert found.groups == {}
    assert found.false_alarms is None
    assert found.customers == 4


def test_what_redis_lacks_and_what_it_has_twice_is_told() -> None:
    both = seen(told("ada", 45), told("cy", 30))
    both.in_redis.update([both.told[0].id, both.told[0].id])
    redis = find(ALL, both).redis
    assert (redis.entries, redis.missing, redis.repeated) == (2, 1, 1)


def test_the_spread_of_days_is_that_of_its_tenths() -> None:
    assert spread([float(each) for each in range(11)]) == Spread(1, 5, 9)
    assert spread([3.0]) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (Spread(29, 47, 76), "47 days after their last order (most: 29 to 76 after)"),
        (Spread(-22, -8, -1), "8 days before their last order (most: 22 to 1 before)"),
        (Spread(-22, -8, 8), "8 days before their last order (most: 22 before to 8 after)"),
        (Spread(60, 60, 60), "60 days after their last order"),
    ],
)
def test_a_spread_in_words(days: Spread, words: str) -> None:
    assert told_days(days) == words


def test_the_report_tells_all_of_it() -> None:
    text = StringIO()
    both = seen(
        told("ada", 45), told("bob", 32), told("cy", 30), told("cy", 50, "resolved", cause="ordered again")
    )
    both.letters["bad_time"] = 2
    show_findings(find(ALL, both), timedelta(seconds=41), Console(file=text, width=160))
    for words in (
        "4 customers, 2025-01-01 to 2025-07-20 (200 days), in 41 s",
        "1 of 1 warned",
        "100.0%  of those who stayed were warned of: 1 of 1",
        "67%     of 3 alarms were right; 1 were not (to watch is no alarm)",
        "1  ordered again",
        "2 (2 bad_time)",
        "4 missing",
    ):
        assert words in text.getvalue()
