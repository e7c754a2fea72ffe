"""Topics of a test's own, what is told on them, and what the workers on them wrote.

Whoever reads here reads committed. A wait that fails shows what was missing and the workers' logs.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from monitor.adapters.partitioners import belongs_to
from monitor.local import Servers
from schemas.settings import Settings, load_settings
from schemas.topics import topic_name
from tests.stack.steps import Step
from tests.stack.workers import COMMAND, GLANCE, PATIENCE, SHOWN, Worker, as_environment

INPUTS = ("orders", "tickets", "contacts", "clock")
OUTPUTS = ("churn.warnings", "churn.warnings.standing", "churn.dead-letters", "churn.steps")


class Told(NamedTuple):
    """One record to produce; without a partition, the default partitioner (murmur2) chooses."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None


class Stage:
    """Topics and settings of one test's own, and the workers that run on them."""

    def __init__(self, folder: Path, environment: dict[str, str], producer: Any, consumer: Any) -> None:
        self.settings: Settings = load_settings(environ=environment)
        self.folder = folder
        self.environment = environment
        self.workers: list[Worker] = []
        self._producer = producer
        self._consumer = consumer
        self._read: dict[str, list[Any]] = {topic: [] for topic in OUTPUTS}
        self._ids = count(1)
        consumer.assign([place for topic in OUTPUTS for place in self._places(topic)])

    def start(self, name: str = "worker", **settings: object) -> Worker:
        """Start a worker; the same name again goes on with what that one has stored."""
        more = as_environment({"data_dir": self.folder / name, **settings})
        worker = Worker(name, self.folder, self.environment | more)
        self.workers.append(worker)
        return worker

    async def share(self, *names: str, within: timedelta = PATIENCE) -> list[Worker]:
        """Start workers, and wait until together they own all lanes and none owns nothing."""
        workers = [self.start(name) for name in names]
        until = time.monotonic() + within.total_seconds()
        while not all(owned := [worker.lanes() for worker in workers]) or (
            sorted(chain.from_iterable(owned)) != list(range(self.settings.partitions))
        ):
            self._go_on_waiting(until, f"lanes owned: {owned}")
            await asyncio.sleep(GLANCE)
        return workers

    def end_all(self) -> None:
        """Leave nothing running."""
        for worker in self.workers:
            if not worker.has_ended():
                worker.kill()

    def customers(self, partition: int) -> Iterator[str]:
        """Names without end that the default partitioner puts on this partition."""
        belongs = belongs_to(partition, self.settings.partitions, "murmur2")
        names = (f"customer-{number}" for number in self._ids)
        return (name for name in names if belongs(name.encode()))

    async def tell(self, *records: Told) -> None:
        """Produce records one by one, and return when the broker has them all."""
        sent = [
            await self._producer.send(
                self._name(each.topic), each.value, each.key, each.partition, headers=list(each.headers)
            )
            for each in records
        ]
        await asyncio.gather(*sent)

    async def tell_batch(self, topic: str, partition: int, records: Iterable[Told]) -> None:
        """Produce records of one partition as one batch."""
        batch = self._producer.create_batch()
        for each in records:
            assert batch.append(key=each.key, value=each.value, headers=list(each.headers), timestamp=None), (
                "the batch is full"
            )
        await (await self._producer.send_batch(batch, self._name(topic), partition=partition))

    async def pass_time(self, until: datetime) -> None:
        """Say on every partition of the clock topic that time has passed up to and including `until`."""
        told = {"specversion": "1.0", "id": f"until-{until.isoformat()}", "source": "/tests"}
        told |= {"type": "time.passed", "time": until.isoformat()}
        value = json.dumps({**told, "data": {"until": until.isoformat()}}).encode()
        partitions = range(self.settings.partitions)
        await self.tell(*(Told("clock", None, value, (), partition) for partition in partitions))

    async def read(self, topic: str) -> list[Any]:
        """All records that stand committed on an output, partition by partition in order."""
        await self._read_on()
        return self._read[topic]

    async def warnings(self) -> list[dict[str, Any]]:
        """All warning events so far."""
        return [json.loads(record.value) for record in await self.read("churn.warnings")]

    async def steps(self) -> list[Step]:
        """All steps so far."""
        return [json.loads(record.value) for record in await self.read("churn.steps")]

    async def counts(self) -> dict[str, int]:
        """What all steps counted, by name."""
        counted: dict[str, int] = {}
        for step in await self.steps():
            for name, number in step["counts"].items():
                counted[name] = counted.get(name, 0) + number
        return counted

    async def applied(self, *, within: timedelta = PATIENCE) -> None:
        """Wait until steps have covered all that stands on the inputs now."""
        ends = await self._ends(INPUTS)
        until = time.monotonic() + within.total_seconds()
        while missing := {at: end for at, end in ends.items() if (await self._positions()).get(at, 0) < end}:
            self._go_on_waiting(until, f"not applied yet, up to: {missing}")
            await asyncio.sleep(GLANCE)

    async def warned(self, number: int, *, within: timedelta = PATIENCE) -> list[dict[str, Any]]:
        """Wait until there are this many warning events or more, and return them all."""
        until = time.monotonic() + within.total_seconds()
        while len(told := await self.warnings()) < number:
            self._go_on_waiting(until, f"{len(told)} of {number} warning events: {told}")
            await asyncio.sleep(GLANCE)
        return told

    def _go_on_waiting(self, until: float, what: str) -> None:
        """Fail with what is missing if the time is up or all workers have ended."""
        if time.monotonic() < until and not all(worker.has_ended() for worker in self.workers):
            return
        logs = "\n".join(f"--- {each.name}\n{each.log()[-SHOWN:]}" for each in self.workers)
        pytest.fail(f"{what}\n{logs}")

    async def _positions(self) -> dict[tuple[str, int], int]:
        """How far each input has been applied."""
        reached: dict[tuple[str, int], int] = {}
        for step in await self.steps():
            for name, (_, end) in step["ranges"].items():
                place = name, step["partition"]
                reached[place] = max(reached.get(place, 0), end)
        return reached

    async def _ends(self, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        names = {self._name(topic): topic for topic in topics}
        ends = await self._consumer.end_offsets([at for topic in topics for at in self._places(topic)])
        return {(names[place.topic], place.partition): end for place, end in ends.items()}

    async def _read_on(self) -> None:
        names = {self._name(topic): topic for topic in OUTPUTS}
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        while [place for place, end in ends.items() if await self._consumer.position(place) < end]:
            for place, records in (await self._consumer.getmany(timeout_ms=100)).items():
                self._read[names[place.topic]] += records

    def _places(self, topic: str) -> list[TopicPartition]:
        name = self._name(topic)
        return [TopicPartition(name, partition) for partition in range(self.settings.partitions)]

    def _name(self, topic: str) -> str:
        return topic_name(topic, self.settings)


@asynccontextmanager
async def staged(
    servers: Servers, prefix: str, folder: Path, rules: str, **settings: object
) -> AsyncIterator[Stage]:
    """Topics made by `churn-monitor topics ensure`, and at the end no worker left."""
    path = folder / "rules.yaml"
    path.write_text(rules)
    environment = as_environment(
        {
            "kafka": servers.kafka,
            "topic_prefix": prefix,
            "app_id": f"{prefix}app",
            "partitions": 2,
            "rules": path,
            **settings,
        }
    )
    ensuring = await asyncio.create_subprocess_exec(
        *COMMAND, "topics", "ensure", env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    assert await ensuring.wait() == 0
    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(bootstrap_servers=servers.kafka, linger_ms=5)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=servers.kafka,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
        )
        for client in (producer, consumer):
            await client.start()
            stack.push_async_callback(client.stop)
        stage = Stage(folder, environment, producer, consumer)
        stack.callback(stage.end_all)
        yield stage
