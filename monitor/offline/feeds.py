"""A file as an input of a lane: chunks of its records, as answers of a log that ends where the file does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeAlias

import msgspec

from monitor.engine.fetched import Fetched
from monitor.offline.records import Record, RejectedRow
from schemas.fields import instant

Keeps: TypeAlias = Callable[[bytes], bool]


class FileRecord(NamedTuple):
    """A record of a file as a lane takes it: without key, its timestamp the start of the run.

    `offset` counts what was read, in that order; `place` names file and line.
    """

    offset: int
    timestamp: int
    key: None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    place: str


class Chunk(NamedTuple):
    """What one fetch brought: the answer for the lane, and rows that were no events to begin with."""

    fetched: Fetched
    rejected: list[RejectedRow]


class Feed:
    """One file, read chunk by chunk.

    `keeps` is asked for each value whether it is to be handed on; `skipped` counts the others. `consumed` is
    how many bytes of the file on disk were read.
    """

    def __init__(
        self, name: str, records: Iterable[Record], started: datetime, keeps: Keeps | None = None
    ) -> None:
        self.name = name
        self.ended = False
        self.consumed = 0
        self.skipped = 0
        self._records: Iterator[Record] = iter(records)
        self._started = started
        self._timestamp = int(started.timestamp() * 1000)
        self._keeps = keeps
        self._position = 0

    def fetch(self, most: int) -> Chunk:
        """The next records, `most` at most. Only an answer without any says that the file has ended."""
        read = list(islice(self._records, most))
        start, self._position = self._position, self._position + len(read)
        if read:
            self.consumed = max(self.consumed, read[-1].consumed)
        self.ended = not read
        end = self._position if self.ended else self._position + 1
        rejected = [each for each in read if isinstance(each, RejectedRow)]
        records = self._as_log(start, read)
        return Chunk(Fetched(self.name, start, records, self._position, end, self._started), rejected)

    def _as_log(self, start: int, read: list[Record]) -> list[FileRecord]:
        new, stamp = tuple.__new__, self._timestamp  # half the price of the class's own
        records: list[FileRecord] = [
            new(FileRecord, (offset, stamp, None, each.value, (), each.place))
            for offset, each in enumerate(read, start)
            if not isinstance(each, RejectedRow)
        ]
        if self._keeps is None:
            return records
        kept = [record for record in records if self._keeps(record.value)]
        self.skipped += len(records) - len(kept)
        return kept


class _Timed(msgspec.Struct):
    time: str


def not_after(moment: datetime) -> Keeps:
    """Make a test that an event is not later than `moment`; what has no time that can be read passes it."""
    decode = msgspec.json.Decoder(_Timed).decode

    def keeps(value: bytes) -> bool:
        try:
            return instant(decode(value).time) <= moment
        except (ValueError, RecursionError):
            return True

    return keeps
