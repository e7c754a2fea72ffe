"""Whether a lane's steps cover its inputs: each position once, in order, one step after the other.

Offset by offset: a record applied twice and another left out would cancel out in any sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.engine.fetched import DAWN
from monitor.engine.outputs import STEPS
from monitor.offline.proof.divergence import Divergence, Kind
from schemas.steps import StepRecord


class Course:
    """How far the steps of one lane have come: their number, the positions applied, the clock."""

    def __init__(self, lane: int) -> None:
        self.step = 0
        self.applied: dict[str, int] = {}
        self._lane = lane
        self._clock = DAWN

    def take(self, record: StepRecord) -> list[Divergence]:
        """Go on by a step; what is wrong with its place among the others."""
        wrong = [*self._number(record), *self._ranges(record), *self._time(record)]
        self.step, self._clock = record.step, record.clock or DAWN
        self.applied |= {name: start for name, (_, start) in record.logs.items()}
        self.applied |= {name: end for name, (_, end) in record.ranges.items()}
        return wrong

    def _number(self, record: StepRecord) -> Iterator[Divergence]:
        if record.step != self.step + 1:
            what = f"step {record.step} comes after step {self.step}"
            yield self._wrong("not in sequence", record, STEPS, what, f"step {self.step + 1}")

    def _ranges(self, record: StepRecord) -> Iterator[Divergence]:
        for name, (start, end) in record.ranges.items():
            applied = self.applied.get(name, 0)
            if start > applied:
                what = f"positions {applied} to {start - 1} of {name} were applied by no step"
                yield self._wrong("hole", record, name, what, f"a range from {applied} on", (start, end))
            elif start < applied:
                what = f"positions {start} to {min(applied, end) - 1} of {name} were applied twice"
                yield self._wrong("overlap", record, name, what, f"a range from {applied} on", (start, end))
            elif end <= start:
                what = f"the range {start} to {end} of {name} holds nothing"
                yield self._wrong("not in sequence", record, name, what, None, (start, end))

    def _time(self, record: StepRecord) -> Iterator[Divergence]:
        clock = record.clock or DAWN
        if clock < self._clock:
            what = f"the clock stood at {self._clock.isoformat()} before, at {clock.isoformat()} after"
            yield self._wrong("clock went back", record, STEPS, what, None)

    def _wrong(
        self,
        kind: Kind,
        record: StepRecord,
        topic: str,
        what: str,
        expected: str | None,
        seen: tuple[int, int] | None = None,
    ) -> Divergence:
        told = None if seen is None else f"the range {seen[0]} to {seen[1]}"
        return Divergence(kind, self._lane, topic, record.step, what, expected=expected, seen=told)
