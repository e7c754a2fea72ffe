"""A step is a function of rows, ranges and target: what was recorded can be done again, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.objects import cases_of
from monitor.domain.rules import RuleSet
from monitor.domain.state import Row
from monitor.engine.fetched import CLOCK
from monitor.engine.lane import Lane, Timing
from monitor.engine.outputs import outputs
from monitor.engine.step import Step
from schemas.steps import StepRecord
from tests.laws.fragile import fragile_set
from tests.laws.lanes import (
    END,
    LONGEST,
    NAMES,
    Logs,
    Store,
    Turn,
    committed,
    logs,
    logs_of,
    moments,
    new_lane,
    play,
    steps,
    transitions,
    turns,
    written,
)
from tests.laws.strategies import at, fact, rule_set, rule_sets, stories

some_logs = st.builds(logs, stories(most=20), gaps=st.integers(1, 3), until=moments)
FRAGILE = fragile_set(
    {"name": "fragile", "kind": "count", "of": "ticket.opened", "n": 1, "within": "3d", "keep": "10h"},
    {"name": "fragile_too", "kind": "count", "of": "contact.made", "n": 1, "within": "2d"},
    {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "2d"},
    {
        "name": "risk",
        "kind": "score",
        "at_least": 0.5,
        "for": "5h",
        "parts": [{"rule": name, "weight": 1} for name in ("fragile", "fragile_too", "quiet")],
    },
)
"""Rules with mistakes, which raise for some customers."""

any_rules = rule_sets | st.just(FRAGILE)
moderate = settings(max_examples=50)
timings = st.sampled_from(
    (
        Timing(follows_wall=False),
        Timing(follows_wall=False, idle_after=timedelta(hours=12)),
        Timing(follows_wall=True, late_allowance=timedelta(hours=2)),
    )
)


def played(rules: RuleSet, given: Logs, schedule: list[Turn], timing: Timing) -> list[Step]:
    return list(play(new_lane(rules, timing), given, schedule))


def everything(step: Step) -> object:
    """All that a step puts into its transaction, and what it counts."""
    return step.rows(), list(outputs(step, longest=LONGEST)), step.counts


@moderate
@given(rules=any_rules, held=some_logs, schedule=turns(claim_ends=True), timing=timings)
def test_following_the_recorded_steps_gives_the_same_bytes(
    rules: RuleSet, held: Logs, schedule: list[Turn], timing: Timing
) -> None:
    first = played(rules, held, schedule, timing)
    again = new_lane(rules)
    for name, log in held.items():
        again.accept(log.answer(name, 0, 10**6), at(0))
    for step in first:
        record = StepRecord.model_validate_json(list(outputs(step, longest=LONGEST))[-1].value or b"")
        repeated = again.follow(
            {name: (each.start, each.end) for name, each in record.ranges.items()}, record.target
        )
        assert everything(repeated) == everything(step)


@moderate
@given(rules=any_rules, held=some_logs, schedule=turns(claim_ends=True), timing=timings)
def test_ranges_are_gapless_and_the_clock_never_goes_back(
    rules: RuleSet, held: Logs, schedule: list[Turn], timing: Timing
) -> None:
    applied = dict.fromkeys((*NAMES, CLOCK), 0)
    made = played(rules, held, schedule, timing)
    for place, step in enumerate(made):
        assert step.number == place + 1
        for name, (start, end) in step.ranges.items():
            assert start == applied[name] < end
            applied[name] = end
        assert step.lane.applied == applied
    assert all(earlier.lane.clock <= later.lane.clock for earlier, later in pairwise(made))
    assert applied == {name: log.end for name, log in held.items()}
    told = [transition.at for step in made for transition in step.transitions]
    assert told == sorted(told)


@moderate
@given(rules=any_rules, held=some_logs, schedule=turns(claim_ends=False))
def test_batch_sizes_do_not_matter_where_nothing_was_caught_up_before_its_end(
    rules: RuleSet, held: Logs, schedule: list[Turn]
) -> None:
    plain = list(play(new_lane(rules), held))
    other = list(play(new_lane(rules), held, schedule))
    assert written(other) == written(plain)
    assert committed(other).states() == committed(plain).states()


@moderate
@given(
    rules=any_rules,
    held=some_logs,
    schedule=turns(claim_ends=True),
    timing=timings,
    ends=st.sets(st.integers(0, 30)),
)
def test_a_takeover_after_any_step_goes_on_as_if_there_had_been_none(
    rules: RuleSet, held: Logs, schedule: list[Turn], timing: Timing, ends: set[int]
) -> None:
    first = played(rules, held, schedule, timing)
    store = Store()
    lane = store.lane(rules)
    for place, step in enumerate(first):
        if place in ends:
            lane = store.lane(rules)
        for name, (start, end) in step.ranges.items():
            if lane.fetched[name] <= start:
                lane.accept(held[name].answer(name, lane.fetched[name], 10**6, end=end), at(0))
        repeated = lane.follow(step.ranges, step.target)
        assert everything(repeated) == everything(step)
        store.commit(repeated)


@moderate
@given(rules=rule_sets, held=some_logs, schedule=turns(claim_ends=True), timing=timings)
def test_what_is_known_in_the_end_does_not_depend_on_who_was_waited_for(
    rules: RuleSet, held: Logs, schedule: list[Turn], timing: Timing
) -> None:
    plain = committed(play(new_lane(rules), held)).states()
    other = committed(play(new_lane(rules, timing), held, schedule)).states()
    for customer, row in plain.items():
        others = other[customer]
        assert found(others) == found(row)
        assert others.state.rhythm == row.state.rhythm
        assert others.state.marks == row.state.marks
        assert cases_of(others.state.cases) == cases_of(row.state.cases)


@moderate
@given(rules=rule_sets, held=some_logs, schedule=turns(claim_ends=True), kept=st.integers(0, 2))
def test_rows_that_had_to_make_room_come_back_as_they_were(
    rules: RuleSet, held: Logs, schedule: list[Turn], kept: int
) -> None:
    store, small = Store(), []
    for step in play(store.lane(rules, kept=kept), held, schedule):
        store.commit(step)
        small.append(everything(step))
    assert small == [everything(step) for step in play(new_lane(rules), held, schedule)]


def test_a_deadline_due_at_the_very_moment_of_a_takeover_is_not_lost() -> None:
    rules = rule_set({"kind": "silence", "of": "order.placed", "quiet_for": "1d"})
    orders = [
        fact("order.placed", {"amount": 1.0}, hour=hour, customer=customer)
        for hour, customer in ((0, "bo"), (24, "ada"))
    ]
    held, store = logs_of(orders), Store()
    for step in steps(heard(store.lane(rules), held, NAMES)):
        store.commit(step)
        assert (step.lane.clock, step.transitions) == (at(24), [])
    told = transitions(steps(heard(store.lane(rules), held, (*NAMES, CLOCK))))
    assert [(each.customer, each.at) for each in told] == [("bo", at(24)), ("ada", at(48))]


def test_new_rules_look_at_everybody_even_if_their_first_owner_ends_before_time_has_passed() -> None:
    lenient, strict = (
        rule_set({"kind": "silence", "of": "order.placed", "quiet_for": span}) for span in ("30d", "1d")
    )
    orders = [
        fact("order.placed", {"amount": 1.0}, hour=hour, customer=customer, name=customer)
        for hour, customer in ((0, "bo"), (48, "ada"), (48, "cy"))
    ]
    held, store = logs_of(orders), Store()
    early = {**held, "orders": held["orders"]._replace(records=held["orders"].records[:2], end=2)}
    for step in steps(heard(store.lane(lenient), early, NAMES)):
        store.commit(step)
    heard(store.lane(strict), held, NAMES).step(END)  # never committed
    made = [*steps(heard(store.lane(strict), held, NAMES))]
    for step in made:
        store.commit(step)
    assert [(each.customer, each.at) for each in transitions(made)] == [("bo", at(48))]
    told = transitions(steps(heard(store.lane(strict), held, (*NAMES, CLOCK))))
    assert [(each.customer, each.at) for each in told] == [("ada", at(72)), ("cy", at(72))]


def found(row: Row) -> set[tuple[str, str | None]]:
    """What the rules find. Since when, and so for how long, may not be known the same after late events."""
    open_ = (each for each in row.warnings if each.phase != "resolved" and each.gone is None)
    return {(each.rule, each.about) for each in open_}


def heard(lane: Lane, held: Logs, names: Sequence[str]) -> Lane:
    """The lane, with all that these inputs hold."""
    for name in names:
        lane.accept(held[name].answer(name, lane.fetched[name], 10**6), END)
    return lane
