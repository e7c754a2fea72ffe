"""The offsets of a consumer group, as operators' tools show them."""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import TopicPartition

from monitor.adapters.kafka_logs.connecting import connected
from schemas.settings import Settings
from schemas.topics import topic_name


async def group_offsets(settings: Settings, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """What the detecting group has committed, by topic (without prefix) and partition; 0 for nothing yet.

    Raises `StoreUnavailable`.
    """
    async with connected(settings, group_id=settings.app_id) as consumer:
        places = [(topic, lane) for topic in topics for lane in range(settings.partitions)]
        return {
            (topic, lane): await consumer.committed(TopicPartition(topic_name(topic, settings), lane)) or 0
            for topic, lane in places
        }


async def lanes_begun(settings: Settings, topics: Iterable[str]) -> set[int]:
    """The lanes that have applied anything, as far as the group's offsets tell: brokers forget those of idle groups."""
    return {lane for (_, lane), offset in (await group_offsets(settings, topics)).items() if offset}
