"""Dead letters told again: put back on their inputs, each once, whoever else tries the same at that time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from monitor.adapters.kafka_logs.loading import LARGEST_REQUEST
from monitor.adapters.kafka_logs.reading import LogReader, Show
from monitor.brokers import reaching
from schemas.dead_letters import RETRY_OF
from schemas.letters import Origin
from schemas.settings import Settings

CLOCKS_DIFFER = timedelta(hours=1)
"""By how much the clock of whoever wrote a second try may lie behind that of whoever wrote the dead letter."""


class Retrial(NamedTuple):
    """A record that goes back to `topic`, named as on the broker."""

    of: Origin
    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class Retrier:
    """Puts records back. While it is open every other one for the same app is shut out: its writes fail."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    async def put_back(self, retrials: Sequence[Retrial]) -> list[Origin]:
        """Write all of these or none; where each stands now."""
        async with self._producer.transaction():
            sent = [await self._send(each) for each in retrials]
            told = [await each for each in sent]
        return [Origin(each.topic, each.partition, each.offset) for each in told]

    async def _send(self, each: Retrial) -> Any:
        headers = [*each.headers, (RETRY_OF, str(each.of).encode())]
        return await self._producer.send(each.topic, each.value, each.key, each.partition, headers=headers)


@asynccontextmanager
async def retrying(settings: Settings) -> AsyncIterator[Retrier]:
    """The one retrier of this app. Raises `StoreUnavailable`, also where another one has shut this one out."""
    rest = "`dead-letters list --open` shows what was not put back"
    with reaching(settings, f"Kafka takes no more; {rest}"):
        async with AIOKafkaProducer(
            **settings.kafka_options(),
            transactional_id=f"{settings.app_id}-dead-letters",
            max_request_size=max(LARGEST_REQUEST, 2 * settings.max_event_bytes),
        ) as producer:
            yield Retrier(producer)


async def retried(
    reader: LogReader, topics: Sequence[str], since: datetime, begin: Callable[[str], Show]
) -> set[str]:
    """The origins of which a second try stands on these inputs (names without prefix), written since a moment."""
    found: set[str] = set()
    for topic in topics:
        places = await reader.partitions(topic)
        async for records in reader.since(topic, places, since - CLOCKS_DIFFER, begin(topic)):
            for record in records:
                found |= {value.decode() for name, value in record.headers if name == RETRY_OF}
    return found
