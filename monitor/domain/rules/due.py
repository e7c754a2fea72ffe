"""Due: a moment that was agreed has passed, or comes near. Its subject is the promise, action, contract or invoice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.agreements import missed_before
from monitor.domain.objects import PARTS, cases_of, is_finished, kind_of, subject_of
from monitor.domain.rules.base import NOTHING, CountStep, Evidence, Finding, Judgement, Terms, reached
from monitor.domain.rules.business_hours import BusinessHours, lasted, moved, told
from monitor.domain.state import NOBODY, State
from monitor.domain.tiers import Tiers, agreed_contact, next_contact_due
from monitor.domain.words import counted, in_words, on_day
from schemas.warnings import Cause

CONTACT = "contact"
ENDED: dict[str, Cause] = {CONTACT: "contacted", "invoice": "paid", "ticket": "ticket solved"}


class LateStep(msgspec.Struct, frozen=True):
    """From `overdue` after the agreed moment on, a finding has this severity (a level)."""

    overdue: timedelta
    severity: int


class Due(msgspec.Struct, frozen=True):
    """Notice each agreed moment once it lies `shift` back; a negative one notices it so long before.

    With `hours`, that is in open hours alone. Where no contact was agreed, `tiers` may tell when the next one is due.
    Severity rises for what was agreed alone: a cadence is our own habit. It rises also with the contacts `missed` in a
    row, this one among them.
    """

    terms: Terms
    object: str
    shift: timedelta
    steps: tuple[LateStep, ...] = ()
    tiers: Tiers | None = None
    hours: BusinessHours | None = None
    missed: tuple[CountStep, ...] = ()

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        if self.object == CONTACT:
            return kind == "contact.made"
        return kind in PARTS and PARTS[kind].kind == self.object

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        agreed = list(self._agreed(state))
        if not agreed:
            return NOTHING
        steps = self._steps(state)
        findings = tuple(
            self._finding(*each, state, steps, now)
            for each in agreed
            if now >= self._moved(each[1], self.shift)
        )
        shifts = (self.shift, *(step.overdue for step in steps))
        moments = (self._moved(due, shift) for _, due in agreed for shift in shifts)
        return findings, min((moment for moment in moments if moment > now), default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        due = next(due for about, due in self._agreed(state) if about == finding.about)
        what = self.object if finding.about is None else f"{self.object} {finding.about}"
        ahead = due > now
        apart = lasted(min(due, now), max(due, now), self.hours)
        limit, side = told(abs(self.shift), self.hours), "before" if self.shift < timedelta(0) else "after"
        return Evidence(
            title=f"{what} is {'due in' if ahead else 'overdue by'} {apart}",
            saw=f"due on {on_day(due)}{self._told_missed(state)}",
            measure=apart,
            threshold=f"{limit} {side} the moment",
            **self._origin(state),
        )

    def resolves_when(self, about: str | None) -> str:
        return (
            "the next contact"
            if self.object == CONTACT
            else f"the end of {self.object} {about}, or another moment"
        )

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        if self.tiers is not None and (state.agreed is None or state.agreed.told < since):
            return "recovered"  # another tier has another cadence
        return ENDED.get(self.object, "settled")

    def _agreed(self, state: State) -> Iterator[tuple[str | None, datetime]]:
        if self.object == CONTACT:
            due = agreed_contact(state) if self.tiers is None else next_contact_due(state, self.tiers)
            if due is not None:
                yield None, due
            return
        for name, case in cases_of(state.cases).items():
            if case.due is not None and kind_of(name) == self.object and not is_finished(name, case):
                yield subject_of(name), case.due

    def _steps(self, state: State) -> tuple[LateStep, ...]:
        return () if self._is_habit(state) else self.steps

    def _is_habit(self, state: State) -> bool:
        """Whether our cadence says when the moment is, and nobody agreed on it."""
        return self.tiers is not None and agreed_contact(state) is None

    def _origin(self, state: State) -> dict[str, str]:
        """Whose the moment is, and what it rests on."""
        tier = (state.about or NOBODY).tier
        if tier is None or self.tiers is None or not self._is_habit(state):
            return {"origin": "customer", "basis": self.terms.noted("what was agreed")}
        cadence = in_words(self.tiers.cadences[tier])
        return {"origin": "tier", "basis": f"a contact every {cadence}: the cadence of {tier} customers"}

    def _finding(
        self, about: str | None, due: datetime, state: State, steps: tuple[LateStep, ...], now: datetime
    ) -> Finding:
        severity = reached(1 + self._missed(state), self.terms.severity, self.missed)
        for step in steps:
            if now >= self._moved(due, step.overdue):
                severity = max(severity, step.severity)
        return Finding(about, self._moved(due, self.shift), severity)

    def _told_missed(self, state: State) -> str:
        missed = self._missed(state)
        return f", and {counted(missed, 'contact')} before it missed in a row" if missed else ""

    def _missed(self, state: State) -> int:
        """How many agreed contacts in a row were missed before the one that is due, by as much as the rule allows."""
        if not self.missed or state.agreed is None or self._is_habit(state):
            return 0
        return missed_before(state.agreed, lambda due: self._moved(due, max(self.shift, timedelta(0))))

    def _moved(self, due: datetime, by: timedelta) -> datetime:
        return moved(due, by, self.hours)
