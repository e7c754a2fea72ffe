"""Ageing: an open object that has waited for longer than a threshold. Its subject is the object's own id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain.objects import Case, cases_of, subject_of
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.rules.filters import Filters
from monitor.domain.rules.limit import Limit
from monitor.domain.state import State
from monitor.domain.words import on_day
from schemas.warnings import Cause

ENDED: dict[str, Cause] = {"ticket.replied": "ticket answered", "order.paid": "paid"}


BEGINNINGS = ("ticket.resolved", "ticket.reopened")
"""What begins or ends a wait to be told that a ticket is solved, beside being told."""


class Ageing(msgspec.Struct, frozen=True):
    """Notice each object that has waited for longer than a limit without one of the events in `until`.

    `object` is its kind; it waits since its opening, or since it was `resolved`, where the customer waits to be told.
    """

    terms: Terms
    object: str
    of: Filters
    until: tuple[str, ...]
    limit: Limit
    resolved: bool = False

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in self.of.types or kind in ("ticket.reopened", "ticket.resolved") or kind in self.until

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        return self.limit.judge(self._waiting(state), now) if state.cases else NOTHING

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        opened = next(since for about, since in self._waiting(state) if about == finding.about)
        awaited, waited = " or ".join(self.until), self.limit.waited(opened, now)
        return Evidence(
            title=f"{self.object} {finding.about} has waited {waited} for {awaited}",
            saw=f"{self.of.told} on {on_day(opened)}, no {awaited} since",
            measure=waited,
            threshold=self.limit.told,
            origin=self.terms.origin,
            basis=self.terms.limit("the same limit for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"{' or '.join(self.until)} of {self.object} {about}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        case = cases_of(state.cases).get(f"{self.object}:{about}")
        if case is None:
            return "no longer tracked"
        ends = case.ends(self.until)
        if self.resolved and any(case.happened.get(kind, since) > since for kind in BEGINNINGS):
            return "settled"  # opened again, or solved again: the wait that was warned of is over
        if not ends or min(ends.values()) < since:
            return "data corrected"
        if set(ends) <= set(ENDED):
            return ENDED[next(iter(ends))]
        return "ticket solved" if self.object == "ticket" and not self.resolved else "settled"

    def _waiting(self, state: State) -> Iterator[tuple[str, datetime]]:
        of, until = self.of, self.until
        for name, case in cases_of(state.cases).items():
            # The flavour of its opening tells an object's kind, too.
            if of[case.flavour] and (case.happened.keys().isdisjoint(until) or not case.ends(until)):
                since = self._since(case)
                if since is not None:
                    yield subject_of(name), since

    def _since(self, case: Case) -> datetime | None:
        if not self.resolved:
            return case.waiting_since(self.until) if case.happened else case.opened
        solved, reopened = case.happened.get("ticket.resolved"), case.happened.get("ticket.reopened")
        return None if solved is None or (reopened is not None and reopened > solved) else solved
