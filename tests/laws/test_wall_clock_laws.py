"""The laws of the clock: it follows the wall as far as every input answered, and waits for none for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from monitor.domain.rules import RuleSet
from monitor.engine.fetched import CLOCK, Fetched
from monitor.engine.lane import Lane, Timing
from monitor.engine.merge import Connection
from tests.laws.lanes import (
    END,
    NAMES,
    Logs,
    Turn,
    log_of,
    logs,
    logs_of,
    new_lane,
    passed,
    play,
    steps,
    transitions,
    turns,
)
from tests.laws.strategies import HOUR, Told, at, fact, facts, rule_set, rule_sets, stories

DAILY = rule_set({"kind": "silence", "of": "order.placed", "quiet_for": "1d"})
ALLOWANCE = timedelta(minutes=10)
LIVE = Timing(follows_wall=True, late_allowance=ALLOWANCE)
PATIENT = Timing(follows_wall=False, idle_after=2 * HOUR)

ORDER = logs_of([fact("order.placed", {"amount": 1.0}, hour=0)], until=())


def hear(lane: Lane, held: Logs, now: datetime, *names: str) -> None:
    """The log's answers at a moment, of all inputs or of those named."""
    for name in names or (*NAMES, CLOCK):
        lane.accept(held[name].answer(name, lane.fetched[name], 100, asked=now), now)


def test_a_customer_of_a_silent_partition_is_warned_when_the_wall_clock_gets_there() -> None:
    lane = new_lane(DAILY, LIVE)
    hear(lane, ORDER, at(0))
    assert transitions(steps(lane, at(0))) == []
    hear(lane, ORDER, at(24) + ALLOWANCE - timedelta(seconds=1))
    assert lane.step(at(24) + ALLOWANCE) is None
    hear(lane, ORDER, at(24) + ALLOWANCE)
    assert [(told.told, told.at) for told in transitions(steps(lane, at(25)))] == [("firing", at(24))]


@pytest.mark.parametrize("mute", NAMES)
def test_an_input_that_gives_no_answers_stops_the_clock(mute: str) -> None:
    lane = new_lane(DAILY, LIVE)
    hear(lane, ORDER, at(0))
    list(steps(lane, at(0)))
    hear(lane, ORDER, at(100), *(name for name in NAMES if name != mute))
    assert lane.step(at(100)) is None


def test_an_input_that_is_behind_stops_the_clock() -> None:
    lane = new_lane(DAILY, LIVE)
    hear(lane, ORDER, at(0))
    list(steps(lane, at(0)))
    lane.accept(Fetched("tickets", 0, (), 0, 1, at(100)), at(100))
    hear(lane, ORDER, at(100), "orders", "contacts")
    assert lane.step(at(100)) is None


def test_an_event_within_the_allowance_is_in_time() -> None:
    events = [fact("order.placed", {"amount": 1.0}, hour=hour, name=str(hour)) for hour in (0, 24)]
    held = logs_of(events, until=())
    lane = new_lane(DAILY, LIVE)
    first = held["orders"].answer("orders", 0, 1)
    lane.accept(first._replace(end=1, asked=at(0)), at(0))
    hear(lane, held, at(0), "tickets", "contacts")
    list(steps(lane, at(0)))
    hear(lane, held, at(24) + ALLOWANCE)
    assert transitions(steps(lane, at(24) + ALLOWANCE)) == []


@settings(max_examples=50)
@given(rules=rule_sets, story=stories(most=20), schedule=turns(claim_ends=True))
def test_the_live_clock_never_goes_beyond_the_oldest_answer_less_the_allowance(
    rules: RuleSet, story: list[Told], schedule: list[Turn]
) -> None:
    held, lane, now = logs(story, until=()), new_lane(rules, LIVE), at(0)
    asked = dict.fromkeys(NAMES, at(-1000))
    for turn in schedule:
        now += turn.waits * HOUR
        for name, most in turn.most.items():
            answer = held[name].answer(name, lane.fetched[name], most, asked=now)
            lane.accept(answer._replace(end=answer.next) if name in turn.claim_ends else answer, now)
            asked[name] = now
        for step in steps(lane, now):
            if step.target is not None:
                assert step.target <= min(asked[name] for name in NAMES) - ALLOWANCE


def test_a_quiet_input_holds_the_others_only_for_a_while() -> None:
    lane = new_lane(DAILY, PATIENT)
    hear(lane, ORDER, at(0))
    assert lane.step(at(1)) is None
    hear(lane, ORDER, at(2))
    assert lane.step(at(2)) is not None


def test_an_input_that_speaks_is_waited_for_anew() -> None:
    held = logs_of(
        [fact("contact.made", {}, hour=0), fact("order.placed", {"amount": 1.0}, hour=1)], until=()
    )
    lane = new_lane(DAILY, PATIENT)
    for name in ("tickets", "contacts"):
        lane.accept(Fetched(name, 0, (), 0, 0, at(0)), at(0))
    hear(lane, held, at(2), "orders", "contacts")
    hear(lane, held, at(3), "tickets", "contacts", "orders")
    step = lane.step(at(3))
    assert step is not None
    assert step.ranges == {"contacts": (0, 1)}


def test_a_promise_ends_the_wait_for_inputs_that_were_asked_after_it() -> None:
    held = ORDER | {CLOCK: log_of([passed(at(24), 0)])}
    lane = new_lane(DAILY, PATIENT)
    hear(lane, held, at(0), *NAMES)
    hear(lane, held, at(0) + timedelta(seconds=1), CLOCK)
    assert lane.step(at(0) + timedelta(seconds=1)) is None
    hear(lane, held, at(0) + timedelta(seconds=2), *NAMES)
    told = transitions(steps(lane, at(0) + timedelta(seconds=2)))
    assert [(each.told, each.at) for each in told] == [("firing", at(24))]


def test_time_passes_to_a_promise_only_when_all_before_it_was_applied() -> None:
    held = logs_of(facts([Told(("order.placed", {"amount": 1.0}), "ada", 24 * day, 0) for day in range(6)]))
    lane = new_lane(DAILY)
    hear(lane, held, END, "tickets", "contacts", CLOCK)
    lane.accept(held["orders"].answer("orders", 0, 3), END)
    assert [step.target for step in steps(lane)] == [None]
    hear(lane, held, END, "orders")
    assert [(each.told, each.at) for each in transitions(steps(lane))] == [("firing", at(24 * 6))]


def test_an_answer_must_begin_where_the_last_one_ended() -> None:
    lane = new_lane(DAILY)
    answer = ORDER["orders"].answer("orders", 0, 1)
    assert lane.accept(answer._replace(start=3, records=(), next=4), END) is Connection.GAP
    assert lane.accept(answer, END) is Connection.CONNECTED
    assert lane.accept(answer, END) is Connection.KNOWN
    assert lane.waiting("orders") == 1


def test_what_the_log_has_lost_is_counted_and_left_out() -> None:
    lane = new_lane(DAILY)
    assert lane.skip_to("orders", 7) == 7
    assert lane.fetched["orders"] == 7
    late = ORDER["orders"].records[0]._replace(offset=8)
    for name in NAMES:
        answer = Fetched(name, 7, (late,), 9, 9, END) if name == "orders" else Fetched(name, 0, (), 0, 0, END)
        assert lane.accept(answer, END) is Connection.CONNECTED
    assert [step.ranges["orders"] for step in steps(lane)] == [(0, 9)]


def test_an_input_that_was_skipped_is_behind_until_it_answers_again() -> None:
    lane = new_lane(DAILY)
    for name in NAMES:
        lane.accept(Fetched(name, 0, (), 0, 5 if name == "orders" else 0, at(0)), at(0))
    hear(lane, logs_of([fact("contact.made", {}, hour=9)]), at(9), "contacts")
    lane.skip_to("orders", 7)
    assert lane.step(at(9)) is None
    lane.accept(Fetched("orders", 7, (), 7, 7, at(9)), at(9))
    assert lane.step(at(9)) is not None


@pytest.mark.parametrize(("start", "to"), [(0, 0), (2, 3), (0, 1)])
def test_an_answer_that_a_seek_tore_is_passed_over(start: int, to: int) -> None:
    lane = new_lane(DAILY)
    records = [ORDER["orders"].records[0]._replace(offset=offset) for offset in (1, 2)]
    assert lane.accept(Fetched("orders", start, records, to, 3, END), END) is Connection.KNOWN
    assert (lane.waiting("orders"), lane.fetched["orders"]) == (0, 0)


def test_a_moment_that_cannot_be_read_is_a_dead_letter_and_passes_no_time() -> None:
    broken = passed(at(1), 0)._replace(value=b"{")
    held = ORDER | {CLOCK: log_of([broken])}
    made = list(play(new_lane(DAILY), held))
    assert [letter.input for step in made for letter in step.dead_letters] == [CLOCK]
    assert transitions(made) == []
