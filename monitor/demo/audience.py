"""Who watches the play: a reader of the topics that workers write, and a subscriber of the Redis streams."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from monitor.adapters.redis_streams import StreamReader
from monitor.demo.seen import Seen
from schemas.errors import StoreUnavailable
from schemas.settings import Settings
from schemas.streams import WARNINGS, Entry
from schemas.topics import DEAD_LETTERS, topic_name

STEPS = "churn.steps"
GLANCE = timedelta(milliseconds=200)


class Reader:
    """Reads what is committed of steps, warnings and dead letters into `seen`. Raises `StoreUnavailable`."""

    def __init__(self, settings: Settings, seen: Seen) -> None:
        self._settings = settings
        self._seen = seen
        self._names = {topic_name(name, settings): name for name in (STEPS, WARNINGS, DEAD_LETTERS)}
        self._places = [TopicPartition(name, p) for name in self._names for p in range(settings.partitions)]
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(
            **self._settings.kafka_options(),
            group_id=None,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def follow(self) -> None:
        """Read what comes, for ever."""
        while True:
            await self.read()

    async def read_to_end(self) -> None:
        """Read everything that is there by now."""
        ends = await self._consumer.end_offsets(self._places)
        while [place for place in self._places if await self._consumer.position(place) < ends[place]]:
            await self.read()

    async def read(self) -> None:
        """Take in what comes within a glance."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=int(GLANCE / timedelta(milliseconds=1)))
        except KafkaError as error:
            raise StoreUnavailable(f"Kafka can't be read: {error!r}", address=self._settings.kafka) from error
        self._take_in(fetched)

    def _take_in(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        take = {STEPS: self._seen.step, WARNINGS: self._seen.warning}
        for place, records in fetched.items():
            name = self._names[place.topic]
            for record in records:
                if name == DEAD_LETTERS:
                    self._seen.letter(record.headers)
                else:
                    take[name](record.value)


async def subscribe(settings: Settings, seen: Seen) -> None:
    """Follow the streams as any subscriber would, and note which warnings came, for ever."""
    reader = StreamReader(settings)
    try:
        await reader.begin(from_beginning=True)
        async with aclosing(reader.parts()) as incoming:
            async for parts in incoming:
                seen.in_redis.update(
                    json.loads(each.event)["id"] for each in parts if isinstance(each, Entry)
                )
    finally:
        await reader.close()
