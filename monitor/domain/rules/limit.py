"""How long something may wait: a limit with its steps, in time or in open hours alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from monitor.domain.rules.base import Finding, Judgement, Step
from monitor.domain.rules.business_hours import BusinessHours, lasted, moved, told


class Limit(msgspec.Struct, frozen=True):
    """From `older_than` on a wait is found, with this severity (a level), or that of the last step it has reached."""

    older_than: timedelta
    severity: int
    steps: tuple[Step, ...] = ()
    hours: BusinessHours | None = None

    def judge(self, waiting: Iterable[tuple[str, datetime]], now: datetime) -> Judgement:
        """What is found of waits, each about something and since a moment; and when more will be."""
        findings, checks = [], []
        for about, began in waiting:
            since = moved(began, self.older_than, self.hours)
            severity, check = self._reached(began, since, now)
            if severity is not None:
                findings.append(Finding(about, since, severity))
            if check is not None:
                checks.append(check)
        return tuple(findings), min(checks, default=None)

    def waited(self, began: datetime, now: datetime) -> str:
        """How long a wait has lasted, in words."""
        return lasted(began, now, self.hours)

    @property
    def told(self) -> str:
        """The limit in words."""
        return told(self.older_than, self.hours)

    def _reached(self, began: datetime, since: datetime, now: datetime) -> tuple[int | None, datetime | None]:
        """The severity that a wait has reached, and when it reaches the next."""
        if since > now:
            return None, since
        severity = self.severity
        for step in self.steps:
            moment = moved(began, self.older_than * step.times, self.hours)
            if moment > now:
                return severity, moment
            severity = step.severity
        return severity, None
