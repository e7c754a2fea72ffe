"""Stages: where customers stand in their own life, from the first we hear of them to their loss, and after it.

Belongs here: what makes a customer new, active, at risk, won back. What makes one lost is in losses.py.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from monitor.domain.losses import Loss, first_deal_after, losses, silence_alone
from monitor.domain.profile import profile_of
from monitor.domain.rhythm import Rhythm
from monitor.domain.state import NOBODY, Life, Standing, State
from monitor.domain.tiers import Tiers


class Limit(Protocol):
    """How long a customer with this rhythm may be silent before they are lost."""

    def limit(self, rhythm: Rhythm) -> timedelta: ...


class Stages(msgspec.Struct, frozen=True):
    """New for so long after the first order; lost after so much silence; on probation for so long once won back."""

    new_for: timedelta
    lost_after: Limit
    probation: timedelta


class CustomerTerms(msgspec.Struct, frozen=True):
    """What a rule file says of the customers' own life; `shadows` are the rules whose warnings nobody is told."""

    stages: Stages
    tiers: Tiers | None
    shadows: frozenset[str]


def is_lost(life: Life | None) -> bool:
    """Whether this is the stage of a lost customer."""
    return life is not None and life.stage == "lost"


def live(
    before: Life | None, state: State, level: int | None, terms: Stages, now: datetime
) -> tuple[Life, datetime | None]:
    """The stage at `now`, given the one before, and the next check; `level` is that of the worst warning.

    The law is that of rules: between `now` and the next check the stage cannot change unless an event arrives.
    """
    loss, check = _lost(state, terms, now)
    if loss is not None:
        return Life("lost", loss.since, loss.kind, loss.reason), None
    back = won_back_at(before, state)
    if back is None:
        after, other = _settled(before, state, level, terms, now)
    elif now < (ends := back + terms.probation):
        after, other = Life("won_back", back), ends
    else:
        after, other = _settled(Life("won_back", ends), state, level, terms, now)
    return after, check if other is None else min(other, check or other)


def won_back_at(before: Life | None, state: State) -> datetime | None:
    """When the customer came back, if that, or their loss, is the last that was told of them."""
    if before is None or before.stage not in ("lost", "won_back"):
        return None
    return before.since if before.stage == "won_back" else first_deal_after(state, before.since)


def worst(standing: Iterable[Standing], shadows: Container[str]) -> int | None:
    """The highest level of the warnings that fire, those of shadow rules left out; None where none does."""
    firing = (each.severity for each in standing if each.phase == "firing" and each.rule not in shadows)
    return max(firing, default=None)


def _lost(state: State, terms: Stages, now: datetime) -> tuple[Loss | None, datetime | None]:
    """What makes the customer lost: since the first of all losses, of the surest one's kind; or when one will."""
    last, quiet_for = state.rhythm.last, terms.lost_after.limit(state.rhythm)
    if last is not None and now < last + quiet_for and silence_alone(state):
        return None, last + quiet_for
    known = list(losses(state, quiet_for))
    come = [loss for loss in known if loss.since <= now]
    if come:
        return Loss(min(loss.since for loss in come), come[0].kind, come[0].reason), None
    return None, min((loss.since for loss in known), default=None)


def _settled(
    before: Life | None, state: State, level: int | None, terms: Stages, now: datetime
) -> tuple[Life, datetime | None]:
    """The stage of who is neither lost nor on probation, which `before`, if it was, ended when it says."""
    first = state.rhythm.first
    if first is None:
        return _kept(before, Life("potential", _first_heard(state, now))), None
    if level is not None:
        return _kept(before, Life("at_risk" if level else "watch", now)), None
    settles = first + terms.new_for
    if now < settles:
        return Life("new", first), settles
    return _kept(before, Life("active", _active_since(before, settles, now))), None


def _first_heard(state: State, now: datetime) -> datetime:
    """The time of the first event; of who is known by a profile alone, that of the profile."""
    return state.latest or profile_of((state.about or NOBODY).profile).updated or now


def _active_since(before: Life | None, settles: datetime, now: datetime) -> datetime:
    """When a customer became active: by time alone, or now that a warning is over."""
    if before is None or before.stage in ("potential", "new"):
        return settles
    return max(settles, before.since) if before.stage == "won_back" else now


def _kept(before: Life | None, after: Life) -> Life:
    """The stage before where it is the same: a stage began once."""
    return before if before is not None and before.stage == after.stage else after
