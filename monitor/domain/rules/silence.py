"""Silence: no such event for longer than a threshold, which may be the customer's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.absences import away_between, put_off
from monitor.domain.purchases import SETTLING, waiting_since
from monitor.domain.rhythm import Rhythm
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.rules.filters import Filters, again
from monitor.domain.state import State
from monitor.domain.words import counted, in_words, on_day
from schemas.spans import LONGEST
from schemas.warnings import Cause


class Fixed(msgspec.Struct, frozen=True):
    """The same duration for every customer."""

    quiet_for: timedelta

    def limit(self, rhythm: Rhythm) -> timedelta:
        return self.quiet_for

    def told(self, rhythm: Rhythm, limit: timedelta, terms: Terms) -> tuple[str, str]:
        """Whose the threshold is, and what it rests on."""
        return terms.origin, terms.limit("a fixed limit, the same for every customer")


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
        if limit < self.floor:
            return self.floor
        ceiling = self.ceiling or LONGEST
        return min(limit, ceiling)

    def told(self, rhythm: Rhythm, limit: timedelta, terms: Terms) -> tuple[str, str]:
        """Whose the threshold is, and what it rests on."""
        mean = self.mean(rhythm)
        if mean is None:
            orders = counted(rhythm.orders, "order")
            return terms.origin, terms.noted(f"only {orders} so far, too few for a rhythm: the fallback")
        times, span = f"{self.factor:g} x", in_words(timedelta(seconds=mean))
        if self.weight:
            own = f"{times} rhythm of {span}, from {counted(rhythm.gaps, 'own gap')} and the prior"
        else:
            own = f"{times} own rhythm of {span}, from {counted(rhythm.gaps, 'gap')}"
        if limit == self.floor:
            return terms.origin, terms.noted(f"{own}, raised to the floor")
        if limit == self.ceiling:
            return terms.origin, terms.noted(f"{own}, cut to the ceiling")
        return "customer", terms.noted(own)


class Silence(msgspec.Struct, frozen=True):
    """Notice a customer who has been quiet for longer than `threshold`, counted from the last event `of` its types.

    Planned absences and outages of the source don't count. Of who was won back, a silence that begins on probation has
    `probation_factor` times the limit.
    """

    terms: Terms
    of: Filters
    threshold: Fixed | Personal
    open_order_holds: timedelta | None = None
    steps: tuple[Step, ...] = ()
    probation_factor: float = 1.0

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.of[flavour] or (self.open_order_holds is not None and kind in SETTLING)

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        last = self.of.last(state)
        if last is None:
            return NOTHING
        limit = self.threshold.limit(state.rhythm)
        if state.about is not None:
            limit *= self._tightened(state, last)
        since = last + limit
        if state.about is not None or type(state) is not State:
            since = put_off(state, last, since, self.of.sources)
        if now < since:
            return (), since
        held_until = self._held_until(state, since, now)
        if held_until is not None:
            return (), held_until
        counted_to = now - away_between(state, last, now, self.of.sources)
        severity = stepped(last, limit, self.terms.severity, self.steps, counted_to)
        check = next_step(last, limit, self.steps, counted_to)
        return (Finding(None, since, severity),), check and put_off(state, last, check, self.of.sources)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        last = self.of.last(state)
        if last is None:
            raise AssertionError("a silence was found without an event before it")
        away, usual = away_between(state, last, now, self.of.sources), self.threshold.limit(state.rhythm)
        tightened = self._tightened(state, last)
        limit = usual * tightened
        what, quiet_for = self.of.told, now - last - away
        threshold = in_words(limit)
        quiet = threshold if quiet_for == limit else in_words(quiet_for)
        origin, basis = self.threshold.told(state.rhythm, usual, self.terms)
        if tightened != 1.0:
            basis += f"; times {tightened:g} on probation, after having been lost"
        return Evidence(
            title=f"no {what} for {quiet}, expected within {threshold}",
            saw=f"last {what} on {on_day(last)}, {counted(state.rhythm.orders, 'order')} in all{_told(away, state)}",
            measure=quiet,
            threshold=threshold,
            origin=origin,
            basis=basis,
        )

    def resolves_when(self, about: str | None) -> str:
        return f"the next {self.of.told}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        last = self.of.last(state)
        if last is None or last < since:
            return "data corrected"
        return again(self.of, state, last)

    def _tightened(self, state: State, last: datetime) -> float:
        """By how much the limit is less for someone on probation."""
        ends = state.about.probation if state.about is not None else None
        return self.probation_factor if ends is not None and last < ends else 1.0

    def _held_until(self, state: State, since: datetime, now: datetime) -> datetime | None:
        """Until when an order on its way explains the silence, where the source tells of deliveries."""
        if self.open_order_holds is None or not state.purchases.delivered:
            return None
        placed = waiting_since(state.purchases)
        ends = placed[-1] + self.open_order_holds if placed else since
        return ends if ends > max(since, now) else None


def _told(away: timedelta, state: State) -> str:
    why = "away" if type(state) is State else "away, or without word from the source,"
    return f"; {why} for {in_words(away)}, which does not count" if away else ""
