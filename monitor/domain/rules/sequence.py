"""Sequence: one event, then another within a time; or then none of those that should have come."""

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


class Unanswered(msgspec.Struct, frozen=True):
    """Notice an event that none of those in `without` has followed `within` a time; for as long as it `lasts`."""

    terms: Terms
    after: Filters
    without: Filters
    within: timedelta
    lasts: timedelta

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.after[flavour]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return self.without[flavour] and not self.after[flavour]

    def judge(self, state: State, now: datetime) -> Judgement:
        lapse = self.within + self.lasts
        found = self.after.rings(state)
        if not found:
            return NOTHING
        answered, begin = self.without.last(state), now - lapse
        times = rings.merged_after(found, begin if answered is None else max(begin, answered))
        if not times:
            return NOTHING
        first = rings.moment_of(times[0])
        since = first + self.within
        if now < since:
            return (), since
        return (Finding(None, since, self.terms.severity),), first + lapse

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        began = finding.since - self.within
        return Evidence(
            title=f"{self.after.told}, and no {self.without.told} for {in_words(now - began)}",
            saw=f"{self.after.told} on {on_day(began)}, no {self.without.told} since",
            measure=in_words(now - began),
            threshold=in_words(self.within),
            origin=self.terms.origin,
            basis=self.terms.limit("the same limit for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"the next {self.without.told}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        last = self.without.last(state)
        if last is not None and last >= since:
            return again(self.without, state, last)
        return "lapsed" if last is None or last < since - self.within else "data corrected"


class Followed(msgspec.Struct, frozen=True):
    """Notice an event that follows another `within` a time; for as long as it `lasts`."""

    terms: Terms
    after: Filters
    then: Filters
    within: timedelta
    lasts: timedelta

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.after[flavour] or self.then[flavour]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        seconds = self._seconds(state, now)
        if not seconds:
            return NOTHING
        since = rings.moment_of(seconds[0])
        return (Finding(None, since, self.terms.severity),), since + self.lasts

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        second = rings.moment_of(self._seconds(state, now)[-1])
        first = rings.moment_of(self._firsts(state, rings.microseconds(second))[-1])
        return Evidence(
            title=f"{self.after.told}, then {self.then.told} after {in_words(second - first)}",
            saw=f"{self.after.told} on {on_day(first)}, {self.then.told} on {on_day(second)}",
            measure=in_words(second - first),
            threshold=f"within {in_words(self.within)}",
            origin=self.terms.origin,
            basis=self.terms.limit("the same limit for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"{in_words(self.lasts)} without another"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "lapsed"

    def _seconds(self, state: State, now: datetime) -> list[int]:
        """When such an event came after the other in time, and has not lapsed."""
        found = self.then.rings(state)
        times = rings.merged_after(found, now - self.lasts) if found else []
        return [at for at in times if self._firsts(state, at)]

    def _firsts(self, state: State, second: int) -> list[int]:
        begin = second - self.within // rings.MICROSECOND
        return [at for at in self.after.times_after(state, None) if begin <= at < second]
