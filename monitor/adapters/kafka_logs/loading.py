"""Events of files put on the input topics, each where a producer would have put it, and none twice.

What stands there already is known by its source and id, as far back as the topics go: so a load that broke off is
gone on with by loading again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from xxhash import xxh3_64_intdigest

from monitor.adapters.kafka_logs.reading import Record, Show, reading
from monitor.brokers import reaching
from schemas.binding import CONTENT_TYPE, STRUCTURED
from schemas.settings import Settings
from schemas.steps import StepRecord
from schemas.topics import topic_name

STEPS = "churn.steps"
FACT_TOPICS = ("orders", "tickets", "contacts")
HEADERS = [(CONTENT_TYPE, f"{STRUCTURED}+json; charset=UTF-8".encode())]
LINGER_MS = 20
LARGEST_REQUEST = 1 << 20
IN_FLIGHT = 20_000
"""Records handed to the producer before it is waited for, so that a failure is seen soon."""

Home = Callable[[bytes, int], int]
"""Gives the partition of a key, of so many."""


class Loadable(NamedTuple):
    """An event as it stands in a file, the topic and customer that it belongs to, and what CloudEvents names it by."""

    topic: str
    customer: str
    value: bytes
    source: str
    id: str


class Known(NamedTuple):
    """What stands on the topics already, how many partitions each has, and how far the first of the lanes has come.

    `clock` is None where no worker has ever run.
    """

    marks: set[int]
    partitions: Mapping[str, int]
    clock: datetime | None


class _Name(msgspec.Struct):
    source: str
    id: str


_name = msgspec.json.Decoder(_Name).decode


async def known_events(settings: Settings, begin: Callable[[str], Show]) -> Known:
    """What stands on the input topics; `begin` makes a bar for each. Raises `ConfigError`, `StoreUnavailable`."""
    marks: set[int] = set()
    counts: dict[str, int] = {}
    async with reading(settings) as reader:
        for topic in FACT_TOPICS:
            partitions = await reader.partitions(topic)
            counts[topic] = len(partitions)
            async for records in reader.whole(topic, partitions, begin(topic)):
                marks.update(mark for record in records if (mark := _mark(record)) is not None)
        clocks = [_clock(last) for last in (await reader.newest(STEPS, range(counts["orders"]))).values()]
    return Known(marks, counts, max(filter(None, clocks), default=None))


class Loader:
    """Puts events on their topics; `counts` are those sent, by topic, and those that stood there (`known`)."""

    def __init__(self, settings: Settings, known: Known, home: Home, producer: Any) -> None:
        self.counts = Counter[str]()
        self._names = {topic: topic_name(topic, settings) for topic in FACT_TOPICS}
        self._home = home
        self._known = known
        self._producer = producer
        self._waiting: list[Any] = []

    async def load(self, events: Iterable[Loadable]) -> None:
        """Send these events, in their order."""
        for event in events:
            mark = _mark_of(event.source, event.id)
            if mark in self._known.marks:
                self.counts["known"] += 1
                continue
            self._known.marks.add(mark)
            self._waiting.append(await self._send(event))
            self.counts[event.topic] += 1
            if len(self._waiting) >= IN_FLIGHT:
                await self.finish()

    async def _send(self, event: Loadable) -> Any:
        key = event.customer.encode()
        home = self._home(key, self._known.partitions[event.topic])
        return await self._producer.send(self._names[event.topic], event.value, key, home, headers=HEADERS)

    async def finish(self) -> None:
        """Wait until all copies have all that was sent."""
        waiting, self._waiting = self._waiting, []
        for sent in waiting:
            await sent


@asynccontextmanager
async def loading(settings: Settings, known: Known, home: Home) -> AsyncIterator[Loader]:
    """A loader, of which all that it was given stands on the topics in the end; `home` says on which partition.

    Raises `StoreUnavailable`.
    """
    with reaching(settings, "Kafka takes no records"):
        async with AIOKafkaProducer(
            **settings.kafka_options(),
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            max_request_size=max(LARGEST_REQUEST, 2 * settings.max_event_bytes),
        ) as producer:
            loader = Loader(settings, known, home, producer)
            yield loader
            await loader.finish()


def _mark_of(source: str, event_id: str) -> int:
    return xxh3_64_intdigest((source + "\0" + event_id).encode())


def _mark(record: Record) -> int | None:
    """The mark of a record that holds its event whole, as a load writes them."""
    try:
        name = _name(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return _mark_of(name.source, name.id)


def _clock(record: Record) -> datetime | None:
    return StepRecord.model_validate_json(record.value or b"").clock
