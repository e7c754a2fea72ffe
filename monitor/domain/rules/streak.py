"""Streak: n of something in a row, with nothing between that would have broken it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.objects import cases_of, is_finished, kind_of, subject_of
from monitor.domain.rules.base import NOTHING, CountStep, Evidence, Finding, Judgement, Terms, reached
from monitor.domain.rules.filters import Filters, again
from monitor.domain.scores import RATINGS, Score, scores_of
from monitor.domain.state import State
from monitor.domain.words import counted, on_day
from schemas.warnings import Cause


class Streak(msgspec.Struct, frozen=True):
    """Notice `n` or more such events after the last of those in `broken_by`."""

    terms: Terms
    of: Filters
    n: int
    broken_by: Filters
    steps: tuple[CountStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.of[flavour]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return self.broken_by[flavour] and not self.of[flavour]

    def judge(self, state: State, now: datetime) -> Judgement:
        found = self.of.rings(state)
        if sum(map(len, found)) < self.n * rings.WIDTH:
            return NOTHING
        times = rings.merged_after(found, self.broken_by.last(state) or rings.EPOCH)
        if len(times) < self.n:
            return NOTHING
        severity = reached(len(times), self.terms.severity, self.steps)
        return (Finding(None, rings.moment_of(times[self.n - 1]), severity),), None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        times = self.of.times_after(state, self.broken_by.last(state))
        return _evidence(self.terms, self.of.told, [on_day(rings.moment_of(at)) for at in times], self.n)

    def resolves_when(self, about: str | None) -> str:
        return f"the next {self.broken_by.told}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        last = self.broken_by.last(state)
        return "data corrected" if last is None else again(self.broken_by, state, last)


class LowScores(msgspec.Struct, frozen=True):
    """Notice `n` or more ratings in a row that lie below a limit."""

    terms: Terms
    below: float
    n: int
    steps: tuple[CountStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in RATINGS

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        low = self._low(state)
        if len(low) < self.n:
            return NOTHING
        severity = reached(len(low), self.terms.severity, self.steps)
        return (Finding(None, low[self.n - 1].at, severity),), None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        told = [f"{score.value:g} on {on_day(score.at)}" for score in self._low(state)]
        return _evidence(self.terms, f"score below {self.below:g}", told, self.n)

    def resolves_when(self, about: str | None) -> str:
        return f"a score of {self.below:g} or more"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"

    def _low(self, state: State) -> list[Score]:
        low: list[Score] = []
        for score in scores_of(state.scores):
            low = [*low, score] if score.value < self.below else []
        return low


class HandOvers(msgspec.Struct, frozen=True):
    """Notice each open ticket that was handed from desk to desk `n` times or more."""

    terms: Terms
    n: int
    steps: tuple[CountStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in ("ticket.reassigned", "ticket.opened", "ticket.reopened")

    def ended_by(self, kind: str, flavour: str) -> bool:
        return kind in ("ticket.resolved", "ticket.closed")

    def judge(self, state: State, now: datetime) -> Judgement:
        if not state.cases:
            return NOTHING
        found = [
            Finding(
                subject_of(name),
                case.happened["ticket.reassigned"],
                reached(case.hops, self.terms.severity, self.steps),
            )
            for name, case in cases_of(state.cases).items()
            if case.hops >= self.n and kind_of(name) == "ticket" and not is_finished(name, case)
        ]
        return tuple(found), None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        hops = cases_of(state.cases)[f"ticket:{finding.about}"].hops
        return Evidence(
            title=f"ticket {finding.about} was handed on {counted(hops, 'time')}",
            saw=f"ticket.reassigned {counted(hops, 'time')}",
            measure=str(hops),
            threshold=str(self.n),
            origin=self.terms.origin,
            basis=self.terms.limit("counted hand-overs, the same limit for every ticket"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"the end of ticket {about}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "ticket solved" if f"ticket:{about}" in cases_of(state.cases) else "no longer tracked"


def _evidence(terms: Terms, what: str, told: list[str], n: int) -> Evidence:
    return Evidence(
        title=f"{counted(len(told), 'time')} in a row: {what}",
        saw=f"{what}: {', '.join(told)}",
        measure=str(len(told)),
        threshold=f"{n} in a row",
        origin=terms.origin,
        basis=terms.limit("counted events, the same limit for every customer"),
    )
