"""A consumer that belongs to no group, connected with patience; and the partitions that a topic has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import ConfigError, StoreUnavailable
from schemas.settings import Settings
from schemas.spans import told_span

UNREACHABLE = (KafkaError, OSError, TimeoutError, asyncio.TimeoutError)
ONE_TRY = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=5)
MILLISECOND = timedelta(milliseconds=1)


@asynccontextmanager
async def connected(
    settings: Settings, *, patience: timedelta | None = None, **options: Any
) -> AsyncIterator[Any]:
    """A consumer that reads committed, if `options` of aiokafka's don't say otherwise.

    `patience` is for how long to try to reach the broker; the setting's if not given. Raises `StoreUnavailable`, also
    for what fails inside.
    """
    patience = patience or settings.broker_patience
    trying = stamina.AsyncRetryingCaller(attempts=None, timeout=patience, wait_max=LONGEST_PAUSE)
    try:
        consumer = await trying.on(UNREACHABLE)(_try, settings, patience, options)
    except UNREACHABLE as error:
        remedy = "start it, or set `kafka` to where it is (CHURN_MONITOR_KAFKA)"
        problem = f"Kafka was not reached within {told_span(patience)}; {remedy}"
        raise StoreUnavailable(problem, address=settings.kafka) from error
    try:
        yield consumer
    except UNREACHABLE as error:
        raise StoreUnavailable(f"Kafka stopped answering: {error!r}", address=settings.kafka) from error
    finally:
        await consumer.stop()


async def places_of(consumer: Any, topic: str) -> list[TopicPartition]:
    """The partitions of a topic. Asks for all topics: asking for one may make it. Raises `ConfigError`."""
    if topic not in await consumer.topics():
        raise ConfigError("missing", where=f"topic {topic}", remedy="`churn-monitor topics ensure` makes it")
    first = TopicPartition(topic, 0)
    consumer.assign([first])
    await consumer.beginning_offsets([first])  # aiokafka asks for the partitions of what is assigned
    return [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic))]


async def _try(settings: Settings, patience: timedelta, options: dict[str, Any]) -> Any:
    usual = {
        "group_id": None,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "auto_offset_reset": "earliest",
        "request_timeout_ms": int(min(ONE_TRY, patience) / MILLISECOND),
    }
    consumer = AIOKafkaConsumer(**settings.kafka_options(), **(usual | options))
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()
        raise
    return consumer
