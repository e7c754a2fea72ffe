"""Due: a moment that was agreed has passed, or comes near. Its subject is the promise, action, contract or invoice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.objects import PARTS, cases_of, is_finished, kind_of, subject_of
from monitor.domain.rules.base import Evidence, Finding, Judgement, Terms
from monitor.domain.state import State
from monitor.domain.words import in_words, on_day
from schemas.warnings import Cause

CONTACT = "contact"
ENDED: dict[str, Cause] = {CONTACT: "contacted", "invoice": "paid", "ticket": "ticket solved"}


class LateStep(msgspec.Struct, frozen=True):
    """From `overdue` after the agreed moment on, a finding has this severity (a level)."""

    overdue: timedelta
    severity: int


class Due(msgspec.Struct, frozen=True):
    """Notice each agreed moment once it lies `shift` back; a negative one notices it so long before."""

    terms: Terms
    object: str
    shift: timedelta
    steps: tuple[LateStep, ...] = ()

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        if self.object == CONTACT:
            return kind == "contact.made"
        return kind in PARTS and PARTS[kind].kind == self.object

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        agreed = list(self._agreed(state))
        findings = tuple(self._finding(*each, now) for each in agreed if now >= each[1] + self.shift)
        dues = (due + shift for _, due in agreed for shift in self._shifts() if due + shift > now)
        return findings, min(dues, default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        due = finding.since - self.shift
        what = self.object if finding.about is None else f"{self.object} {finding.about}"
        ahead = due > now
        told = f"due in {in_words(due - now)}" if ahead else f"overdue by {in_words(now - due)}"
        return Evidence(
            title=f"{what} is {told}",
            saw=f"due on {on_day(due)}",
            measure=in_words(abs(now - due)),
            threshold=f"{in_words(abs(self.shift))} {'before' if self.shift < timedelta(0) else 'after'} the moment",
            origin="customer",
            basis="what was agreed",
        )

    def resolves_when(self, about: str | None) -> str:
        return (
            "the next contact"
            if self.object == CONTACT
            else f"the end of {self.object} {about}, or another moment"
        )

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return ENDED.get(self.object, "settled")

    def _agreed(self, state: State) -> Iterator[tuple[str | None, datetime]]:
        if self.object == CONTACT:
            if state.agreed is not None and state.agreed.due is not None:
                yield None, state.agreed.due
            return
        for name, case in cases_of(state.cases).items():
            if kind_of(name) == self.object and case.due is not None and not is_finished(name, case):
                yield subject_of(name), case.due

    def _shifts(self) -> tuple[timedelta, ...]:
        return (self.shift, *(step.overdue for step in self.steps))

    def _finding(self, about: str | None, due: datetime, now: datetime) -> Finding:
        severity = self.terms.severity
        for step in self.steps:
            if now >= due + step.overdue:
                severity = step.severity
        return Finding(about, due + self.shift, severity)
