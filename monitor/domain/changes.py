"""What becomes of a customer's tier and stage when something was learned of them, and what is told of it.

Belongs here: the changes alone. What tiers and stages are is for tiers.py and stages.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

import msgspec

from monitor.domain.stages import CustomerTerms, won_back_at
from monitor.domain.state import NOBODY, Life, State, with_about
from monitor.domain.tiers import Tiers, sales_of, tier_of
from schemas.fields import Tier


class StageChange(msgspec.Struct, frozen=True):
    """A customer's life before and after the moment `at` of the lane's clock; None before the first stage."""

    id: str
    customer: str
    at: datetime
    before: Life | None
    after: Life


class TierChange(msgspec.Struct, frozen=True):
    """A customer's tier before and after the moment `at`, their sales, and the border that these crossed."""

    id: str
    customer: str
    at: datetime
    before: Tier | None
    after: Tier
    sales: float
    border: float | None


CustomerChange = StageChange | TierChange
Known = tuple[State, Life | None]


def placed(state: State, life: Life | None, terms: CustomerTerms) -> State:
    """The state with the customer's tier and probation of now; the very same one where both are as they were."""
    about = state.about or NOBODY
    tier = about.tier if terms.tiers is None else tier_of(state, terms.tiers)
    probation = _probation(state, life, terms)
    if tier == about.tier and probation == about.probation:
        return state
    return with_about(state, tier=tier, probation=probation)


def _probation(state: State, life: Life | None, terms: CustomerTerms) -> datetime | None:
    """Until when the customer is on probation; kept until an order after that, for the silence that began before."""
    back = won_back_at(life, state)
    ends = (state.about or NOBODY).probation if back is None else back + terms.stages.probation
    last = state.rhythm.last
    return None if ends is None or (last is not None and last >= ends) else ends


def changes(
    customer: str, before: Known, after: Known, terms: CustomerTerms, now: datetime
) -> Iterator[CustomerChange]:
    """What is told of a customer who was known so before `now`, and is known so after."""
    (state, life), (state_now, life_now) = before, after
    was, tier = ((each.about or NOBODY).tier for each in (state, state_now))
    if terms.tiers is not None and tier is not None and tier != was:
        sales = sales_of(state_now)
        name = _id(customer, state_now, now, was, tier)
        yield TierChange(name, customer, now, was, tier, sales, _crossed(was, tier, sales, terms.tiers))
    if life_now is not None and life_now != life:
        yield StageChange(_id(customer, state_now, now, life, life_now), customer, now, life, life_now)


def _id(customer: str, state: State, now: datetime, before: object, after: object) -> str:
    """16 hex digits that name a change for good: a hash of who, when, after how many events, from what to what."""
    told = _encode((customer, now, state.events, before, after))
    return blake2b(told, digest_size=8).hexdigest()


_encode = msgspec.msgpack.Encoder().encode


def _crossed(before: Tier | None, after: Tier, sales: float, terms: Tiers) -> float | None:
    if before == "important":
        return terms.down_to
    return terms.sales_from if after == "important" and sales >= terms.sales_from else None
