"""Consumers of the warning topic that were there all the time, some of them slow: what they saw, in order."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.settings import Settings
from schemas.streams import WARNINGS
from schemas.topics import topic_name

AT_ONCE = 100


class Readers:
    """Readers of committed records, each from the beginning of the log; `seen` are offsets, reader by reader."""

    def __init__(self, settings: Settings) -> None:
        self.seen: list[dict[int, list[int]]] = []
        self.pause = 0.0
        """Seconds that a slow reader takes for each handful of records."""
        self._settings = settings
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, pause: float) -> None:
        """Have one more, which takes its time until `hurry`."""
        self.pause = pause
        seen: dict[int, list[int]] = {lane: [] for lane in range(self._settings.partitions)}
        self.seen.append(seen)
        self._tasks.append(asyncio.create_task(self._read(seen)))

    def hurry(self) -> None:
        """Let all read as fast as they can."""
        self.pause = 0.0

    async def stop(self) -> None:
        """Read no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, seen: dict[int, list[int]]) -> None:
        consumer: Any = AIOKafkaConsumer(
            **self._settings.kafka_options(), isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            name = topic_name(WARNINGS, self._settings)
            consumer.assign([TopicPartition(name, lane) for lane in seen])
            while True:
                fetched = await consumer.getmany(timeout_ms=200, max_records=AT_ONCE)
                for place, records in fetched.items():
                    seen[place.partition] += [record.offset for record in records]
                await asyncio.sleep(self.pause)
        finally:
            await consumer.stop()
