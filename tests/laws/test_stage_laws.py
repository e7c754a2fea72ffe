"""The laws of the customers' own life: between two checks only an event changes it, and nobody has none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.domain.observe import observe
from monitor.domain.stages import CustomerTerms, live
from monitor.domain.state import Absence, Left, Life, State, with_about
from monitor.domain.tiers import tier_of
from tests.laws.strategies import (
    EPOCH,
    Draft,
    at,
    customer_lives,
    drafts,
    fact,
    hours,
    rule_set,
    states,
)
from tests.laws.test_rule_laws import MOMENT, newest, waits

moderate = settings(max_examples=150)


def customer_terms(told: dict[str, Any]) -> CustomerTerms:
    terms = rule_set(customers=told).customers
    assert terms is not None
    return terms


terms = customer_lives().map(customer_terms)
stages = st.sampled_from(("potential", "new", "active", "watch", "at_risk", "lost", "won_back"))
lives = st.none() | st.builds(Life, stages, hours.map(at))
levels = st.sampled_from((None, 0, 1, 2))
kinds = st.sampled_from(("voluntary", "unknown"))


@st.composite
def people(draw: st.DrawFn) -> State:
    """What is known of a customer from events, and from what people told."""
    state = draw(states)
    left = draw(st.none() | st.builds(Left, hours.map(at), kinds))
    start = at(draw(hours))
    away = draw(st.sampled_from(((), (Absence(start, start + timedelta(days=9)),))))
    if left is not None:  # no command is obeyed before the clock shows it
        state = replace(state, latest=max(newest(state), left.at))
    return with_about(state, left=left, absences=away)


@moderate
@given(before=lives, state=people(), level=levels, terms=terms, wait=waits)
def test_asking_again_at_the_same_moment_changes_nothing(
    before: Life | None, state: State, level: int | None, terms: CustomerTerms, wait: timedelta
) -> None:
    now = newest(state) + wait
    life, check = live(before, state, level, terms.stages, now)
    assert live(life, state, level, terms.stages, now) == (life, check)
    assert check is None or check > now


@moderate
@given(before=lives, state=people(), level=levels, terms=terms, wait=waits, share=st.floats(0, 1))
def test_until_the_next_check_time_alone_changes_no_stage(
    before: Life | None, state: State, level: int | None, terms: CustomerTerms, wait: timedelta, share: float
) -> None:
    now = newest(state) + wait
    life, check = live(before, state, level, terms.stages, now)
    until = check or now + timedelta(days=4000)
    assert live(life, state, level, terms.stages, now + (until - now - MOMENT) * share)[0] == life
    assert live(life, state, level, terms.stages, until - MOMENT)[0] == life


@moderate
@given(before=lives, state=people(), level=levels, terms=terms, wait=waits)
def test_asking_at_every_check_comes_to_an_end_and_every_stage_began_by_then(
    before: Life | None, state: State, level: int | None, terms: CustomerTerms, wait: timedelta
) -> None:
    now: datetime | None = newest(state) + wait
    life, asked = before, 0
    while now is not None:
        life, check = live(life, state, level, terms.stages, now)
        assert life.since <= max(now, before.since if before else EPOCH)
        now, asked = check, asked + 1
        assert asked < 10


@moderate
@given(before=lives, state=people(), level=levels, terms=terms, draft=drafts, hour=hours)
def test_nobody_who_never_ordered_is_a_customer_unless_they_were_lost(
    before: Life | None, state: State, level: int | None, terms: CustomerTerms, draft: Draft, hour: int
) -> None:
    after = observe(state, fact(*draft, hour=hour, name="one more"))
    life, _ = live(before, after, level, terms.stages, newest(after))
    if not after.rhythm.orders:
        assert life.stage in ("potential", "lost", "won_back")
        assert terms.tiers is None or tier_of(after, terms.tiers) == "potential"
    else:
        assert life.stage != "potential"
