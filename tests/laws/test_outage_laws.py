"""The laws of an outage: a lane that was down tells the story that it would have told, in due order."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from agents.flood import Flood
from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet
from monitor.engine.fetched import CLOCK
from monitor.engine.lane import Lane
from monitor.engine.step import Step
from tests.laws.lanes import NAMES, Log, Logs, Store, logs, milliseconds, transitions
from tests.laws.strategies import Draft, Told, at, rule_set, rule_sets, stories
from tests.laws.test_wall_clock_laws import ALLOWANCE, LIVE

LAST = 24 * 40


def as_it_stood(log: Log, moment: datetime) -> Log:
    """What stood on a log at a moment, if every event came when it happened."""
    there = tuple(each for each in log.records if each.timestamp <= milliseconds(moment))
    return Log(there, len(there))


def heard(lane: Lane, held: Logs, now: datetime, store: Store) -> list[Step]:
    """The steps that a lane makes when it hears of all that there is at a moment."""
    made = []
    for name in (*NAMES, CLOCK):
        answer = as_it_stood(held[name], now).answer(name, lane.fetched[name], 10**6, asked=now)
        lane.accept(answer, now)
    while (step := lane.step(now)) is not None:
        store.commit(step)
        made.append(step)
    return made


def lived(rules: RuleSet, held: Logs, hours: list[int]) -> list[Transition]:
    """What a lane tells that is up at these hours, and taken over anew at each."""
    store, made = Store(), list[Step]()
    for hour in hours:
        made += heard(store.lane(rules, LIVE), held, at(hour), store)
    return transitions(made)


def plain(told: list[Transition]) -> Counter[tuple[object, ...]]:
    return Counter(
        (each.customer, each.warning.rule, each.warning.about, each.told, each.at, each.warning.since)
        for each in told
    )


@settings(max_examples=40)
@given(
    rules=rule_sets, story=stories(most=20, late=False), down=st.integers(0, 400), lasts=st.integers(1, 200)
)
def test_after_an_outage_a_lane_tells_what_it_would_have_told_in_due_order(
    rules: RuleSet, story: list[Told], down: int, lasts: int
) -> None:
    held = logs(story, until=())
    outage = range(down, down + lasts)
    told = lived(rules, held, [hour for hour in range(0, LAST, 6) if hour not in outage] + [LAST])
    assert plain(told) == plain(lived(rules, held, [*range(0, LAST, 6), LAST]))
    assert [each.at for each in told] == sorted(each.at for each in told)


def test_an_event_of_the_backlog_prevents_the_warning_that_was_due_before_the_lane_was_up() -> None:
    rules = rule_set({"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "10h"})
    ordered: Draft = ("order.placed", {"amount": 1.0})
    held = logs(
        [Told(ordered, "ada", 0, 0), Told(ordered, "ben", 1, 0), Told(ordered, "ada", 9, 0)], until=()
    )
    told = lived(rules, held, [2, 26])
    assert [(each.customer, each.at) for each in told] == [("ben", at(11)), ("ada", at(19))]


@pytest.mark.parametrize(("enough", "is_flood"), [(2, True), (3, False), (None, False)])
def test_what_fires_in_a_catch_up_is_counted_by_rule_and_told_once(
    enough: int | None, is_flood: bool
) -> None:
    rules = rule_set({"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "10h"})
    ordered: Draft = ("order.placed", {"amount": 1.0})
    held = logs([Told(ordered, name, 0, 0) for name in ("ada", "ben")], until=())
    store, flood = Store(), Flood(0, enough, ALLOWANCE)
    with capture_logs() as told:
        for hour in (0.2, 30, 30.1, 40, 40.1):
            lane = store.lane(rules, LIVE)
            for step in heard(lane, held, at(hour), store):
                flood.take(step, at(hour))
            if flood.rises:
                flood.end(lane.clock)
            if hour < 40:
                assert flood.fired == ({"quiet": 2} if is_flood and hour >= 30 else {})
    assert [(each["event"], each["fired"], each["by_rule"]) for each in told] == [
        ("lane.flood", 2, {"quiet": 2})
    ] * is_flood
