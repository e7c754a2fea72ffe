"""Ageing: an open object that has waited for longer than a threshold. Its subject is the object's own id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.objects import Case, cases_of, kind_of, subject_of
from monitor.domain.rules.base import Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.rules.filters import Filters
from monitor.domain.state import State
from monitor.domain.words import in_words, on_day
from schemas.warnings import Cause

ENDED: dict[str, Cause] = {"ticket.replied": "ticket answered", "order.paid": "paid"}


class Ageing(msgspec.Struct, frozen=True):
    """Notice each object that has waited for `older_than` without one of the events in `until`.

    `object` is its kind; it waits since its opening, or since it was `resolved`, where the customer waits to be told.
    """

    terms: Terms
    object: str
    of: Filters
    until: tuple[str, ...]
    older_than: timedelta
    steps: tuple[Step, ...] = ()
    resolved: bool = False

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in self.of.types or kind in ("ticket.reopened", "ticket.resolved") or kind in self.until

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        waiting = list(self._waiting(state)) if state.cases else []
        dues = (next_step(opened, self.older_than, self.steps, now) for _, opened in waiting)
        findings = tuple(self._finding(*each, now) for each in waiting if now >= each[1] + self.older_than)
        return findings, min((due for due in dues if due is not None), default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        opened = finding.since - self.older_than
        awaited = " or ".join(self.until)
        return Evidence(
            title=f"{self.object} {finding.about} has waited {in_words(now - opened)} for {awaited}",
            saw=f"{self.of.told} on {on_day(opened)}, no {awaited} since",
            measure=in_words(now - opened),
            threshold=in_words(self.older_than),
            origin="default",
            basis="the same limit for every customer",
        )

    def resolves_when(self, about: str | None) -> str:
        return f"{' or '.join(self.until)} of {self.object} {about}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        case = cases_of(state.cases).get(f"{self.object}:{about}")
        if case is None:
            return "no longer tracked"
        ends = case.ends(self.until)
        if not ends or min(ends.values()) < since:
            return "data corrected"
        if set(ends) <= set(ENDED):
            return ENDED[next(iter(ends))]
        return "ticket solved" if self.object == "ticket" and not self.resolved else "settled"

    def _finding(self, about: str, opened: datetime, now: datetime) -> Finding:
        severity = stepped(opened, self.older_than, self.terms.severity, self.steps, now)
        return Finding(about, opened + self.older_than, severity)

    def _waiting(self, state: State) -> Iterator[tuple[str, datetime]]:
        for name, case in cases_of(state.cases).items():
            if kind_of(name) == self.object and self.of[case.flavour] and not case.ends(self.until):
                since = self._since(case)
                if since is not None:
                    yield subject_of(name), since

    def _since(self, case: Case) -> datetime | None:
        if not self.resolved:
            return case.waiting_since(self.until)
        solved, reopened = case.happened.get("ticket.resolved"), case.happened.get("ticket.reopened")
        return None if solved is None or (reopened is not None and reopened > solved) else solved
