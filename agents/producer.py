"""A lane's transactions on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from agents.owner import CHANGELOG
from monitor.engine.outputs import Output
from schemas.settings import Settings
from schemas.topics import CHANGELOG as CHANGELOG_TOPIC
from schemas.topics import lane_writer, topic_name

TRANSACTION_TIMEOUT = timedelta(seconds=20)
"""After this the broker gives up a transaction that its owner left open."""

CLOSING = timedelta(seconds=2)
BATCH = 1 << 18
"""Bytes of a batch; a record that is larger goes in one of its own."""


class KafkaProducer:
    """The transactional producer of one lane of an app; `await start()` fences all earlier ones."""

    def __init__(self, settings: Settings, partition: int) -> None:
        self._settings = settings
        self._partition = partition
        self._producer = AIOKafkaProducer(
            **settings.kafka_options(),
            transactional_id=lane_writer(partition, settings),
            transaction_timeout_ms=int(TRANSACTION_TIMEOUT.total_seconds() * 1000),
            max_batch_size=BATCH,
        )

    async def start(self) -> None:
        """Settle what earlier owners of the lane left open, and fence them."""
        await self._producer.start()

    async def begin(self) -> None:
        await self._producer.begin_transaction()

    async def write(self, topic: str, records: Sequence[Output]) -> int:
        name = topic_name(CHANGELOG_TOPIC if topic == CHANGELOG else topic, self._settings)
        sent = [
            (await self._producer.send_batch(batch, name, partition=self._partition), count)
            for batch, count in self._batches(records)
        ]
        told = await asyncio.gather(*(future for future, _ in sent))
        return int(told[-1].offset) + sent[-1][1] - 1

    async def commit(self, applied: Mapping[str, int]) -> None:
        offsets = {
            TopicPartition(topic_name(name, self._settings), self._partition): position
            for name, position in applied.items()
        }
        await self._producer.send_offsets_to_transaction(offsets, self._settings.app_id)
        await self._producer.commit_transaction()

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._producer.stop(), CLOSING.total_seconds())
        except Exception:  # noqa: BLE001  a fenced or broken producer may not stop cleanly: nobody uses it any more
            return

    def _batches(self, records: Iterable[Output]) -> Iterable[tuple[Any, int]]:
        batch, count = self._producer.create_batch(), 0
        for record in records:
            if not _appended(batch, record):
                yield batch, count
                batch, count = self._producer.create_batch(), 0
                _appended(batch, record)  # the first record always fits
            count += 1
        batch.close()
        yield batch, count


def _appended(batch: Any, record: Output) -> bool:
    """Put the record into the batch; False where the batch is full."""
    headers = list(record.headers)  # aiokafka takes nothing but a list
    placed = batch.append(key=record.key, value=record.value, headers=headers, timestamp=None)
    return placed is not None
