"""One lane's proof: each of its steps repeated, and all that it told held against what it must have told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from monitor.engine.fetched import Record
from monitor.engine.outputs import DEAD_LETTERS, STANDING, STEPS, Output, outputs
from monitor.offline.proof.course import Course
from monitor.offline.proof.divergence import Divergence, Found, Kind, json_differences, readable
from monitor.offline.proof.following import Follower, Given
from monitor.offline.proof.seen import Seen, digest_of, name_of
from monitor.offline.proof.tables import ROWS, Rows, Standing
from schemas.steps import StepRecord


class Proven(NamedTuple):
    """What one lane's proof came to; `applied` are positions by input, `told` numbers of records by output.

    `at_first` are the positions applied when the first divergence was found; None without one.
    """

    lane: int
    steps: int
    applied: Mapping[str, int]
    told: Mapping[str, int]
    found: Found
    at_first: Mapping[str, int] | None


class LaneProof:
    """Give it what was seen, then each step with its records, then ask for the `end`.

    `rows` and `standing` are the newest values by key, and may stem from before the last steps: `settled` is the number
    of the last step whose outputs must all be there.
    """

    def __init__(
        self,
        given: Given,
        lane: int,
        seen: Mapping[str, Seen],
        *,
        rows: Mapping[bytes, bytes],
        standing: Mapping[bytes, bytes],
        settled: int,
    ) -> None:
        self.found = Found()
        self.course = Course(lane)
        self.broken = False
        """Whether steps are left out or overlap: nothing after that can be repeated."""
        self._at_first: Mapping[str, int] | None = None
        self._given = given
        self._lane = lane
        self._seen = seen
        self._rows = Rows(lane, rows)
        self._seen_standing = standing
        self._standing = Standing(lane)
        self._settled = settled
        self._follower = Follower(given, lane)
        self._newest: dict[str, int] = {}

    def step(self, told: Record, record: StepRecord, inputs: Mapping[str, Sequence[Record]]) -> None:
        """Go on by a step as it was `told` on its topic; `inputs` are the records in its ranges. Raises `Unknown`."""
        if self.broken:
            return
        for wrong in self.course.take(record):
            self.broken = True
            self.found.add(wrong)
        if self.broken:
            self._applied_at_first()
            return
        step = self._follower.follow(record, inputs)
        for output in outputs(step, longest=self._given.longest_letter, topics=self._given.topics):
            self._hold(output, record.step, told)
        if self._rows.step == record.step:
            self._take(self._rows.against(self._follower.rows))
        self._applied_at_first()

    def end(self) -> Proven:
        """What came of it, once all steps were given."""
        for seen in self._seen.values():
            self._hold_doubled(seen)
        if not self.broken:
            for seen in self._seen.values():
                self._hold_extra(seen)
            self._take(self._standing.against(self._seen_standing))
            self._hold_last_row()
        told = {topic: len(seen) for topic, seen in self._seen.items()}
        applied = self.course.applied
        return Proven(self._lane, self.course.step, applied, told, self.found, self._applied_at_first())

    def _applied_at_first(self) -> Mapping[str, int] | None:
        if self._at_first is None and self.found.first:
            self._at_first = {**self.course.applied}
        return self._at_first

    def _hold(self, output: Output, step: int, told: Record) -> None:
        if output.topic == STEPS:
            self._hold_step(output, step, told)
        elif output.topic == STANDING:
            self._standing.write(output, settled=step <= self._settled)
        else:
            self._hold_named(output, step)

    def _hold_step(self, output: Output, step: int, told: Record) -> None:
        if (output.key, output.value) != (told.key, told.value):
            what = "; ".join(json_differences(output.value, told.value)) or "other bytes"
            self._wrong("differing", output, step, what, told.offset)

    def _hold_named(self, output: Output, step: int) -> None:
        name = name_of(output.key, output.value, output.headers)
        place, newest = self._seen[output.topic].of(name), self._newest.get(output.topic, -1)
        if place is None:
            if step <= self._settled:
                self._wrong("missing", output, step, f"{name} was not told")
            return
        if place.offset < newest:
            what = f"{name} stands before what was to be told earlier, which stands at {newest}"
            self._wrong("out of order", output, step, what, place.offset)
        self._newest[output.topic] = max(place.offset, newest)
        if place.digest != digest_of(output.key, output.value, output.headers):
            self._wrong("differing", output, step, f"{name} says something else", place.offset)

    def _hold_doubled(self, seen: Seen) -> None:
        for name, places in seen.doubled():
            what = f"{name} stands {len(places)} times, at {', '.join(str(each.offset) for each in places)}"
            self._tell("doubled", seen.topic, what, places[-1].offset)

    def _hold_extra(self, seen: Seen) -> None:
        for name, place in seen.extra():
            self._tell("extra", seen.topic, f"nothing called for {name}", place.offset)

    def _hold_last_row(self) -> None:
        step, last = self._rows.step, self.course.step
        if step > last or (last and not step):
            what = f"the lane's row is of step {step}, and the last step is {last}"
            self._tell("other row", ROWS, what, None)

    def _take(self, wrong: Iterable[Divergence]) -> None:
        for each in wrong:
            self.found.add(each)

    def _tell(self, kind: Kind, topic: str, what: str, offset: int | None) -> None:
        self.found.add(Divergence(kind, self._lane, topic, None, what, offset=offset))

    def _wrong(self, kind: Kind, output: Output, step: int, what: str, offset: int | None = None) -> None:
        about = output.key if output.topic not in (STEPS, DEAD_LETTERS) else None
        self.found.add(
            Divergence(
                kind,
                self._lane,
                output.topic,
                step,
                what,
                None if about is None else about.decode(errors="replace"),
                readable(output.value),
                offset=offset,
            )
        )
