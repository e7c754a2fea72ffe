"""What becomes of a customer's tier and stage when something was learned of them, and what is told of it.

Belongs here: the changes alone. What tiers and stages are is for tiers.py and stages.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from monitor.domain.stages import CustomerTerms
from monitor.domain.state import NOBODY, Life, State, with_about
from monitor.domain.tiers import Tiers, sales_of, tier_of
from schemas.fields import Tier


class StageChange(msgspec.Struct, frozen=True):
    """A customer's life before and after the moment `at` of the lane's clock; None before the first stage."""

    customer: str
    at: datetime
    before: Life | None
    after: Life


class TierChange(msgspec.Struct, frozen=True):
    """A customer's tier before and after the moment `at`, their sales, and the border that these crossed."""

    customer: str
    at: datetime
    before: Tier | None
    after: Tier
    sales: float
    border: float | None


CustomerChange = StageChange | TierChange


def placed(state: State, terms: CustomerTerms) -> State:
    """The state with the tier that the customer is of now; the very same one where that is no other."""
    if terms.tiers is None:
        return state
    tier = tier_of(state, terms.tiers)
    return state if tier == (state.about or NOBODY).tier else with_about(state, tier=tier)


def tier_change(
    customer: str, before: State, after: State, terms: CustomerTerms, now: datetime
) -> Iterator[TierChange]:
    """What is told of the tier, if it changed."""
    was, tier = ((state.about or NOBODY).tier for state in (before, after))
    if terms.tiers is not None and tier is not None and tier != was:
        sales = sales_of(after)
        yield TierChange(customer, now, was, tier, sales, _crossed(was, tier, sales, terms.tiers))


def _crossed(before: Tier | None, after: Tier, sales: float, terms: Tiers) -> float | None:
    if before == "important":
        return terms.down_to
    return terms.sales_from if after == "important" and sales >= terms.sales_from else None
