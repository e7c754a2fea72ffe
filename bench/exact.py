"""Whether what came out is right: every warning once, none missing, none false, no records skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from bench.figures import Expected, Figure
from bench.job import COMPLAINT, SILENCE
from bench.truth import Warned
from schemas.steps import StepRecord

NONE = Expected("exactly", 0)
FIGURES = (
    Figure("silence", "warnings of silence", expected=Expected("exactly", 39_451)),
    Figure("complaint", "warnings of complaints", expected=Expected("exactly", 1_455)),
    Figure("missed", "warnings missed", expected=NONE),
    Figure("false", "false warnings", expected=NONE),
    Figure("repeated", "transitions told twice", expected=NONE),
)


class Answer(NamedTuple):
    """What was told on the way: the warnings that began, and how many transitions have an id told before."""

    warned: Counter[Warned]
    repeated: int

    def against(self, truth: Counter[Warned]) -> dict[str, float]:
        """The figures of exactness."""
        counts = Counter(each.rule for each in self.warned.elements())
        return {
            "silence": counts[SILENCE],
            "complaint": counts[COMPLAINT],
            "missed": (truth - self.warned).total(),
            "false": (self.warned - truth).total(),
            "repeated": self.repeated,
        }


class _Named(msgspec.Struct):
    rule: str
    customer: str


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Named


def answer_of(transitions: Iterable[bytes]) -> Answer:
    """What these transitions of warnings, as JSON, say."""
    decode = msgspec.json.Decoder(_Event).decode
    told = [decode(each) for each in transitions]
    fired = (each.data for each in told if each.type == "warning.firing")
    warned = Counter(Warned(each.rule, each.customer) for each in fired)
    return Answer(warned, len(told) - len({each.id for each in told}))


class StepBook:
    """The steps told so far: how much they applied, and whether their ranges follow on each other."""

    def __init__(self) -> None:
        self.applied = self.steps = self.gaps = 0
        self._positions: dict[tuple[int, str], int] = {}
        self._clocks: dict[int, datetime] = {}

    def note(self, value: bytes) -> None:
        """Note one step; of each lane, they have to come in order."""
        step = StepRecord.model_validate_json(value)
        self.steps += 1
        self.applied += step.counts.get("applied", 0)
        if step.clock is not None:
            self._clocks[step.partition] = step.clock
        for name, (start, end) in step.ranges.items():
            self.gaps += start != self._positions.get((step.partition, name), 0)
            self._positions[step.partition, name] = end

    def reached(self, until: datetime) -> int:
        """How many lanes' clocks have come to `until`."""
        return sum(clock >= until for clock in self._clocks.values())
