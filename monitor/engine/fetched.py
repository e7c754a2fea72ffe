"""What a lane is handed: raw records as the log holds them, and what one answer of the log said about its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

CLOCK = "clock"
"""The input that carries `time.passed`."""

PROFILES, COMMANDS = ASIDES = ("customers", "commands")
"""The inputs that are told beside facts: they never hold a lane's clock, and are applied when read."""

DAWN = datetime(1, 1, 2, tzinfo=UTC)
"""Before every event, with room to subtract a little."""

MOMENT = timedelta(microseconds=1)
"""The least by which two times differ."""


class Record(Protocol):
    """One record of a log, as aiokafka hands it over; `timestamp` in milliseconds, as the log has it."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class RawRecord(NamedTuple):
    """A record made by hand: from a file, or in a test."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Fetched(NamedTuple):
    """One answer for one input: `records` from position `start` on, the position `next` after them, the log's `end`.

    `end` is the log's stable end as this answer told it; `asked` is a moment not later than when the question was
    put. An answer without records still says where the end was.
    """

    input: str
    start: int
    records: Sequence[Record]
    next: int
    end: int
    asked: datetime

    @property
    def is_whole(self) -> bool:
        """Whether the records lie where the answer says that it began and ended; a seek can tear it apart."""
        records = self.records
        return not records or (self.start <= records[0].offset and records[-1].offset < self.next)
