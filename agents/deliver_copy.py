"""The copy of one partition of the warning topic: from where to read, what to append, when to begin anew.

Knows neither Faust nor Redis, only batches and the port `Streams`; the stream's last entry is the truth about
what was copied.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from agents.transport import Batch
from monitor.adapters.redis_streams import Behind, Streams, copies_of
from monitor.engine.fetched import DAWN

LOOK = timedelta(seconds=5)
"""How often to look whether Redis was emptied while no warnings come."""

log = structlog.get_logger()


class PartitionCopy:
    """Copies one partition, from taking it over to the next rebalance.

    `length` is how much a stream that has to be begun goes back; `log_start` tells where the log starts now.
    """

    def __init__(
        self,
        partition: int,
        streams: Streams,
        *,
        length: int,
        log_start: Callable[[], Awaitable[int | None]],
        now: Callable[[], datetime],
    ) -> None:
        self.partition = partition
        self.position: int | None = None
        """The offset to go on from; None before takeover."""
        self._streams = streams
        self._length = length
        self._log_start = log_start
        self._now = now
        self._copied: int | None = None
        self._told = -1
        self._moved = DAWN
        self._looked = DAWN
        self._log = log.bind(partition=partition)

    async def take(self, batch: Batch) -> int | None:
        """Copy a batch, from where it goes on; return from where to read instead if it doesn't.

        Raises `StoreUnavailable`: nothing is lost then by handing in the same batch again.
        """
        position = self.position
        if position is None:
            return await self._take_over(batch)
        if self._is_stale(position, batch):
            return None
        if batch.end < position:
            return await self._begin_anew(batch)
        if batch.start > position and not await self._lost(position, batch):
            return self._moved_to(position)
        try:
            return await self._append(batch)
        except Behind as error:
            self._log.warning("copy.emptied", what=str(error))
            return await self._take_over(batch)

    def _is_stale(self, position: int, batch: Batch) -> bool:
        """Whether it answers a question from before we came here, or a seek tore it on its way."""
        elsewhere = batch.start > position or batch.end < position
        return (elsewhere and batch.asked < self._moved) or not _is_whole(batch)

    async def _take_over(self, batch: Batch) -> int:
        last = await self._streams.last(self.partition)
        if last is None:
            return await self._begin(batch)
        self._copied = self._told = last
        self._log.info("copy.goes_on", offset=last + 1)
        return self._moved_to(last + 1)

    async def _begin(self, batch: Batch) -> int:
        """Begin a stream that isn't there, as far back as it may be long."""
        start = max(await self._log_start() or 0, batch.end - self._length, 0)
        self._copied, self._told = None, start - 1
        self._log.info("copy.begins", offset=start, behind=batch.end - start)
        return self._moved_to(start)

    async def _begin_anew(self, batch: Batch) -> int:
        """The log ends before what was copied of it: it is another log, whose offsets began again."""
        self._log.warning("copy.begins_anew", copied=self._copied, end=batch.end)
        await self._streams.remove(self.partition)
        return await self._begin(batch)

    async def _lost(self, position: int, batch: Batch) -> bool:
        """Whether the log starts at this batch now, and what lies before it is lost to retention."""
        start = await self._log_start()
        if start is None or batch.start > start:
            return False
        self._log.warning("copy.lost_to_retention", first=position, last=batch.start - 1)
        self._told = batch.start - 1
        self._moved_to(batch.start)
        return True

    async def _append(self, batch: Batch) -> int | None:
        ours = [record for record in batch.records if record.offset >= (self.position or 0)]
        copies = list(copies_of(ours, self._told))
        if not copies and batch.asked - self._looked < LOOK:
            self._advance(batch)
            return None
        there = await self._streams.append(self.partition, self._copied, copies)
        self._looked = batch.asked
        if copies:
            self._copied = self._told = copies[-1].offset
        self._advance(batch)
        if there:  # somebody else copies too, or the stream is another log's: ask it
            self._log.warning("copy.repeated", entries=there)
            return await self._take_over(batch)
        return None

    def _advance(self, batch: Batch) -> None:
        if self.position is None or batch.next > self.position:
            self._moved_to(batch.next)

    def _moved_to(self, position: int) -> int:
        self.position, self._moved = position, self._now()
        return position


def _is_whole(batch: Batch) -> bool:
    """Whether the records lie where the batch says that it begins and ends."""
    records = batch.records
    return not records or (batch.start <= records[0].offset and records[-1].offset < batch.next)
