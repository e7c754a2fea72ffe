"""Count: n events within a window, with filters on their enumerated fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.rules.base import NOTHING, CountStep, Evidence, Finding, Judgement, Terms, reached
from monitor.domain.rules.filters import Filters
from monitor.domain.state import State
from monitor.domain.words import counted, in_words, on_day
from schemas.warnings import Cause


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

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.of[flavour]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return self.as_of_last_event and not self.of[flavour]

    def judge(self, state: State, now: datetime) -> Judgement:
        found = self.of.rings(state)
        if sum(map(len, found)) < self.n * rings.WIDTH:
            return NOTHING
        times = rings.merged_after(found, self._end(state, now) - self.within)
        if len(times) < self.n:
            return NOTHING
        severity = reached(len(times), self.terms.severity, self.steps)
        since = rings.moment_of(times[self.n - 1])  # since then the window has held n of them
        check = None if self.as_of_last_event else rings.moment_of(times[0]) + self.within
        return (Finding(None, since, severity),), check

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        begin = self._end(state, now) - self.within
        seen = list(map(rings.moment_of, self.of.times_after(state, begin)))
        what, span = self.of.told, in_words(self.within)
        return Evidence(
            title=f"{counted(len(seen), 'time')} {what} within {span}",
            saw=f"{counted(len(seen), 'time')} {what}, on " + ", ".join(map(on_day, seen)),
            measure=str(len(seen)),
            threshold=f"{self.n} within {span}",
            origin=self.terms.origin,
            basis=self.terms.limit("counted events, the same limit for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        limit = f"fewer than {counted(self.n, 'time')} {self.of.told} within {in_words(self.within)}"
        return f"an event that finds {limit}" if self.as_of_last_event else limit

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "lapsed"

    def _end(self, state: State, now: datetime) -> datetime:
        return state.latest if self.as_of_last_event and state.latest is not None else now
