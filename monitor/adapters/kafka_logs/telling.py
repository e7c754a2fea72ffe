"""Telling a lane something, and hearing what came of it.

The proof that a command was applied is the step that covers its offset. All that the step told stands on the topics
then, committed or about to be: a transaction's markers reach its partitions one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition

from monitor.adapters.kafka_logs.connecting import connected, places_of
from monitor.adapters.kafka_logs.reading import PATIENCE, Record
from monitor.brokers import MILLISECOND, reaching
from schemas.binding import structured
from schemas.cloudevents import CloudEvent
from schemas.settings import Settings
from schemas.steps import StepRecord
from schemas.topics import DEAD_LETTERS, topic_name

COMMANDS = "commands"
WARNINGS, REJECTIONS, STEPS = "churn.warnings", "churn.rejections", "churn.steps"
ANSWERS = (WARNINGS, REJECTIONS, DEAD_LETTERS, STEPS)
"""Where a lane says what came of a command."""

GLANCE = timedelta(milliseconds=200)


class Answer(NamedTuple):
    """What a lane has told since a command, by topic; `applied` is False if it was not seen to be applied in time.

    The command stands at `offset` of `partition`.
    """

    partition: int
    offset: int
    applied: bool
    told: Mapping[str, Sequence[Record]]


async def tell(
    settings: Settings, command: CloudEvent, home: Callable[[int], int], *, within: timedelta
) -> Answer:
    """Put a command on its topic, and wait until a lane has applied it, for so long at most.

    `home` gives the command's partition, of so many. Raises `ConfigError` where a topic is missing, `StoreUnavailable`.
    """
    patience = min(PATIENCE, settings.broker_patience)
    async with connected(settings, patience=patience) as consumer:
        partition = home(len(await places_of(consumer, topic_name(COMMANDS, settings))))
        listener = await _listening(settings, consumer, partition)
        offset = await publish(settings, COMMANDS, command, partition)
        try:
            async with asyncio.timeout(within.total_seconds()):
                await listener.hear_of(offset)
                await listener.hear_out(settings)
        except TimeoutError:
            return Answer(partition, offset, applied=False, told=listener.told)
        return Answer(partition, offset, applied=True, told=listener.told)


async def publish(settings: Settings, topic: str, event: CloudEvent, partition: int) -> int:
    """Put an event on a topic, given by its name without prefix; returns its offset when all copies have it.

    Raises `StoreUnavailable`.
    """
    headers, value = structured(event)
    with reaching(settings, "Kafka did not take what was told"):
        async with AIOKafkaProducer(
            **settings.kafka_options(), acks="all", enable_idempotence=True
        ) as producer:
            sent = await producer.send_and_wait(
                topic_name(topic, settings), value, event.subject.encode(), partition, headers=headers
            )
    return int(sent.offset)


class _Listener:
    """Reads what one lane tells from now on, read committed."""

    def __init__(self, consumer: Any, places: dict[TopicPartition, str]) -> None:
        self.told: dict[str, list[Record]] = {topic: [] for topic in places.values()}
        self._consumer = consumer
        self._places = places

    async def hear_of(self, offset: int) -> None:
        """Listen until a step has applied the command at this offset."""
        steps = self.told[STEPS]
        heard = 0
        while not any(_has_applied(record, offset) for record in steps[heard:]):
            heard = len(steps)
            await self._hear()

    async def hear_out(self, settings: Settings) -> None:
        """Listen until all that is written by now was heard, or given up by its writer."""
        async with connected(settings, isolation_level="read_uncommitted") as other:
            ends = await other.end_offsets(list(self._places))
        while any([await self._consumer.position(place) < end for place, end in ends.items()]):
            await self._hear()

    async def _hear(self) -> None:
        fetched = await self._consumer.getmany(timeout_ms=int(GLANCE / MILLISECOND))
        for place, records in fetched.items():
            self.told[self._places[place]] += records


async def _listening(settings: Settings, consumer: Any, partition: int) -> _Listener:
    names = {topic: topic_name(topic, settings) for topic in ANSWERS}
    for name in names.values():
        await places_of(consumer, name)
    places = {TopicPartition(name, partition): topic for topic, name in names.items()}
    consumer.assign(list(places))
    for place, end in (await consumer.end_offsets(list(places))).items():
        consumer.seek(place, end)
    return _Listener(consumer, places)


def _has_applied(record: Record, offset: int) -> bool:
    step = StepRecord.model_validate_json(record.value or b"")
    return COMMANDS in step.ranges and step.ranges[COMMANDS].end > offset
