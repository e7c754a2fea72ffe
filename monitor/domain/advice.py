"""What goes with a warning: what is at stake, what to do next, through which channel, and how old the profile is.

Belongs here: what follows from a customer's facts and the tables of the rule file. Not: whether to warn (rules/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from string import Formatter
from typing import Literal, get_args

import msgspec

from monitor.domain.profile import NO_PROFILE, Profile, profile_of
from monitor.domain.state import State
from schemas.advice import STEPS, TEXTS
from schemas.advice import Advice as Tables
from schemas.fields import Action, ChurnKind, Tier
from schemas.rule_parts import NextStep

DAY = timedelta(days=1)


class ValueAtRisk(msgspec.Struct, frozen=True):
    """What a customer would bring over a horizon, in the events' own currency; `basis` says of what it was counted."""

    amount: float
    basis: Literal["margin", "sales"]
    horizon_days: int | float


class Suggested(msgspec.Struct, frozen=True):
    """The step to take next, and what it says."""

    step: Action
    text: str


class Advice(msgspec.Struct, frozen=True):
    """What a warning says beside its evidence; of channel and stale profile None is what no profile tells."""

    value_at_risk: ValueAtRisk | None = None
    next_step: Suggested | None = None
    channel: str | None = None
    stale_profile: bool | None = None


class Saying(msgspec.Struct, frozen=True):
    """A step, its text, and the places in the text."""

    step: Action
    text: str
    places: tuple[str, ...]

    def filled(self, customer: str, profile: Profile) -> Suggested:
        """The step, with the customer's own words in its text."""
        told = {place: _PLACES[place](customer, profile) for place in self.places}
        return Suggested(self.step, self.text.format_map(told))


class Adviser(msgspec.Struct, frozen=True):
    """What a rule file advises with the warnings of one rule, by tier (None: not known), and for who is let go."""

    horizon: timedelta
    stale_after: timedelta
    by_tier: Mapping[str | None, Saying]
    let_go: Saying

    def advise(self, customer: str, state: State, now: datetime) -> Advice:
        """What goes with a warning at `now`."""
        about, at_risk = state.about, value_at_risk(state, self.horizon)
        if about is None:
            return Advice(at_risk, self.by_tier[None].filled(customer, NO_PROFILE))
        profile = profile_of(about.profile)
        saying = self.let_go if profile.policy == "let_go" else self.by_tier[about.tier]
        stale = None if profile.updated is None else now - profile.updated > self.stale_after
        return Advice(at_risk, saying.filled(customer, profile), profile.preferred_channel, stale)


def adviser(tables: Tables, own: NextStep | None, kind: ChurnKind, reason: str | None) -> Adviser:
    """The adviser of a rule of this kind of churn and reason: its own step, if it has one, comes before the tables.

    Who is let go gets no step of a rule's own: nobody wins them back.
    """
    by_tier = {tier: _saying(own or _step(tables, kind, reason, tier)) for tier in (None, *get_args(Tier))}
    let_go = _saying(_step(tables, "deliberate", reason, None))
    return Adviser(
        tables.horizon, tables.stale_after, by_tier, by_tier[None] if kind == "deliberate" else let_go
    )


def _step(tables: Tables, kind: ChurnKind, reason: str | None, tier: str | None) -> NextStep:
    """The first step that fits, of the file and then of those that are built in, whose last one always does."""
    known = {"kind_of_churn": kind, "reason": reason, "tier": tier}
    fitting = (
        step
        for step in (*tables.next_steps, *STEPS)
        if all(getattr(step, key) in (None, value) for key, value in known.items())
    )
    return next(fitting)


def _saying(step: NextStep) -> Saying:
    text = step.text or TEXTS[step.step]
    places = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
    return Saying(step.step, text, tuple(sorted(places)))


def kind_of_churn(state: State, kind: ChurnKind) -> ChurnKind:
    """The kind of churn that a warning is of: whoever is let go leaves because we want it so."""
    if state.about is None or not state.about.profile:
        return kind
    return "deliberate" if profile_of(state.about.profile).policy == "let_go" else kind


def value_at_risk(state: State, horizon: timedelta) -> ValueAtRisk | None:
    """What the customer brings over `horizon` at their own average pace; None for who never ordered.

    The margin in total (sales where no margin was told), less the share that was refunded, times horizon / age. The age
    is orders x mean gap, so silence since the last order does not count, and one horizon at least: of a customer's
    first year no more is expected than it has brought. That is the yearly contribution of Berger and Nasr (1998,
    "Customer lifetime value: marketing models and applications", case 1), over one year, not discounted.
    """
    rhythm, bought = state.rhythm, state.purchases
    if not rhythm.orders:
        return None
    basis: Literal["margin", "sales"] = "margin" if bought.margin else "sales"
    brought = bought.margin or bought.sales
    if bought.refunds and bought.sales:
        brought *= max(0.0, 1 - bought.refunds / bought.sales)
    over = horizon.total_seconds()
    amount = max(0.0, brought) * over / max(over, rhythm.orders * (rhythm.mean or 0.0))
    if not isfinite(amount):
        return None
    days, rest = divmod(horizon, DAY)
    return ValueAtRisk(round(amount, 2), basis, horizon / DAY if rest else days)


_PLACES: dict[str, Callable[[str, Profile], str]] = {
    "name": lambda customer, profile: profile.name or profile.company or customer,
    "company": lambda customer, profile: profile.company or profile.name or customer,
    "customer": lambda customer, _: customer,
    "owner": lambda _, profile: profile.owner or "nobody",
    "preferences": lambda _, profile: (
        "; ".join(f"{what}: {how}" for what, how in profile.preferences.items()) or "none known"
    ),
}

USUAL = adviser(Tables(), None, "unknown", None)
"""For warnings of no kind and no reason, where a rule file says nothing else."""
