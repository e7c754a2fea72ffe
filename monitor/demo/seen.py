"""What was seen on the topics so far, as view and findings need it. Pure: bytes in, numbers out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from monitor.demo.plays import INPUTS
from schemas.dead_letters import REASON
from schemas.steps import StepRecord
from schemas.warnings import Cause, Severity, WarningEvent

LATEST = 40

Subject = tuple[str, str, str | None]
"""Customer, rule, and what the warning is about."""


class Told(NamedTuple):
    """One transition of a warning, as far as findings need it; `about` None: about the customer as such."""

    id: str
    customer: str
    rule: str
    about: str | None
    change: str
    at: datetime
    cause: Cause | None
    severity: Severity = "warning"


class Seen:
    """Takes in records of the steps, warning and dead letter topics, and what Redis told."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.latest: deque[WarningEvent] = deque(maxlen=LATEST)
        self.standing: dict[Subject, WarningEvent] = {}
        self.letters: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.judged = 0
        self.clocks: dict[int, datetime] = {}
        self.in_redis: Counter[str] = Counter()

    @property
    def clock(self) -> datetime | None:
        """How far all lanes that spoke have come; None before the first."""
        return min(self.clocks.values(), default=None)

    def reached(self, moment: datetime, partitions: int) -> bool:
        """Whether time has passed up to `moment` in all lanes."""
        return len(self.clocks) == partitions and min(self.clocks.values()) >= moment

    def step(self, value: bytes) -> None:
        """Take in a record of the steps topic."""
        step = StepRecord.model_validate_json(value)
        self.judged += sum(end - start for name, (start, end) in step.ranges.items() if name in INPUTS)
        self.counts.update(step.counts)
        if step.clock is not None:
            self.clocks[step.partition] = step.clock

    def warning(self, value: bytes) -> None:
        """Take in a record of the warning topic."""
        event = WarningEvent.model_validate_json(value)
        warned, change = event.data, event.type.removeprefix("warning.")
        subject = warned.customer, warned.rule, warned.about
        self.told.append(Told(event.id, *subject, change, event.time, warned.cause, warned.severity))
        self.latest.append(event)
        if change in ("resolved", "pending"):
            self.standing.pop(subject, None)
        else:
            self.standing[subject] = event

    def letter(self, headers: Iterable[tuple[str, bytes]]) -> None:
        """Take in a record of the dead letter topic."""
        self.letters[dict(headers)[REASON].decode()] += 1
