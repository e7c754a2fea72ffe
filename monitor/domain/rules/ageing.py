"""Ageing: an open object that has waited for longer than a threshold. Its subject is the object's id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.rules.base import Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.rules.filters import Filters
from monitor.domain.state import State, cases_of
from monitor.domain.words import in_words, on_day
from schemas.warnings import Cause


class Ageing(msgspec.Struct, frozen=True):
    """Notice each ticket that has waited for `older_than` without one of the events in `until`."""

    terms: Terms
    of: Filters
    until: tuple[str, ...]
    older_than: timedelta
    steps: tuple[Step, ...] = ()

    since_may_drift: ClassVar[bool] = False
    ended_by_any: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in self.of.types or kind == "ticket.reopened" or kind in self.until

    def judge(self, state: State, now: datetime) -> Judgement:
        waiting = list(self._waiting(state)) if state.cases else []
        dues = (next_step(opened, self.older_than, self.steps, now) for _, opened in waiting)
        findings = tuple(self._finding(*each, now) for each in waiting if now >= each[1] + self.older_than)
        return findings, min((due for due in dues if due is not None), default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        opened = finding.since - self.older_than
        awaited = " or ".join(self.until)
        return Evidence(
            title=f"ticket {finding.about} has waited {in_words(now - opened)} for {awaited}",
            saw=f"{self.of.told} on {on_day(opened)}, no {awaited} since",
            measure=in_words(now - opened),
            threshold=in_words(self.older_than),
            origin="default",
            basis="the same limit for every customer",
        )

    def resolves_when(self, about: str | None) -> str:
        return f"{' or '.join(self.until)} of ticket {about}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        case = cases_of(state.cases).get(about or "")
        if case is None:
            return "no longer tracked"
        ends = case.ends(self.until)
        if not ends or min(ends.values()) < since:
            return "data corrected"
        return "ticket answered" if set(ends) == {"ticket.replied"} else "ticket solved"

    def _finding(self, ticket: str, opened: datetime, now: datetime) -> Finding:
        severity = stepped(opened, self.older_than, self.terms.severity, self.steps, now)
        return Finding(ticket, opened + self.older_than, severity)

    def _waiting(self, state: State) -> Iterator[tuple[str, datetime]]:
        for ticket, case in cases_of(state.cases).items():
            if self.of[case.flavour] and not case.ends(self.until):
                since = case.waiting_since(self.until)
                if since is not None:
                    yield ticket, since
