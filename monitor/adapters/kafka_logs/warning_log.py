"""Reading the warning topic without a group: following it, and fetching a range of one partition."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Literal

from aiokafka import TopicPartition

from monitor.adapters.kafka_logs.connecting import connected, places_of
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.streams import WARNINGS, Entry
from schemas.topics import topic_name

GLANCE = timedelta(seconds=1)

Start = Literal["beginning", "end"] | datetime


class WarningLog:
    """The warning topic of these settings, read committed.

    `patience` is for how long to try to reach the broker; the setting's if not given. Every method raises
    `StoreUnavailable` and `ConfigError`.
    """

    def __init__(self, settings: Settings, *, patience: timedelta | None = None) -> None:
        self._settings = settings
        self._topic = topic_name(WARNINGS, settings)
        self._patience = patience

    async def follow(self, start: Start) -> AsyncGenerator[list[Entry], None]:
        """What stands on the topic and what comes, for ever; an empty list when nothing came for a while.

        From a moment on: everything that happened then or later is there, and some that happened before.
        """
        async with self._consumer() as consumer:
            await self._assign(consumer, start)
            while True:
                yield await _fetch(consumer)

    async def between(self, partition: int, first: int, last: int) -> AsyncGenerator[list[Entry], None]:
        """What the topic holds yet between two offsets, both included."""
        async with self._consumer() as consumer:
            place = await self._place(consumer, partition)
            consumer.assign([place])
            end = min(last + 1, (await consumer.end_offsets([place]))[place])
            start = max(first, (await consumer.beginning_offsets([place]))[place])
            consumer.seek(place, start)
            while start < end:
                yield [entry for entry in await _fetch(consumer) if entry.offset < end]
                start = await consumer.position(place)

    async def start(self, partition: int) -> int:
        """Where a partition's log starts now."""
        async with self._consumer() as consumer:
            place = await self._place(consumer, partition)
            return int((await consumer.beginning_offsets([place]))[place])

    def _consumer(self) -> AbstractAsyncContextManager[Any]:
        return connected(self._settings, patience=self._patience)

    async def _assign(self, consumer: Any, start: Start) -> None:
        """Take all partitions, from the start asked for."""
        places = await self._places(consumer)
        consumer.assign(places)
        for place, offset in (await _offsets(consumer, places, start)).items():
            consumer.seek(place, offset)

    async def _places(self, consumer: Any) -> list[TopicPartition]:
        return await places_of(consumer, self._topic)

    async def _place(self, consumer: Any, partition: int) -> TopicPartition:
        for place in await self._places(consumer):
            if place.partition == partition:
                return place
        raise ConfigError("missing", where=f"topic {self._topic}", key=f"partition {partition}")


async def _fetch(consumer: Any) -> list[Entry]:
    fetched = await consumer.getmany(timeout_ms=int(GLANCE.total_seconds() * 1000))
    return [
        Entry(record.partition, record.offset, record.value)
        for records in fetched.values()
        for record in records
        if record.value is not None
    ]


async def _offsets(consumer: Any, places: list[TopicPartition], start: Start) -> dict[TopicPartition, int]:
    if start == "beginning":
        return dict(await consumer.beginning_offsets(places))
    ends: dict[TopicPartition, int] = dict(await consumer.end_offsets(places))
    if isinstance(start, datetime):
        since = int(start.timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, since))
        return ends | {place: told.offset for place, told in found.items() if told is not None}
    return ends
