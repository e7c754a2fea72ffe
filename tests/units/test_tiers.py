"""Tiers, their hysteresis, and when the next contact is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.domain.profile import with_profile
from monitor.domain.state import State, with_about
from monitor.domain.tiers import Tiers, last_effective_contact, next_contact_due, tier_of
from schemas.customers import ProfileUpdated
from tests.laws.strategies import at, fact, observed

TERMS = Tiers(
    sales_from=500.0,
    down_to=400.0,
    levels=frozenset({"gold"}),
    segments=frozenset({"press"}),
    cadences={
        "important": timedelta(days=30),
        "ordinary": timedelta(days=90),
        "potential": timedelta(days=14),
    },
)


def known(*events: tuple[str, dict[str, Any]]) -> State:
    """What is known after these events, an hour apart."""
    return observed(
        [fact(kind, data, hour=place, name=str(place)) for place, (kind, data) in enumerate(events)]
    )


def sold(amount: float, refund: float = 0.0) -> State:
    return known(("order.placed", {"amount": amount}), ("order.refunded", {"amount": refund}))


def profiled(state: State, **data: Any) -> State:
    told = {"specversion": "1.0", "id": "1", "source": "/s", "subject": "ada", "time": at(0)}
    return with_profile(
        state, ProfileUpdated.model_validate(told | {"type": "profile.updated", "data": data})
    )


def test_who_never_ordered_is_potential() -> None:
    assert tier_of(profiled(known(("contact.made", {})), level="gold"), TERMS) == "potential"


@pytest.mark.parametrize(("amount", "tier"), [(499.0, "ordinary"), (500.0, "important")])
def test_sales_make_customers_important(amount: float, tier: str) -> None:
    assert tier_of(sold(amount), TERMS) == tier


@pytest.mark.parametrize(
    ("before", "refund", "tier"),
    [
        (None, 100.0, "ordinary"),
        ("ordinary", 100.0, "ordinary"),
        ("important", 100.0, "important"),
        ("important", 101.0, "ordinary"),
    ],
)
def test_between_the_borders_a_tier_stays(before: str | None, refund: float, tier: str) -> None:
    assert tier_of(with_about(sold(500.0, refund), tier=before), TERMS) == tier


@pytest.mark.parametrize(
    ("profile", "tier"),
    [
        ({"level": "gold"}, "important"),
        ({"level": "silver"}, "ordinary"),
        ({"segments": ("web", "press")}, "important"),
        ({"segments": ("web",)}, "ordinary"),
    ],
)
def test_a_level_or_a_segment_makes_customers_important(profile: dict[str, Any], tier: str) -> None:
    assert tier_of(profiled(sold(1.0), **profile), TERMS) == tier


def test_an_unsuccessful_contact_is_none() -> None:
    state = known(("contact.made", {"channel": "phone"}), ("contact.made", {"outcome": "unsuccessful"}))
    assert last_effective_contact(state) == at(0)
    assert last_effective_contact(known(("order.placed", {"amount": 1.0}))) is None


@pytest.mark.parametrize(("tier", "days"), [("important", 30), ("ordinary", 90), ("potential", 14)])
def test_the_cadence_is_that_of_the_tier(tier: str, days: int) -> None:
    state = known(("contact.made", {"outcome": "effective"}))
    assert next_contact_due(with_about(state, tier=tier), TERMS) == at(24 * days)


def test_what_was_agreed_beats_the_cadence() -> None:
    state = known(("contact.made", {"next_due": at(50)}))
    assert next_contact_due(with_about(state, tier="important"), TERMS) == at(50)


def test_nothing_is_due_for_who_was_never_spoken_with_or_has_no_tier() -> None:
    assert next_contact_due(with_about(sold(1.0), tier="ordinary"), TERMS) is None
    assert next_contact_due(known(("contact.made", {})), TERMS) is None
