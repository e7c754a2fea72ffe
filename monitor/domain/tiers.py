"""Tiers: how much a customer matters, by what they brought and by what is said of them; how often to speak with them.

Belongs here: the tier and the moment of the next contact. What a tier means for thresholds is for rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from monitor.domain import rings
from monitor.domain.profile import profile_of
from monitor.domain.state import NOBODY, About, State
from schemas.fields import Tier


class Tiers(msgspec.Struct, frozen=True):
    """Important from `sales_from` on, until sales lie below `down_to`; or by a level or segment of the profile."""

    sales_from: float
    down_to: float
    levels: frozenset[str]
    segments: frozenset[str]
    cadences: Mapping[Tier, timedelta]


def tier_of(state: State, terms: Tiers) -> Tier:
    """The tier, given the one before in `about.tier`: who has come above one border stays so down to the other."""
    if not state.rhythm.orders:
        return "potential"
    about = state.about or NOBODY
    border = terms.down_to if about.tier == "important" else terms.sales_from
    return "important" if sales_of(state) >= border or _is_needed(about, terms) else "ordinary"


def sales_of(state: State) -> float:
    """What the customer brought in all: orders less what was given back, in the events' own currency."""
    return state.purchases.sales - state.purchases.refunds


def next_contact_due(state: State, terms: Tiers) -> datetime | None:
    """When to speak with the customer next: as agreed at the last contact, or a cadence after the last effective one.

    None for who was never spoken with, and where no tier was told yet.
    """
    agreed = agreed_contact(state)
    if agreed is not None:
        return agreed
    tier, last = (state.about or NOBODY).tier, last_effective_contact(state)
    return last + terms.cadences[tier] if last is not None and tier is not None else None


def agreed_contact(state: State) -> datetime | None:
    """The moment of the next contact that the last one agreed on."""
    return state.agreed.due if state.agreed is not None else None


def last_effective_contact(state: State) -> datetime | None:
    """The last contact that was not told to be unsuccessful."""
    effective = [rings.last(ring) for flavour, ring in state.marks.items() if _is_effective(flavour)]
    return max(effective, default=None)


@lru_cache(maxsize=4096)
def _is_effective(flavour: str) -> bool:
    kind, *fields = flavour.split(" ")
    return kind == "contact.made" and "outcome=unsuccessful" not in fields


def _is_needed(about: About, terms: Tiers) -> bool:
    """Whether the profile alone makes the customer important."""
    if not about.profile or not (terms.levels or terms.segments):
        return False
    profile = profile_of(about.profile)
    return profile.level in terms.levels or not terms.segments.isdisjoint(profile.segments)
