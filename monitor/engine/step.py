"""What a lane does in one transaction, and the row in which it keeps its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from monitor.domain.assess import Failure
from monitor.domain.changes import CustomerChange
from monitor.domain.life import Transition
from monitor.domain.outages import Outages
from monitor.engine.admission import Refused
from monitor.engine.fetched import Record
from schemas.rejections import Rejection


class LaneRow(msgspec.Struct, frozen=True, array_like=True):
    """Where a lane stands: the truth about positions after a takeover.

    `applied` maps an input to the next position to apply, `newest` to the running maximum of its event time.
    `unjudged` says that the rules are new, and have looked at customers in the order of their names no further than
    `judged_up_to`. `edition` is the number of their edition (editions.py), which came into force at `changed`.
    Of what lies before `history_until` nobody is told. `logs` are the ids of the topics behind the inputs,
    as far as they are known. `outages` of sources count where silence is measured; they last changed at `heard`.
    """

    version: int
    step: int
    applied: dict[str, int]
    newest: dict[str, datetime]
    clock: datetime
    rules: str
    partitions: int
    unjudged: bool = False
    judged_up_to: str = ""
    edition: int = -1
    changed: datetime | None = None
    history_until: datetime | None = None
    logs: dict[str, str] = {}
    outages: Outages = ()
    heard: datetime | None = None

    def left_to_judge(self, rules: str) -> str | None:
        """After whom a lane that goes on from here by these rules has still to judge everybody; None: nobody."""
        if self.rules != rules:
            return ""
        return self.judged_up_to if self.unjudged else None


LANE_ROW_VERSION = 1
_encode_lane_row = msgspec.msgpack.Encoder().encode
_decode_lane_row = msgspec.msgpack.Decoder(LaneRow).decode


def lane_key(partition: int) -> bytes:
    """The reserved key of a lane's row; no customer's id may begin with NUL."""
    return b"\0lane-%d" % partition


def is_lane_key(key: bytes) -> bool:
    """Whether a row under this key is a lane's own, not a customer's."""
    return key[:1] == b"\0"


def lane_row_from_bytes(raw: bytes) -> LaneRow:
    """The lane row of these bytes. Raises `msgspec.ValidationError` for bytes that are none."""
    return _decode_lane_row(raw)


class Log(NamedTuple):
    """The topic behind an input, by its id, and the position from which it is read (schemas.steps.LogStart)."""

    id: str
    start: int


Logs = Mapping[str, Log]
NO_LOGS: Logs = {}


class DeadLetter(NamedTuple):
    """A record that could not be applied, where it stood and why."""

    input: str
    record: Record
    refused: Refused


class RejectedCommand(NamedTuple):
    """A command that could not be obeyed, by its own source and id, and why."""

    customer: str
    command_id: str
    source: str
    type: str
    reason: Rejection
    detail: str


class Step(NamedTuple):
    """All that follows from applying some ranges of records up to a moment.

    `ranges` maps an input to its [from, to) positions; `target` is the moment up to which time then passed, None
    where the last record ended the step; `wake` is the next deadline. `lane` is the lane's row after the step.
    `failures` are rules that raised; they are counted, and told to nobody but us.
    `rejections` are commands that were refused; `anew` are the customers, after a name and up to another (None: the
    last), that were judged anew because their rules have changed. `logs` are topics that are known, or read from
    elsewhere, since this step.
    """

    partition: int
    number: int
    ranges: dict[str, tuple[int, int]]
    target: datetime | None
    lane: LaneRow
    changed: dict[str, bytes]
    transitions: list[Transition]
    dead_letters: list[DeadLetter]
    counts: Counter[str]
    wake: datetime | None
    failures: Sequence[Failure] = ()
    rejections: Sequence[RejectedCommand] = ()
    changes: Sequence[CustomerChange] = ()
    anew: tuple[str, str | None] | None = None
    logs: Logs = NO_LOGS

    def rows(self) -> list[tuple[bytes, bytes]]:
        """The changed rows as keys and bytes, the lane's own row last."""
        rows = [(customer.encode(), raw) for customer, raw in self.changed.items()]
        rows.append((lane_key(self.partition), _encode_lane_row(self.lane)))
        return rows


def restarted(row: LaneRow, partition: int, logs: Logs) -> Step:
    """The step by which a lane that nobody has in memory goes on reading inputs from elsewhere."""
    number = row.step + 1
    after = msgspec.structs.replace(
        row,
        step=number,
        applied=row.applied | {name: log.start for name, log in logs.items()},
        logs=row.logs | {name: log.id for name, log in logs.items()},
    )
    return Step(partition, number, {}, None, after, {}, [], [], Counter(), None, logs=logs)
