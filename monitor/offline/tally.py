"""What a replay comes to, in numbers. Memory stays flat, however many events and warnings there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.offline.replay import Lost, Stretch
from schemas.dead_letters import Reason

EXAMPLES = 3


class Counted(NamedTuple):
    """Warnings of one rule at one severity (a level) that went through one change."""

    rule: str
    severity: int
    told: str


@dataclass
class Losses:
    """The dead letters of one reason: how many, and the first of them."""

    count: int = 0
    examples: list[Lost] = field(default_factory=list)

    def add(self, lost: Lost) -> None:
        """Count one more, and keep its place and detail if it is among the first."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(Lost(lost.place, lost.reason, lost.detail, b""))


@dataclass
class Tally:
    """Counts of records by what became of them, of warnings, and of dead letters by reason."""

    records: Counter[str] = field(default_factory=Counter)
    warnings: Counter[Counted] = field(default_factory=Counter)
    losses: dict[Reason, Losses] = field(default_factory=dict)

    def add(self, stretch: Stretch) -> None:
        """Count what a stretch told."""
        self.records.update(stretch.counts)
        self.warnings.update(
            Counted(each.warning.rule, each.warning.severity, each.told) for each in stretch.transitions
        )
        for lost in stretch.lost:
            self.losses.setdefault(lost.reason, Losses()).add(lost)

    @property
    def lost(self) -> int:
        """All dead letters."""
        return sum(losses.count for losses in self.losses.values())
