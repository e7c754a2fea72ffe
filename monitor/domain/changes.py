"""What becomes of a customer's tier and stage when something was learned of them, and what is told of it.

Belongs here: the changes alone. What tiers and stages are is for tiers.py and stages.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

import msgspec

from monitor.domain.stages import CustomerTerms
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


def placed(state: State, terms: CustomerTerms) -> State:
    """The state with the tier that the customer is of now; the very same one where that is no other."""
    if terms.tiers is None:
        return state
    tier = tier_of(state, terms.tiers)
    return state if tier == (state.about or NOBODY).tier else with_about(state, tier=tier)


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
