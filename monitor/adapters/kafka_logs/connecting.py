"""A consumer that belongs to no group, connected with patience; and the partitions that a topic has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.adapters.kafka_logs.markers import read_over_emptied
from monitor.brokers import MILLISECOND, on_brokers
from schemas.errors import ConfigError
from schemas.settings import Settings

read_over_emptied()

ONE_TRY = timedelta(seconds=10)


@asynccontextmanager
async def connected(
    settings: Settings, *, patience: timedelta | None = None, **options: Any
) -> AsyncIterator[Any]:
    """A consumer that reads committed, if `options` of aiokafka's don't say otherwise.

    `patience` is for how long to try to reach the broker; the setting's if not given. Raises `StoreUnavailable`, also
    for what fails inside, and `ConfigError` where a broker turns us away.
    """
    patience = patience or settings.broker_patience
    make = partial(_consumer, settings, patience, options)
    async with on_brokers(settings, make, methodcaller("start"), methodcaller("stop"), patience) as consumer:
        yield consumer


async def places_of(consumer: Any, topic: str) -> list[TopicPartition]:
    """The partitions of a topic. Asks for all topics: asking for one may make it. Raises `ConfigError`."""
    if topic not in await consumer.topics():
        remedy = (
            "`churn-monitor topics ensure` makes it; one that is there and not shown needs a right "
            "(`churn-monitor topics acls`)"
        )
        raise ConfigError("missing", where=f"topic {topic}", remedy=remedy)
    first = TopicPartition(topic, 0)
    consumer.assign([first])
    await consumer.beginning_offsets([first])  # aiokafka asks for the partitions of what is assigned
    return [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic))]


def _consumer(settings: Settings, patience: timedelta, options: dict[str, Any]) -> Any:
    usual = {
        "group_id": None,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "auto_offset_reset": "earliest",
        "request_timeout_ms": int(min(ONE_TRY, patience) / MILLISECOND),
    }
    return AIOKafkaConsumer(**settings.kafka_options(), **(usual | options))
