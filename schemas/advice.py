"""What a warning advises, as data: over which time its value at risk is counted, and which step to take next.

A part of the rule file; to advise is the domain's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schemas.fields import Action, ChurnKind, Label, Tier
from schemas.rule_parts import NextStep, RulePart
from schemas.spans import Span

TEXTS: dict[Action, str] = {
    "call": "Call {name}: ask how things are, and listen before anything is offered.",
    "apology": "Apologise to {name} for what went wrong, and say what is being done about it.",
    "fix_first": "Put right what troubles {name} first, then tell them; no offer before that.",
    "offer": "Make {name} an offer that answers the price or the competitor they look at.",
    "billing": "Leave {name} to billing; no offers, no win-back.",
    "none": "Nothing: {name} is not to be won back.",
}
"""What each step says where nothing else is told."""


class StepFor(NextStep):
    """The step for warnings of which all that is given here is true."""

    kind_of_churn: ChurnKind | None = None
    reason: Label | None = None
    tier: Tier | None = None


STEPS: tuple[StepFor, ...] = (
    StepFor(step="none", kind_of_churn="deliberate"),
    StepFor(
        step="none",
        reason="moved",
        text="Nothing to win back: {name} moved away. Ask where to, and wish them well.",
    ),
    StepFor(step="billing", kind_of_churn="involuntary"),
    StepFor(step="billing", reason="payment"),
    StepFor(step="fix_first", reason="quality"),
    StepFor(step="fix_first", reason="product"),
    StepFor(
        step="fix_first", reason="trust", text="Keep what was promised to {name} first, then call and say so."
    ),
    StepFor(
        step="call",
        reason="service",
        tier="important",
        text="Call {name} yourself: apologise, and say who takes care of it from now on.",
    ),
    StepFor(step="apology", reason="service"),
    StepFor(
        step="call", reason="communication", text="Get back to {name}: they are waiting for word from us."
    ),
    StepFor(step="call", reason="owner_left", text="Call {name} and introduce who looks after them now."),
    StepFor(step="call", tier="important"),
    StepFor(step="offer", reason="price"),
    StepFor(step="offer", reason="competitor"),
    StepFor(step="call"),
)
"""The first that fits says what to do: as the reason asks, for those who left of their own will; the last fits all."""


class Advice(RulePart):
    """Value at risk is counted over `horizon`; profiles older than `stale_after` are stale.

    `next_steps` come before those that are built in; the first that fits counts.
    """

    horizon: Span = timedelta(days=365)
    stale_after: Span = timedelta(days=365)
    next_steps: Annotated[tuple[StepFor, ...], Field(strict=False, max_length=100)] = ()
