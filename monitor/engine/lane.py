"""One lane in time: a partition of all inputs, its clock, its customers.

Takes answers of the log and moments, returns steps. Nothing here waits, reads a clock or knows of Kafka: a step is a
function of the rows, the ranges of records, the target moment and the rules. A lane whose step was not committed is
thrown away; it has moved on in memory already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.engine.admission import Admission, Limits
from monitor.engine.customers import Customers
from monitor.engine.fetched import CLOCK, DAWN, Fetched, Record
from monitor.engine.merge import PROMISED, Connection, Input, Key
from monitor.engine.passage import NO_FACT, Passage, Told, Waiting
from monitor.engine.step import LANE_ROW_VERSION, LaneRow, Step
from schemas.clock import TimePassed

MOST_RECORDS = 8_000
MOST_DEADLINES = 8_000
"""What one step applies and fires at most, so that a transaction stays short; one moment is never torn apart."""

Ranges = Mapping[str, tuple[int, int]]


class Timing(NamedTuple):
    """How a lane's clock goes: it `follows_wall` less an allowance for late events, or event time alone.

    An input that is caught up stops holding back the others after `idle_after`.
    """

    follows_wall: bool
    late_allowance: timedelta = timedelta(seconds=10)
    idle_after: timedelta = timedelta(0)


class Place(NamedTuple):
    """Which lane of how many, and the version of the rules that it judges by."""

    partition: int
    partitions: int
    rules: str


class Lane:
    """One partition of the inputs `names`, in rank order, going on from `row`; None is a lane's first start."""

    def __init__(
        self,
        place: Place,
        names: Sequence[str],
        customers: Customers,
        *,
        timing: Timing,
        limits: Limits,
        row: LaneRow | None = None,
    ) -> None:
        self.place = place
        self.customers = customers
        self.clock = row.clock if row else DAWN
        self._timing = timing
        self._admission = Admission(limits)
        self._number = row.step if row else 0
        self._judging_anew = self.clock if row and row.judges_anew(place.rules) else None
        self._inputs: dict[str, Input[Told]] = {
            name: Input(
                name,
                rank,
                row.applied.get(name, 0) if row else 0,
                row.newest.get(name, DAWN) if row else DAWN,
            )
            for rank, name in enumerate((*names, CLOCK))
        }
        self._facts = [self._inputs[name] for name in names]
        self._moments = self._inputs[CLOCK]
        self._promises: list[tuple[datetime, datetime]] = []

    @property
    def fetched(self) -> dict[str, int]:
        """The position from which each input has to be fetched on."""
        return {name: each.fetched for name, each in self._inputs.items()}

    @property
    def applied(self) -> dict[str, int]:
        """The position up to which each input was applied by the last step."""
        return {name: each.applied for name, each in self._inputs.items()}

    def waiting(self, name: str) -> int:
        """How many records of this input were fetched and wait for others."""
        return len(self._inputs[name].waiting)

    def skip_to(self, name: str, position: int) -> int:
        """Go on from `position` where the log has lost what lay before; returns how many positions were lost."""
        each = self._inputs[name]
        lost = position - each.fetched
        each.fetched, each.end = position, None
        return lost

    def accept(self, fetched: Fetched, now: datetime) -> Connection:
        """Take in one answer at wall time `now`, if it begins where the last one of its input ended."""
        each = self._inputs[fetched.input]
        connection = each.connection(fetched)
        if connection is not Connection.CONNECTED:
            return connection
        if each is self._moments:
            self._admit_moments(fetched.records, now)
        else:
            self._admit_facts(each, fetched.records)
        each.heard(fetched)
        self._hear_promises(each, fetched.asked)
        return connection

    def step(self, now: datetime) -> Step | None:
        """The next step at wall time `now`, or None while there is nothing to do."""
        self.customers.make_room()
        bound = min(each.frontier(now, self._timing.idle_after) for each in self._facts)
        items = self._take(bound)
        target = self._target(bound)
        if not items and target is None:
            return None
        passage = self._passage(MOST_DEADLINES)
        done = passage.apply(items)
        self._put_back(items[done:])
        if target is not None and not passage.stopped:
            passage.pass_to(target)
        if passage.stopped:
            target = passage.clock
        moments = self._moments.take(Key(target, *PROMISED)) if target is not None else []
        passage.note(moments)
        return self._made(passage, target, items[:done], moments)

    def follow(self, ranges: Ranges, target: datetime | None) -> Step:
        """Repeat a recorded step; the records in its ranges must have been accepted before."""
        taken = {name: self._inputs[name].take_to(end) for name, (_, end) in ranges.items()}
        moments = taken.pop(CLOCK, [])
        items = sorted(item for waiting in taken.values() for item in waiting)
        passage = self._passage(None)
        passage.apply(items)
        if target is not None:
            passage.pass_to(target)
        passage.note(moments)
        return self._made(passage, target, items, moments, ranges)

    def _passage(self, most: int | None) -> Passage:
        return Passage(self.customers, self.clock, tuple(self._inputs), most)

    def _admit_facts(self, each: Input[Told], records: Iterable[Record]) -> None:
        newest, rank, admit, wait = each.newest, each.rank, self._admission.fact, each.waiting.append
        for record in records:
            told = admit(record)
            if not isinstance(told, NO_FACT) and told.time > newest:
                newest = told.time
            wait((newest, rank, record.offset, record, told))
        each.newest = newest

    def _hear_promises(self, each: Input[Told], asked: datetime) -> None:
        """An answer asked for after a promise was read holds all that was promised to be complete."""
        for until, seen in self._promises:
            if seen <= asked:
                each.promised = max(each.promised, until)
        kept_by_all = min(each.promised for each in self._facts)
        self._promises = [promise for promise in self._promises if promise[0] > kept_by_all]

    def _admit_moments(self, records: Iterable[Record], now: datetime) -> None:
        each = self._moments
        for record in records:
            told = self._admission.time_passed(record)
            if isinstance(told, TimePassed):
                each.newest = max(each.newest, told.data.until)
                self._promises.append((told.data.until, now))
            each.waiting.append((each.newest, each.rank, record.offset, record, told))

    def _take(self, bound: Key) -> list[Waiting]:
        items = [item for each in self._facts for item in each.take(bound)]
        items.sort()
        self._put_back(items[MOST_RECORDS:])
        return items[:MOST_RECORDS]

    def _put_back(self, items: Sequence[Waiting]) -> None:
        for each in self._facts if items else ():
            each.waiting[:0] = [item for item in items if item[1] == each.rank]

    def _target(self, bound: Key) -> datetime | None:
        """The moment up to which time will have passed after the records before `bound`; None: not known."""
        if any(each.waiting and each.waiting[0] < bound for each in self._facts):
            return None
        moments = [time for time, *_ in self._moments.waiting if bound >= Key(time, *PROMISED)]
        wall = self._wall()
        first = self.customers.deadlines.first()
        if wall is not None and first is not None and first <= wall:
            moments.append(wall)
        return max(moments, default=None)

    def _wall(self) -> datetime | None:
        """Where the wall clock, less the allowance, has gone beyond ours: as far as every input has answered."""
        if not self._timing.follows_wall or not all(each.caught_up for each in self._facts):
            return None
        answered = min((each.asked for each in self._facts if each.asked is not None), default=DAWN)
        return (
            answered - self._timing.late_allowance
            if answered > self.clock + self._timing.late_allowance
            else None
        )

    def _made(
        self,
        passage: Passage,
        target: datetime | None,
        items: Sequence[Waiting],
        moments: Sequence[Waiting],
        ranges: Ranges | None = None,
    ) -> Step:
        self.clock = passage.clock
        self._number += 1
        changed, transitions = self.customers.take()
        failures, self.customers.failures = self.customers.failures, []
        if failures:
            passage.counts["rule_failed"] += len(failures)
        return Step(
            self.place.partition,
            self._number,
            self._applied(_last_of_each(items, len(self._facts)) | _last_of_each(moments, 1), ranges),
            target,
            self._row(),
            changed,
            transitions,
            passage.dead_letters,
            passage.counts,
            self.customers.deadlines.first(),
            failures,
        )

    def _applied(
        self, last: Mapping[int, tuple[datetime, int]], ranges: Ranges | None
    ) -> dict[str, tuple[int, int]]:
        moved = {}
        for name, each in self._inputs.items():
            before = each.applied
            if each.rank in last:
                each.applied_newest, each.applied = last[each.rank][0], last[each.rank][1] + 1
            if ranges is not None:
                each.applied = ranges[name][1] if name in ranges else before
            elif not each.waiting:
                each.applied = each.fetched
            if each.applied != before:
                moved[name] = (before, each.applied)
        return moved

    def _row(self) -> LaneRow:
        return LaneRow(
            LANE_ROW_VERSION,
            self._number,
            {name: each.applied for name, each in self._inputs.items()},
            {name: each.applied_newest for name, each in self._inputs.items()},
            self.clock,
            self.place.rules,
            self.place.partitions,
            self._judging_anew == self.clock,
        )


def _last_of_each(items: Sequence[Waiting], inputs: int) -> dict[int, tuple[datetime, int]]:
    """The time and offset of the last record of each input, by rank."""
    last: dict[int, tuple[datetime, int]] = {}
    for time, rank, offset, *_ in reversed(items):
        if rank not in last:
            last[rank] = time, offset
            if len(last) == inputs:
                break
    return last
