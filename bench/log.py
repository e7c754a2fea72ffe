"""Events onto the broker in bulk, and what is committed on its topics, read back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2

from bench.job import Told, time_passed_json
from schemas.settings import Settings
from schemas.topics import topic_name

BATCH = 1 << 18
LONGEST_POLL = 1_000  # milliseconds


async def load(settings: Settings, told: Iterable[Told]) -> None:
    """Put events on their topics in order, each customer's on one partition, as a Java producer would."""
    async with producing(settings, max_batch_size=BATCH) as producer:
        batches: dict[tuple[str, int], Any] = {}
        for topic, customer, value in told:
            key = customer.encode()
            place = topic_name(topic, settings), partition_of(key, settings)
            batch = batches.get(place) or batches.setdefault(place, producer.create_batch())
            if batch.append(key=key, value=value, timestamp=None) is None:
                await producer.send_batch(batch, place[0], partition=place[1])
                batches[place] = producer.create_batch()
                batches[place].append(key=key, value=value, timestamp=None)
        for (name, partition), batch in batches.items():
            await producer.send_batch(batch, name, partition=partition)


async def tell_time(settings: Settings, until: datetime) -> None:
    """Tell every partition that all is told up to `until`."""
    async with producing(settings) as producer:
        for partition in range(settings.partitions):
            value = time_passed_json(until, partition)
            await producer.send_and_wait(topic_name("clock", settings), value, partition=partition)


def partition_of(key: bytes, settings: Settings) -> int:
    """The partition that the default partitioner of Kafka's Java client chooses."""
    return int(murmur2(key) & 0x7FFFFFFF) % settings.partitions


@asynccontextmanager
async def producing(settings: Settings, **options: Any) -> AsyncIterator[Any]:
    """A plain producer; everything is sent when it is left."""
    producer = AIOKafkaProducer(**settings.kafka_options(), **options)
    await producer.start()
    try:
        yield producer
        await producer.flush()
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(settings: Settings, name: str) -> AsyncIterator[Any]:
    """A consumer of all partitions of one topic from its beginning, read committed."""
    consumer = AIOKafkaConsumer(**settings.kafka_options(), isolation_level="read_committed")
    await consumer.start()
    try:
        places = [TopicPartition(topic_name(name, settings), each) for each in range(settings.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        yield consumer
    finally:
        await consumer.stop()


async def polled(consumer: Any) -> list[bytes]:
    """The values that came, or none when nothing came for a while; each partition's are in order."""
    fetched = await consumer.getmany(timeout_ms=LONGEST_POLL)
    return [record.value for records in fetched.values() for record in records]


async def committed(settings: Settings, name: str) -> list[bytes]:
    """All values that a topic holds now."""
    values: list[bytes] = []
    async with reading(settings, name) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            values += await polled(consumer)
    return values
