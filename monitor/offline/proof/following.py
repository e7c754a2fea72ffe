"""A lane repeated: the engine over the ranges of records that recorded steps name, from nothing.

Between two steps nothing waits in it, so it can be made anew where the original was, by other rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import FIRST, Edition, Editions
from monitor.engine.fetched import ASIDES, DAWN, Fetched, Record
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.step import LaneRow, Log, Step, is_lane_key, lane_key, lane_row_from_bytes
from schemas.steps import StepRecord

FACTS = ("orders", "tickets", "contacts")
NO_ROWS: Mapping[bytes, bytes] = {}


class Unknown(Exception):
    """A step was judged by rules that are not at hand; says which."""


class Given(NamedTuple):
    """What the workers were given: `files` are the rule files by version, `later` the editions on the topic of rules.

    `belongs` says for a lane whether a customer's id is one of its own, `topics` what inputs are called on the broker.
    """

    files: Mapping[str, RuleSet]
    later: Sequence[Edition]
    partitions: int
    limits: Limits
    largest_row: int
    longest_letter: int
    belongs: Callable[[int], Callable[[bytes], bool]]
    topics: Mapping[str, str]


class Follower:
    """One lane, repeated step by step; `rows` are those that it has written so far, or begins with."""

    def __init__(self, given: Given, partition: int, rows: Mapping[bytes, bytes] = NO_ROWS) -> None:
        own = rows.get(lane_key(partition))
        self.rows = dict(rows)
        self._given = given
        self._partition = partition
        self._lane: Lane | None = None
        self._row = None if own is None else lane_row_from_bytes(own)
        self._file: str | None = None
        self._history: datetime | None = None

    @property
    def lane_row(self) -> LaneRow | None:
        """Where the lane stands; None before its first step."""
        return self._row

    def follow(self, record: StepRecord, inputs: Mapping[str, Sequence[Record]]) -> Step:
        """Repeat a step; `inputs` holds the records in its ranges. Raises `Unknown`."""
        lane = self._lane_of(record)
        for name, (start, end) in record.ranges.items():
            lane.accept(Fetched(name, start, inputs[name], end, end, DAWN), DAWN)
        ranges = {name: (start, end) for name, (start, end) in record.ranges.items()}
        logs = {name: Log(*log) for name, log in record.logs.items()}
        step = lane.follow(ranges, record.target, record.edition, record.anew, logs)
        self._row = step.lane
        self.rows.update(step.rows())
        return step

    def _lane_of(self, record: StepRecord) -> Lane:
        """The lane as it stands, or made anew where a worker with another file or end of history took it over."""
        file = record.rules if record.edition == FIRST else self._file or next(iter(self._given.files))
        if self._lane is None or file != self._file or record.history_until != self._history:
            self._lane = self._made(file, record.history_until)
        self._file, self._history = file, record.history_until
        if record.edition != FIRST and all(each.number != record.edition for each in self._given.later):
            raise Unknown(f"edition {record.edition}, which is not on the topic of rules")
        return self._lane

    def _made(self, file: str, history_until: datetime | None) -> Lane:
        given, row = self._given, self._row
        if file not in given.files:
            raise Unknown(f"rules of version {file}")
        editions = Editions(given.files[file], given.later)
        rules = editions.of(row.edition if row else FIRST).rules
        customers = Customers(
            rules,
            self.rows.get,
            names=self._names,
            belongs=given.belongs(self._partition),
            largest=given.largest_row,
        )
        own = ((key, raw) for key, raw in self.rows.items() if not is_lane_key(key))
        after = row.left_to_judge(rules.version) if row else None
        customers.load(own, row.clock if row else DAWN, after, row.outages if row else ())
        place = Place(self._partition, given.partitions, editions)
        timing = Timing(follows_wall=False, history_until=history_until)
        return Lane(place, (*FACTS, *ASIDES), customers, timing=timing, limits=given.limits, row=row)

    def _names(self) -> list[str]:
        return [key.decode() for key in self.rows if key != lane_key(self._partition)]
