"""The laws of merging: what goes before what, and that nothing goes before what may still come."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.rules import RuleSet
from monitor.engine import lane as lanes
from monitor.engine.events import warning_json
from monitor.engine.fetched import CLOCK, DAWN
from schemas.events import Fact
from tests.laws.book import ByTheBook, Place, places
from tests.laws.lanes import (
    END,
    NAMES,
    Turn,
    committed,
    logs_of,
    moments,
    new_lane,
    play,
    steps,
    transitions,
    turns,
    written,
)
from tests.laws.strategies import Told, at, fact, facts, rule_set, rule_sets, stories

moderate = settings(max_examples=50)
histories = stories(most=24).map(facts)
WEEKLY = rule_set({"kind": "silence", "of": "order.placed", "quiet_for": "7d"})
NO_RULES = rule_set()


class Witness:
    """Sees strangers come in, in the order in which their events are applied."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def __call__(self, key: bytes) -> bool:
        self.seen.append(key)
        return True


def strangers(story: list[Told]) -> list[Fact]:
    """The events of a story, each of a customer of its own."""
    return facts([told._replace(customer=f"c{place}") for place, told in enumerate(story)])


def by_customer(events: list[Fact], gaps: int = 1) -> dict[bytes, Place]:
    """The same for strangers, by the customer's key."""
    return {event.subject.encode(): place for event, place in zip(events, places(events, gaps), strict=True)}


@moderate
@given(story=stories(most=24), schedule=turns(claim_ends=True), gaps=st.integers(1, 3))
def test_records_of_one_input_are_applied_in_the_order_of_their_offsets(
    story: list[Told], schedule: list[Turn], gaps: int
) -> None:
    events = strangers(story)
    held = logs_of(events, gaps=gaps)
    witness = Witness()
    list(play(new_lane(NO_RULES, belongs=witness), held, schedule))
    where = by_customer(events, gaps)
    for rank in range(len(NAMES)):
        offsets = [where[key].offset for key in witness.seen if where[key].rank == rank]
        assert offsets == [record.offset for record in held[NAMES[rank]].records]


@moderate
@given(story=stories(most=24), schedule=turns(claim_ends=False))
def test_where_nothing_is_caught_up_early_records_go_by_time_then_rank_then_offset(
    story: list[Told], schedule: list[Turn]
) -> None:
    events = strangers(story)
    held = logs_of(events)
    witness = Witness()
    list(play(new_lane(NO_RULES, belongs=witness), held, schedule))
    where = by_customer(events)
    assert witness.seen == sorted(where, key=where.__getitem__)


@moderate
@given(story=stories(most=24), schedule=turns(claim_ends=True))
def test_nothing_goes_before_what_an_input_that_is_behind_may_still_bring(
    story: list[Told], schedule: list[Turn]
) -> None:
    events = strangers(story)
    held = logs_of(events)
    where = by_customer(events)
    witness = Witness()
    lane = new_lane(NO_RULES, belongs=witness)
    known_end = dict.fromkeys((*NAMES, CLOCK), 10**9)
    for turn in schedule:
        for name, most in turn.most.items():
            answer = held[name].answer(name, lane.fetched[name], most)
            answer = answer._replace(end=answer.next) if name in turn.claim_ends else answer
            lane.accept(answer, END)
            known_end[name] = answer.end
        before = len(witness.seen)
        list(steps(lane))
        behind = [
            name for name in NAMES if known_end[name] is None or lane.fetched[name] < (known_end[name] or 0)
        ]
        for name in behind:
            rank, fetched = NAMES.index(name), lane.fetched[name]
            heard = [place.time for place in where.values() if place.rank == rank and place.offset < fetched]
            bound = Place(max(heard, default=DAWN), rank, fetched)
            assert all(where[key] < bound for key in witness.seen[before:])


@pytest.mark.parametrize("missing", NAMES)
def test_an_input_that_was_never_fetched_holds_everything_back(missing: str) -> None:
    held = logs_of([fact("order.placed", {"amount": 1.0}, hour=1)])
    lane = new_lane(NO_RULES)
    for name in (*NAMES, CLOCK):
        if name != missing:
            lane.accept(held[name].answer(name, 0, 10), END)
    assert lane.step(END) is None


@given(rules=rule_sets, events=histories, schedule=turns(claim_ends=False))
def test_a_lane_tells_what_the_book_says(rules: RuleSet, events: list[Fact], schedule: list[Turn]) -> None:
    made, book = list(play(new_lane(rules), logs_of(events), schedule)), ByTheBook(rules)
    assert list(map(warning_json, transitions(made))) == list(map(warning_json, book.play(events)))
    assert [change for step in made for change in step.changes] == book.changes


@moderate
@given(
    orders=st.integers(1, 12), others=stories(most=20, customers=("bo",)), schedule=turns(claim_ends=False)
)
def test_a_weekly_buyer_is_never_warned_under_a_limit_of_seven_days(
    orders: int, others: list[Told], schedule: list[Turn]
) -> None:
    weekly = [Told(("order.placed", {"amount": 1.0}), "ada", 24 * 7 * week, 0) for week in range(orders)]
    events = facts(sorted([*weekly, *others], key=lambda told: told.hour + told.late))
    told = transitions(play(new_lane(WEEKLY), logs_of(events), schedule))
    assert [(each.told, each.at) for each in told if each.customer == "ada"] == [
        ("firing", at(24 * 7 * orders))
    ]


@given(
    hours=st.dictionaries(
        st.sampled_from(("ada", "bo", "cy")), st.sets(st.integers(0, 40).map(lambda h: h * 24))
    ),
    schedule=turns(claim_ends=False),
)
def test_every_silence_is_told_at_its_own_moment_and_no_other(
    hours: dict[str, set[int]], schedule: list[Turn]
) -> None:
    orders = sorted((hour, customer) for customer, placed in hours.items() for hour in placed)
    events = facts([Told(("order.placed", {"amount": 1.0}), customer, hour, 0) for hour, customer in orders])
    silent = set()
    for customer, placed in hours.items():
        for hour, following in zip(sorted(placed), [*sorted(placed)[1:], None], strict=False):
            if following is None or following - hour > 7 * 24:
                silent.add(("firing", customer, at(hour + 7 * 24)))
            if following is not None and following - hour > 7 * 24:
                silent.add(("resolved", customer, at(following)))
    told = transitions(play(new_lane(WEEKLY), logs_of(events), schedule))
    assert len(told) == len(silent)
    assert {(each.told, each.customer, each.at) for each in told} == silent


@moderate
@given(
    rules=rule_sets,
    events=histories,
    schedule=turns(claim_ends=False),
    until=moments,
    records=st.integers(1, 5),
    deadlines=st.integers(1, 3),
)
def test_steps_cut_short_by_their_limits_tell_the_same_as_one(
    rules: RuleSet,
    events: list[Fact],
    schedule: list[Turn],
    until: list[datetime],
    records: int,
    deadlines: int,
) -> None:
    held = logs_of(events, until=until)
    whole = list(play(new_lane(rules), held))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MOST_RECORDS", records)
        patch.setattr(lanes, "MOST_DEADLINES", deadlines)
        cut = list(play(new_lane(rules), held, schedule))
    assert written(cut) == written(whole)
    assert all(
        sum(end - start for start, end in step.ranges.values()) <= records + len(until) for step in cut
    )
    assert committed(cut).states() == committed(whole).states()


@given(hour=st.integers(0, 100), customers=st.integers(1, 30))
def test_one_moment_is_never_torn_apart_by_a_limit(hour: int, customers: int) -> None:
    orders = [Told(("order.placed", {"amount": 1.0}), f"c{each}", hour, 0) for each in range(customers)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MOST_DEADLINES", 1)
        made = list(play(new_lane(WEEKLY), logs_of(facts(orders))))
    assert [len(step.transitions) for step in made if step.transitions] == [customers]
