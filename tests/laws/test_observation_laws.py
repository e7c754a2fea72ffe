"""The laws of what is known: the order of telling does not matter, time never goes back, twice is once."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from monitor.domain import rings
from monitor.domain.categories import categories_of
from monitor.domain.objects import CASES, cases_of
from monitor.domain.observe import observe
from monitor.domain.regions import regions_of
from monitor.domain.rhythm import MARKS
from monitor.domain.state import FLAVOUR_MARKS, FLAVOURS, REMEMBERED, State
from schemas.events import Fact
from tests.laws.strategies import Told, exact_rules, fact, facts, observed, rule_set, states, stories, tickets

moderate = settings(max_examples=60)

few_facts = stories(most=REMEMBERED, customers=("ada",)).map(facts)
few_tickets = stories(most=REMEMBERED, customers=("ada",), of=tickets).map(facts)


def orders(events: list[Fact]) -> int:
    return sum(event.type == "order.placed" for event in events)


def of_no_order(state: State) -> object:
    """The state without its memory of which events came last, and of which ticket came first.

    Sums of floats depend on the order of adding by a few millionths of a millionth.
    """
    packed = {"cases": b"", "categories": b"", "regions": b""}
    told = replace(state, seen=State().seen, trend=State().trend, **packed)
    regions = regions_of(state.regions)
    floats = [*astuple(state.trend)[1:], *regions.all] if regions else astuple(state.trend)[1:]
    shares = (
        {name: [round(value, 9) for value in sums] for name, sums in regions.known.items()} if regions else {}
    )
    unpacked = cases_of(state.cases), categories_of(state.categories), shares
    return told, unpacked, state.trend.at, [round(value, 9) for value in floats]


@moderate
@given(events=few_facts | few_tickets, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter_within_the_rings(events: list[Fact], shuffled: Random) -> None:
    assume(orders(events) <= MARKS)
    told = list(events)
    shuffled.shuffle(told)
    assert of_no_order(observed(told)) == of_no_order(observed(events))


@moderate
@given(events=few_facts, rule=exact_rules, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_change_what_is_found(
    events: list[Fact], rule: dict[str, Any], shuffled: Random
) -> None:
    assume(events and orders(events) <= MARKS)
    told = list(events)
    shuffled.shuffle(told)
    judge, now = rule_set(rule).rules[0], max(event.time for event in events)
    by_subject = {finding.about: finding for finding in judge.judge(observed(events), now)[0]}
    assert {finding.about: finding for finding in judge.judge(observed(told), now)[0]} == by_subject


@moderate
@given(story=stories(customers=("ada",)))
def test_a_late_event_never_moves_time_back(story: list[Told]) -> None:
    state = State()
    for event in facts(story):
        after = observe(state, event)
        assert after.latest is not None
        assert after.latest >= (state.latest or event.time)
        assert after.latest >= event.time
        assert (after.rhythm.last or event.time) >= (state.rhythm.last or event.time)
        state = after


@moderate
@given(hours=st.lists(st.integers(0, 1000), min_size=1, max_size=20), late=st.integers(0, 1000))
def test_an_order_that_falls_among_the_last_ones_finds_its_place_however_late(
    hours: list[int], late: int
) -> None:
    def order(hour: int, name: int) -> Fact:
        return fact("order.placed", {"amount": 1.0}, hour=hour, name=str(name))

    kept = sorted(hours)[-MARKS:]
    assume(len(hours) < MARKS or late >= kept[0])
    in_time = observed([order(hour, place) for place, hour in enumerate(sorted([*hours, late]))])
    told = observed([order(hour, place) for place, hour in enumerate([*sorted(hours), late])])
    assert told.rhythm == in_time.rhythm


@moderate
@given(state=states, events=stories(most=REMEMBERED, customers=("ada",)).map(facts), again=st.data())
def test_an_event_repeated_within_the_last_sixteen_changes_nothing(
    state: State, events: list[Fact], again: st.DataObject
) -> None:
    assume(events)
    new = [event.model_copy(update={"source": "/elsewhere"}) for event in events]
    for event in new:
        state = observe(state, event)
    assert observe(state, again.draw(st.sampled_from(new))) is state


def test_events_with_one_id_from_two_sources_are_two() -> None:
    event = fact("order.placed", {"amount": 1.0}, hour=1)
    other = event.model_copy(update={"source": "/elsewhere"})
    assert observed([event, other]).rhythm.orders == 2


def test_an_id_and_a_source_cannot_be_taken_for_others() -> None:
    one = fact("order.placed", {"amount": 1.0}, hour=1, name="b").model_copy(update={"source": "a"})
    other = one.model_copy(update={"id": "", "source": "ab"})
    assert observed([one, other]).rhythm.orders == 2


FIELDS = {
    "kind": ("complaint", "question", "suggestion", "incident"),
    "severity": ("low", "medium", "high", "critical"),
    "priority": ("low", "normal", "high", "urgent"),
}


@settings(max_examples=10)
@given(chance=st.randoms(use_true_random=False))
def test_no_ring_outgrows_its_bound(chance: Random) -> None:
    state = State()
    for place in range(100):
        hour, ticket = chance.randrange(500), f"T{chance.randrange(60)}"
        choice = {field: chance.choice(values) for field, values in FIELDS.items()}
        opened = fact("ticket.opened", {**choice, "ticket_id": ticket}, hour=hour, name=f"ticket {place}")
        order = fact("order.placed", {"amount": 1.0}, hour=hour, name=f"order {place}")
        state = observe(observe(state, opened), order)
    assert rings.count(state.rhythm.marks) == MARKS
    assert len(cases_of(state.cases)) <= CASES
    assert len(state.marks) <= FLAVOURS
    assert max(map(rings.count, state.marks.values())) <= FLAVOUR_MARKS
    assert state.events == 200
