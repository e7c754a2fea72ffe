"""The contract of the log on the real Kafka, by the producer of our lanes, on a broker that forgets and cleans soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import KafkaError

from agents import producer as producers
from agents.owner import CHANGELOG
from agents.producer import KafkaProducer
from monitor.adapters.kafka_logs import group_offsets
from monitor.engine.outputs import WARNINGS
from monitor.local import program
from monitor.local.kafka import Kafka
from monitor.local.ports import HOST
from monitor.local.processes import Process
from schemas.settings import Settings
from schemas.topics import CHANGELOG as CHANGELOG_TOPIC
from schemas.topics import topic_name
from tests.contracts.logs import Log, LogContract, Read

PATIENCE = timedelta(seconds=30)
GLANCE = 0.1
TRANSACTION = timedelta(seconds=2)
MEMORY = timedelta(seconds=5)
"""After this the broker forgets a transactional id; no test but one lets a producer rest for so long."""

SOON = f"""
transaction.abort.timed.out.transaction.cleanup.interval.ms=300
transaction.remove.expired.transaction.cleanup.interval.ms=500
transactional.id.expiration.ms={MEMORY // timedelta(milliseconds=1)}
log.cleaner.backoff.ms=200
"""
CLEANED = {
    "cleanup.policy": "compact,delete",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.001",
    "delete.retention.ms": "100",
    "retention.ms": "-1",
}


class HastyKafka(Kafka):
    """Kafka that waits for nothing long."""

    def properties(self, ports: Sequence[int], home: Path) -> str:
        return super().properties(ports, home) + SOON


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    ports: list[int] = []

    def noted(chosen: list[int], _: Process) -> None:
        ports[:] = chosen

    process = program.start(HastyKafka(), tmp_path_factory.mktemp("kafka"), began=noted)
    try:
        yield f"{HOST}:{ports[0]}"
    finally:
        process.stop()


class KafkaLog:
    """The port over the real broker."""

    refusal: type[Exception] = KafkaError

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writers: list[KafkaProducer] = []

    async def writer(self, name: str = "a") -> KafkaProducer:
        writer = KafkaProducer(self._of(name), 0)
        self._writers.append(writer)
        await writer.start()
        return writer

    async def tell(self, *keys: str, value: bytes | None = b"x") -> None:
        async with AIOKafkaProducer(**self._settings.kafka_options()) as plain:
            batch = plain.create_batch()
            for key in keys:
                batch.append(key=key.encode(), value=value, timestamp=None)
            batch.close()
            await (await plain.send_batch(batch, self._name(WARNINGS), partition=0))

    async def read(self, start: int = 0, *, topic: str = WARNINGS, committed: bool = True) -> Read:
        place = TopicPartition(self._name(topic), 0)
        async with self._consumer(committed=committed) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            end = (await consumer.end_offsets([place]))[place]
            keys: dict[int, str] = {}
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(place, timeout_ms=200)).get(place, ()):
                    keys[record.offset] = (record.key or b"").decode()
            return Read(keys, await consumer.position(place))

    async def bounds(self) -> tuple[int, int]:
        return await self._start(), await self._end(WARNINGS)

    async def applied(self, name: str = "a") -> int:
        return (await group_offsets(self._of(name), ["orders"]))["orders", 0]

    async def settled(self) -> None:
        for topic in (WARNINGS, CHANGELOG):
            await eventually(lambda topic=topic: self._is_settled(topic))  # type: ignore[misc]

    async def out_of_patience(self) -> None:
        await asyncio.sleep(TRANSACTION.total_seconds())
        await self.settled()

    async def forgotten(self) -> None:
        await asyncio.sleep((MEMORY + timedelta(seconds=2)).total_seconds())

    async def compacted(self) -> None:
        """A segment is cleaned when a younger one has begun; what makes it begin has keys that are nobody's."""
        await asyncio.sleep(0.15)
        await self.tell("")
        await asyncio.sleep(0.15)
        await self.tell("")
        await asyncio.sleep(1.5)

    async def retained_from(self, offset: int) -> None:
        place = TopicPartition(self._name(WARNINGS), 0)
        async with AdminClient(self._settings.kafka) as admin:
            await admin.delete_records({place: RecordsToDelete(before_offset=offset)})

    async def make(self) -> None:
        """Make the topics; that of the warnings is cleaned soon."""
        topics = {WARNINGS: CLEANED, CHANGELOG: {}, "orders": {}}
        async with AdminClient(self._settings.kafka) as admin:
            await admin.create_topics(
                [NewTopic(self._name(name), 1, 1, topic_configs=each) for name, each in topics.items()]
            )

    async def close(self) -> None:
        await asyncio.gather(*(writer.close() for writer in self._writers))

    async def _is_settled(self, topic: str) -> bool:
        return await self._end(topic) == await self._end(topic, committed=False)

    async def _end(self, topic: str, *, committed: bool = True) -> int:
        place = TopicPartition(self._name(topic), 0)
        async with self._consumer(committed=committed) as consumer:
            return int((await consumer.end_offsets([place]))[place])

    async def _start(self) -> int:
        place = TopicPartition(self._name(WARNINGS), 0)
        async with self._consumer(committed=True) as consumer:
            return int((await consumer.beginning_offsets([place]))[place])

    def _consumer(self, *, committed: bool) -> Any:
        return AIOKafkaConsumer(
            **self._settings.kafka_options(),
            isolation_level="read_committed" if committed else "read_uncommitted",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )

    def _of(self, name: str) -> Settings:
        return self._settings.model_copy(update={"app_id": f"{self._settings.topic_prefix}{name}"})

    def _name(self, topic: str) -> str:
        return (
            topic_name(CHANGELOG_TOPIC, self._of("a"))
            if topic == CHANGELOG
            else topic_name(topic, self._settings)
        )


class AdminClient(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka carries no types
    """Kafka's administration, for as long as a block lasts."""

    def __init__(self, address: str) -> None:
        super().__init__(bootstrap_servers=address)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < PATIENCE.total_seconds(), "it never came true"
        await asyncio.sleep(GLANCE)


class TestKafkaLog(LogContract):
    @pytest.fixture
    async def log(self, broker: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Log]:
        monkeypatch.setattr(producers, "TRANSACTION_TIMEOUT", TRANSACTION)
        log = KafkaLog(Settings(kafka=broker, topic_prefix=prefix, partitions=1))
        await log.make()
        yield log
        await log.close()
