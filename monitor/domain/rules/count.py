"""Count: n events within a window, with filters on their enumerated fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.rules.base import Evidence, Finding, Terms
from monitor.domain.rules.filters import Filters
from monitor.domain.state import State
from monitor.domain.words import counted, in_words, on_day
from schemas.warnings import Cause


class CountStep(msgspec.Struct, frozen=True):
    """From `n` events on, a finding has this severity (a level)."""

    n: int
    severity: int


class Count(msgspec.Struct, frozen=True):
    """Notice `n` or more matching events within `within`, counted back from now or from the customer's last event.

    Each flavour keeps as many times as the largest `n` allowed, so the decision is exact. The window is open at its
    old end: an event leaves it exactly `within` after it happened.
    """

    terms: Terms
    of: Filters
    n: int
    within: timedelta
    as_of_last_event: bool = False
    steps: tuple[CountStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    @property
    def touched_by(self) -> frozenset[str]:
        return self.of.types

    @property
    def ended_by_any(self) -> bool:
        return self.as_of_last_event

    def judge(self, state: State, now: datetime) -> tuple[Finding, ...]:
        ring = self._ring(state)
        if rings.count(ring) < self.n:
            return ()
        seen = rings.after(ring, self._end(state, now) - self.within)
        if seen < self.n:
            return ()
        severity = max((step.severity for step in self.steps if seen >= step.n), default=self.terms.severity)
        return (Finding(None, self._since(ring, seen), severity),)

    def next_check(self, state: State, now: datetime) -> datetime | None:
        if self.as_of_last_event:
            return None
        ring = self._ring(state)
        if rings.count(ring) < self.n:
            return None
        seen = rings.after(ring, now - self.within)
        reached = max((n for n in (self.n, *(step.n for step in self.steps)) if n <= seen), default=None)
        return None if reached is None else rings.newest(ring, reached) + self.within

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        times = rings.times(self._ring(state))
        begin = self._end(state, now) - self.within
        seen = [at for at in times if at > begin]
        what, span = self.of.told, in_words(self.within)
        return Evidence(
            title=f"{counted(len(seen), 'time')} {what} within {span}",
            saw=f"{counted(len(seen), 'time')} {what}, on " + ", ".join(map(on_day, seen)),
            measure=str(len(seen)),
            threshold=f"{self.n} within {span}",
            origin="default",
            basis="counted events, the same limit for every customer",
        )

    def resolves_when(self, about: str | None) -> str:
        limit = f"fewer than {counted(self.n, 'time')} {self.of.told} within {in_words(self.within)}"
        return f"an event that finds {limit}" if self.as_of_last_event else limit

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "lapsed"

    def _end(self, state: State, now: datetime) -> datetime:
        return state.latest if self.as_of_last_event and state.latest is not None else now

    def _ring(self, state: State) -> bytes:
        found = [ring for flavour, ring in state.marks.items() if flavour in self.of]
        return rings.merged(found) if found else rings.EMPTY

    def _since(self, ring: bytes, seen: int) -> datetime:
        """When there began to be n without a break, as far back as the times in the window tell."""
        return rings.unbroken_since(ring[-rings.WIDTH * seen :], self.n, self.within)
