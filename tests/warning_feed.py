"""Warnings on a real topic: written in transactions, some of them aborted, so that offsets have gaps."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from monitor.adapters.kafka_logs import WarningLog
from schemas.settings import Settings
from schemas.streams import Entry, offset_of, stream_name


def warning(number: int, customer: str = "ada") -> bytes:
    """A warning event; its sequence tells it from others."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"0123456789abcdef-{number + 1}",
            "source": "/churn-monitor",
            "type": "warning.firing",
            "subject": customer,
            "time": f"2026-06-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "data": {
                "warning": "0123456789abcdef",
                "sequence": number + 1,
                "customer": customer,
                "rule": "purchase_overdue",
                "severity": "warning",
                "since": "2026-05-20T00:00:00Z",
                "title": "no order.placed for 42d",
                "evidence": {
                    "saw": "last order.placed on 2026-04-20",
                    "measure": "42d",
                    "threshold": "30d",
                    "origin": "customer",
                    "basis": "own rhythm of 7 gaps",
                },
                "resolves_when": "the next order.placed",
            },
        }
    ).encode()


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment of a child process that shall use the servers and the topics of these settings."""
    return os.environ | {
        "CHURN_MONITOR_KAFKA": settings.kafka,
        "CHURN_MONITOR_REDIS": settings.redis.get_secret_value(),
        "CHURN_MONITOR_TOPIC_PREFIX": settings.topic_prefix,
        "CHURN_MONITOR_APP_ID": settings.app_id,
        "CHURN_MONITOR_PARTITIONS": str(settings.partitions),
    }


class Feed:
    """Writes numbered warnings, round about the partitions."""

    def __init__(self, settings: Settings, producer: Any) -> None:
        self.settings = settings
        self.topic = f"{settings.topic_prefix}churn.warnings"
        self.written = 0
        self._producer = producer

    async def write(self, count: int, *, together: int = 10) -> None:
        """Write `count` warnings, `together` in a transaction; each third is followed by an aborted one."""
        for start in range(0, count, together):
            await self._transaction(min(together, count - start), commit=True)
            if start // together % 3 == 2:
                await self._transaction(together, commit=False)

    async def _transaction(self, count: int, *, commit: bool) -> None:
        await self._producer.begin_transaction()
        for number in range(self.written, self.written + count):
            partition = number % self.settings.partitions
            await self._producer.send(self.topic, warning(number), key=b"ada", partition=partition)
        if not commit:
            await self._producer.abort_transaction()
            return
        await self._producer.commit_transaction()
        self.written += count


@asynccontextmanager
async def feeding(settings: Settings) -> AsyncIterator[Feed]:
    """A feed for the warning topic of these settings, which must be there."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, transactional_id=f"{settings.topic_prefix}feed", linger_ms=5
    )
    await producer.start()
    try:
        yield Feed(settings, producer)
    finally:
        await producer.stop()


async def on_topic(settings: Settings) -> list[Entry]:
    """All warnings that stand on the topic, partition by partition."""
    log = WarningLog(settings)
    return [
        entry
        for partition in range(settings.partitions)
        async for entries in log.between(partition, 0, 10**9)
        for entry in entries
    ]


async def in_redis(settings: Settings) -> list[Entry]:
    """All warnings that stand in the streams, partition by partition."""
    return [
        Entry(partition, offset, fields[b"event"])
        for partition in range(settings.partitions)
        for offset, fields in await stream(settings, partition)
    ]


async def stream(settings: Settings, partition: int) -> list[tuple[int, dict[bytes, bytes]]]:
    """A stream's entries: their offsets and fields."""
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        entries: Any = await redis.xrange(stream_name(partition, settings))
    return [(offset_of(name) or 0, fields) for name, fields in entries]
