"""Count: n events within a window, with filters on their enumerated fields."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.rules.base import Evidence, Finding, Terms
from monitor.domain.rules.filters import Filters
from monitor.domain.state import State
from monitor.domain.words import in_words, on_day
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
        return EVERYTHING if self.as_of_last_event else self.of.types

    def judge(self, state: State, now: datetime) -> tuple[Finding, ...]:
        if not state.marks:
            return ()
        times = self._times(state)
        seen = self._in_window(times, self._end(state, now))
        if seen < self.n:
            return ()
        severity = max((step.severity for step in self.steps if seen >= step.n), default=self.terms.severity)
        return (Finding(None, self._since(times), severity),)

    def next_check(self, state: State, now: datetime) -> datetime | None:
        if self.as_of_last_event or not state.marks:
            return None
        times = self._times(state)
        seen = self._in_window(times, now)
        reached = [n for n in (self.n, *(step.n for step in self.steps)) if n <= seen]
        return times[-max(reached)] + self.within if reached else None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        times = self._times(state)
        end = self._end(state, now)
        seen = self._in_window(times, end)
        what, span = self.of.told, in_words(self.within)
        return Evidence(
            title=f"{seen} times {what} within {span}",
            saw=f"{seen} times {what}, on " + ", ".join(on_day(at) for at in times[-seen:]),
            measure=str(seen),
            threshold=f"{self.n} within {span}",
            origin="default",
            basis="counted events, the same limit for every customer",
        )

    def resolves_when(self, about: str | None) -> str:
        limit = f"fewer than {self.n} times {self.of.told} within {in_words(self.within)}"
        return f"an event that finds {limit}" if self.as_of_last_event else limit

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "lapsed"

    def _end(self, state: State, now: datetime) -> datetime:
        return state.latest if self.as_of_last_event and state.latest is not None else now

    def _times(self, state: State) -> list[datetime]:
        rings = [times for flavour, times in state.marks.items() if flavour in self.of]
        return list(rings[0]) if len(rings) == 1 else sorted(at for times in rings for at in times)

    def _in_window(self, times: list[datetime], end: datetime) -> int:
        return len(times) - bisect_right(times, end - self.within)

    def _since(self, times: list[datetime]) -> datetime:
        """When there began to be n without a break, as far back as the times tell."""
        last = len(times) - 1
        while last >= self.n and times[last - self.n] + self.within >= times[last]:
            last -= 1
        return times[last]


class _Everything(frozenset[str]):
    """Holds every type of event."""

    def __contains__(self, item: object) -> bool:
        return True


EVERYTHING = _Everything()
