"""Signal: one explicit event is enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.rules.filters import Filters, again
from monitor.domain.state import State
from monitor.domain.words import in_words, on_day
from schemas.warnings import Cause


class Signal(msgspec.Struct, frozen=True):
    """Notice such an event for as long as it `lasts`, unless one of those in `until` comes after it."""

    terms: Terms
    of: Filters
    lasts: timedelta
    until: Filters

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.of[flavour]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return self.until[flavour] and not self.of[flavour]

    def judge(self, state: State, now: datetime) -> Judgement:
        times = self._standing(state, now)
        if not times:
            return NOTHING
        since = rings.moment_of(times[0])
        return (Finding(None, since, self.terms.severity),), since + self.lasts

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        times = list(map(rings.moment_of, self._standing(state, now)))
        return Evidence(
            title=f"{self.of.told} on {on_day(times[-1])}",
            saw=f"{self.of.told} on " + ", ".join(map(on_day, times)),
            measure=f"{len(times)}",
            threshold=f"1 within {in_words(self.lasts)}",
            origin=self.terms.origin,
            basis=self.terms.noted("one such event is enough"),
        )

    def resolves_when(self, about: str | None) -> str:
        lapse = f"{in_words(self.lasts)} without another"
        return f"{self.until.told}, or {lapse}" if self.until.types else lapse

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        last = self.until.last(state)
        return "lapsed" if last is None or last < since else again(self.until, state, last)

    def _standing(self, state: State, now: datetime) -> list[int]:
        """The times that still count: after the last end, and not lapsed."""
        found = self.of.rings(state)
        if not found:
            return []
        begin = now - self.lasts
        ended = self.until.last(state) if self.until.types else None
        return rings.merged_after(found, begin if ended is None else max(begin, ended))
