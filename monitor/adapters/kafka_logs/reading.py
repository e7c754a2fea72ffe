"""Topics read whole, read committed: from where they start to the stable end that they have when asked.

An end is stable up to the first transaction that is still open; nothing below it changes any more.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiokafka import TopicPartition

from monitor.adapters.kafka_logs.connecting import connected, places_of
from monitor.engine.fetched import Record as LaneRecord
from schemas.settings import Settings
from schemas.topics import topic_name

PATIENCE = timedelta(seconds=10)
"""For how long to try to reach a broker while somebody waits for the answer."""

GLANCE = timedelta(milliseconds=200)
FIRST_LOOK = 64
"""Offsets before the end among which the newest record is looked for: markers take some. Then 64 times as many."""

PIECE = 4 << 20
"""Bytes that one answer may hold of one partition."""

Show = Callable[[int, int], None]
"""Told how many offsets lie behind, and how many there are in all."""


class Record(LaneRecord, Protocol):
    """One record, with the partition that it stands on."""

    @property
    def partition(self) -> int: ...


class LogReader:
    """A connection that reads one topic after another; topics go by their names without prefix."""

    def __init__(self, settings: Settings, consumer: Any) -> None:
        self._settings = settings
        self._consumer = consumer

    async def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic. Raises `ConfigError` if there is no such topic."""
        return [place.partition for place in await places_of(self._consumer, self._name(topic))]

    async def size(self, topic: str, partitions: Iterable[int]) -> int:
        """How many offsets lie between start and end of these partitions, used or not."""
        places = self._places(topic, partitions)
        starts, ends = await self._bounds(places)
        return sum(ends[place] - starts[place] for place in places)

    async def whole(
        self, topic: str, partitions: Iterable[int], show: Show = lambda *_: None
    ) -> AsyncGenerator[Sequence[Record], None]:
        """All records of these partitions, each partition in order, up to the stable ends of this moment."""
        places = self._places(topic, partitions)
        starts, ends = await self._bounds(places)
        async for records in self._between(starts, ends, show):
            yield records

    async def bounds(self, topic: str, partitions: Iterable[int]) -> dict[int, tuple[int, int]]:
        """The first offset of each of these partitions, and the stable end, now."""
        starts, ends = await self._bounds(self._places(topic, partitions))
        return {place.partition: (starts[place], ends[place]) for place in starts}

    async def between(
        self, topic: str, spans: Mapping[int, tuple[int, int]], show: Show = lambda *_: None
    ) -> AsyncGenerator[Sequence[Record], None]:
        """The records of each partition from an offset up to another, which must lie within its bounds."""
        places = {TopicPartition(self._name(topic), partition): span for partition, span in spans.items()}
        await self._bounds(list(places))
        starts, ends = ({place: span[side] for place, span in places.items()} for side in (0, 1))
        async for records in self._between(starts, ends, show):
            yield records

    async def since(
        self, topic: str, partitions: Iterable[int], moment: datetime, show: Show = lambda *_: None
    ) -> AsyncGenerator[Sequence[Record], None]:
        """The same, but from the first record on that bears this moment or a later one."""
        places = self._places(topic, partitions)
        _, ends = await self._bounds(places)
        told = await self._consumer.offsets_for_times(dict.fromkeys(places, int(moment.timestamp() * 1000)))
        begins = {place: ends[place] if first is None else first.offset for place, first in told.items()}
        async for records in self._between(begins, ends, show):
            yield records

    async def newest(self, topic: str, partitions: Iterable[int]) -> dict[int, Record]:
        """The last record of each of these partitions that has one, at this moment."""
        starts, ends = await self._bounds(self._places(topic, partitions))
        found: dict[int, Record] = {}
        left, back = set(starts), FIRST_LOOK
        while left:
            begins = {place: max(starts[place], ends[place] - back) for place in left}
            async for records in self._between(begins, {place: ends[place] for place in left}):
                found |= {record.partition: record for record in records}
            left = {place for place in left if place.partition not in found and begins[place] > starts[place]}
            back *= FIRST_LOOK
        return found

    async def follow_newest(
        self, topic: str, partitions: Sequence[int]
    ) -> AsyncGenerator[dict[int, Record], None]:
        """The same, and then again every while, for ever."""
        consumer, places = self._consumer, self._places(topic, partitions)
        _, ends = await self._bounds(places)
        newest = await self.newest(topic, partitions)
        for place, end in ends.items():
            consumer.seek(place, end)
        while True:
            yield newest
            fetched = await consumer.getmany(timeout_ms=int(GLANCE / timedelta(milliseconds=1)))
            newest = newest | {place.partition: records[-1] for place, records in fetched.items()}

    async def _between(
        self, starts: Mapping[Any, int], ends: Mapping[Any, int], show: Show = lambda *_: None
    ) -> AsyncGenerator[Sequence[Record], None]:
        consumer, places = self._consumer, list(starts)
        for place, start in starts.items():
            consumer.seek(place, start)
        positions, total = starts, sum(ends.values()) - sum(starts.values())
        while unread := [place for place in places if positions[place] < ends[place]]:
            fetched = await consumer.getmany(*unread, timeout_ms=int(GLANCE / timedelta(milliseconds=1)))
            for place, records in fetched.items():
                yield [record for record in records if record.offset < ends[place]]
            positions = {place: await consumer.position(place) for place in places}
            left = sum(max(0, ends[place] - positions[place]) for place in places)
            show(total - left, total)

    async def _bounds(self, places: list[TopicPartition]) -> tuple[dict[Any, int], dict[Any, int]]:
        """Starts and ends. Assigns the places, once: aiokafka does not stop any more if it is done again at once."""
        if not places:
            return {}, {}
        if set(places) != self._consumer.assignment():
            self._consumer.assign(places)
        starts = await self._consumer.beginning_offsets(places)
        return starts, await self._consumer.end_offsets(places)

    def _places(self, topic: str, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._name(topic), partition) for partition in partitions]

    def _name(self, topic: str) -> str:
        return topic_name(topic, self._settings)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[LogReader]:
    """A reader on the broker of these settings. Raises `StoreUnavailable`, also for what fails inside."""
    patience = min(PATIENCE, settings.broker_patience)
    options = {"max_partition_fetch_bytes": PIECE}
    async with connected(settings, patience=patience, **options) as consumer:
        yield LogReader(settings, consumer)
