"""Silence: no such event for longer than a threshold, which may be the customer's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.rhythm import Rhythm
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.state import State
from monitor.domain.words import counted, in_words, on_day
from schemas.spans import LONGEST
from schemas.warnings import Cause

AGAIN: dict[str, Cause] = {"order.placed": "ordered again", "contact.made": "contacted"}


class Fixed(msgspec.Struct, frozen=True):
    """The same duration for every customer."""

    quiet_for: timedelta

    def limit(self, rhythm: Rhythm) -> timedelta:
        return self.quiet_for

    def told(self, rhythm: Rhythm, limit: timedelta) -> tuple[str, str]:
        """Whose the threshold is, and what it rests on."""
        return "default", "a fixed limit, the same for every customer"


class Personal(msgspec.Struct, frozen=True):
    """The customer's own mean gap times a factor, shrunk towards the population, between floor and ceiling.

    The shrunk mean is (gaps x mean + weight x prior) / (gaps + weight): the posterior mean under a prior worth
    `weight` pseudo-gaps. With fewer than `min_gaps` gaps, `fallback` stands in.
    """

    factor: float
    floor: timedelta
    ceiling: timedelta | None
    fallback: timedelta
    min_gaps: int
    smoothed: bool
    prior: timedelta
    weight: float

    def mean(self, rhythm: Rhythm) -> float | None:
        """The shrunk mean gap in seconds, or None with too few gaps."""
        gaps = rhythm.orders - 1
        if gaps < self.min_gaps:
            return None
        own = rhythm.smoothed if self.smoothed else rhythm.mean
        if not self.weight or own is None:
            return own
        return (gaps * own + self.weight * self.prior.total_seconds()) / (gaps + self.weight)

    def limit(self, rhythm: Rhythm) -> timedelta:
        mean = self.mean(rhythm)
        if mean is None:
            return self.fallback
        limit = timedelta(0, self.factor * mean)
        return max(self.floor, min(limit, self.ceiling or LONGEST))

    def told(self, rhythm: Rhythm, limit: timedelta) -> tuple[str, str]:
        """Whose the threshold is, and what it rests on."""
        mean = self.mean(rhythm)
        if mean is None:
            orders = counted(rhythm.orders, "order")
            return "default", f"only {orders} so far, too few for a rhythm: the fallback"
        times, span = f"{self.factor:g} x", in_words(timedelta(seconds=mean))
        if self.weight:
            own = f"{times} rhythm of {span}, from {counted(rhythm.gaps, 'own gap')} and the prior"
        else:
            own = f"{times} own rhythm of {span}, from {counted(rhythm.gaps, 'gap')}"
        if limit == self.floor:
            return "default", f"{own}, raised to the floor"
        return ("default", f"{own}, cut to the ceiling") if limit == self.ceiling else ("customer", own)


class Silence(msgspec.Struct, frozen=True):
    """Notice a customer who has been quiet for longer than `threshold`, counted from the last event `of` its types."""

    terms: Terms
    of: tuple[str, ...]
    threshold: Fixed | Personal
    steps: tuple[Step, ...] = ()

    since_may_drift: ClassVar[bool] = False
    ended_by_any: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in self.of

    def judge(self, state: State, now: datetime) -> Judgement:
        last = self._last(state)
        if last is None:
            return NOTHING
        limit = self.threshold.limit(state.rhythm)
        since = last + limit
        if now < since:
            return (), since
        severity = stepped(last, limit, self.terms.severity, self.steps, now)
        return (Finding(None, since, severity),), next_step(last, limit, self.steps, now)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        last = self._last(state)
        if last is None:
            raise AssertionError("a silence was found without an event before it")
        what, quiet_for, limit = " or ".join(self.of), now - last, finding.since - last
        threshold = in_words(limit)
        quiet = threshold if quiet_for == limit else in_words(quiet_for)
        origin, basis = self.threshold.told(state.rhythm, limit)
        return Evidence(
            title=f"no {what} for {quiet}, expected within {threshold}",
            saw=f"last {what} on {on_day(last)}, {counted(state.rhythm.orders, 'order')} in all",
            measure=quiet,
            threshold=threshold,
            origin=origin,
            basis=basis,
        )

    def resolves_when(self, about: str | None) -> str:
        return f"the next {' or '.join(self.of)}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        last = self._last(state)
        if last is None or last < since:
            return "data corrected"
        return next(AGAIN[kind] for kind in self.of if last_of(state, kind) == last)

    def _last(self, state: State) -> datetime | None:
        if self.of == ("order.placed",):
            return state.rhythm.last
        return max((at for kind in self.of if (at := last_of(state, kind))), default=None)


def last_of(state: State, kind: str) -> datetime | None:
    """When an event of this type happened last."""
    if kind == "order.placed":
        return state.rhythm.last
    rings_of_kind = (ring for flavour, ring in state.marks.items() if flavour.split(" ")[0] == kind)
    return max((rings.last(ring) for ring in rings_of_kind), default=None)
