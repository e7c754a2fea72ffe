"""Plays records to the inputs, at a pace that leads through all their time within a given while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from monitor.demo.plays import Delivery, PartitionOf, Play
from monitor.engine.merge import END_OF_TIME
from schemas.clock import Passage, TimePassed
from schemas.errors import StoreUnavailable
from schemas.settings import Settings
from schemas.topics import topic_name

TICK = timedelta(milliseconds=50)
TOLD_TIMES = 120
"""How often a play with gaps is told that time has passed, beside the end."""

Now = Callable[[], datetime]


def partitions_by(count: int) -> PartitionOf:
    """Where the producer's own partitioner (murmur2) puts a key; what has none goes to the first."""
    every, choose = list(range(count)), DefaultPartitioner()
    return lambda key: 0 if key is None else int(choose(key, every, every))


class Player:
    """Sends one play, and time with it; `sent` counts its records. Raises `StoreUnavailable`."""

    def __init__(self, settings: Settings, play: Play, length: timedelta, now: Now) -> None:
        self.sent = 0
        self.done = False
        self._settings = settings
        self.piece = play
        self._length = length
        self._now = now
        self._told = play.span.begin
        self._partition_of = partitions_by(settings.partitions)
        self._names = {
            name: topic_name(name, settings) for name in ("orders", "tickets", "contacts", "clock")
        }
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            **self._settings.kafka_options(), enable_idempotence=True, linger_ms=5
        )
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def open(self) -> None:
        """Let time pass up to the beginning: a lane that is ready answers with a step."""
        await self._pass_to(self.piece.span.begin)

    async def play(self) -> None:
        """Send everything, each record when its moment has come, and then let time pass to the end."""
        try:
            await self._play_all()
        except KafkaError as error:
            raise StoreUnavailable(
                f"Kafka takes no records: {error!r}", address=self._settings.kafka
            ) from error

    async def _play_all(self) -> None:
        deliveries, started = self.piece.deliveries, self._now()
        while self.sent < len(deliveries):
            moment = self._moment(self._now() - started)
            while self.sent < len(deliveries) and deliveries[self.sent].arrives <= moment:
                await self._send(deliveries[self.sent])
                self.sent += 1
            await self._fill_gaps(moment)
            await asyncio.sleep(TICK.total_seconds())
        await self._pass_to(self.piece.span.until)
        self.done = True

    def _moment(self, elapsed: timedelta) -> datetime:
        """The play's own time after so long; when its length is over, nothing is held back any more."""
        begin, until = self.piece.span
        return begin + (until - begin) * (elapsed / self._length) if elapsed < self._length else END_OF_TIME

    async def _fill_gaps(self, moment: datetime) -> None:
        begin, until = self.piece.span
        if not self.piece.gapless and moment - self._told > (until - begin) / TOLD_TIMES and moment < until:
            await self._pass_to(moment)
            self._told = moment

    async def _send(self, delivery: Delivery) -> None:
        await self._producer.send(
            self._names[delivery.input],
            delivery.value,
            key=delivery.key,
            partition=self._partition_of(delivery.key),
        )

    async def _pass_to(self, until: datetime) -> None:
        """Tell every lane that time has passed, once all that belongs before is on the log."""
        await self._producer.flush()
        passed = TimePassed(
            specversion="1.0",
            id=f"until-{until.isoformat()}",
            source="/demo",
            type="time.passed",
            time=until,
            data=Passage(until=until),
        )
        for partition in range(self._settings.partitions):
            await self._producer.send_and_wait(
                self._names["clock"], passed.model_dump_json().encode(), partition=partition
            )
