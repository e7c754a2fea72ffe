"""All that is private of Faust 0.15.3 and aiokafka 0.14: batches instead of messages, positions that are ours.

Belongs here: every subclass and underscore of theirs (docs/decisions/0002). Nothing else in the project may use one.
Read the diff of both libraries before raising their versions.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import faust
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer import sender
from aiokafka.structs import OffsetAndMetadata
from faust.serializers.schemas import Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.changelogs import Reading
from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs.markers import read_over_emptied
from monitor.adapters.topics import ask_ids
from monitor.engine.fetched import DAWN, Record

log = structlog.get_logger()

POLL = timedelta(milliseconds=200)
"""How long to wait for records before looking whether the ends of the logs were told anew."""

LONGEST_WAIT = timedelta(milliseconds=500)
"""How long a broker may hold back an answer that has no records."""

BETWEEN_TRANSACTIONS = timedelta(milliseconds=5)
"""How long a producer waits before it asks again whether its last transaction is settled; aiokafka waits 20 ms."""

sender.BACKOFF_OVERRIDE = BETWEEN_TRANSACTIONS.total_seconds()
read_over_emptied()


class Batch(NamedTuple):
    """One answer for one partition: the records from position `start` on, `next` after them, the log's stable `end`.

    `asked` is a moment not later than when the broker was asked; `records` may be empty.
    """

    topic: str
    partition: int
    start: int
    records: Sequence[Record]
    next: int
    end: int
    asked: datetime


Positions = Mapping[tuple[str, int], int]


class BatchApp(faust.App):
    """A Faust app whose agents get `Batch`es, read committed, and whose positions are its owner's.

    `positions` is asked, whenever Faust would go to the group's offsets, from where each partition is to be read.
    """

    def __init__(
        self, *args: Any, positions: Callable[[], Positions], clock: WallClock, **options: Any
    ) -> None:
        self.positions = positions
        self.clock = clock
        self.bundled = frozenset[str]()
        super().__init__(*args, **options)

    def inputs(self, *topics: str, partitions: int | None = None, together: bool = False) -> Any:
        """Topics to read as lists of batches; Faust neither tracks nor commits what is read from them.

        A list holds one batch, or with `together` all of a poll: cheaper, for who takes old ones for what they are.
        """
        self.bundled = frozenset(topics) if together else self.bundled
        return self.topic(*topics, schema=_PassThrough(), partitions=partitions, acks=False)

    async def seek(self, topic: str, partition: int, position: int) -> None:
        """Read a partition from `position` on; batches that were fetched before may still come."""
        await self.consumer.seek_wait({TP(topic, partition): position})

    async def log_start(self, topic: str, partition: int) -> int | None:
        """Where a partition's log starts now; None where the broker doesn't say."""
        place = TP(topic, partition)
        return (await self.consumer.earliest_offsets(place)).get(place)

    async def log_end(self, topic: str, partition: int) -> int | None:
        """Where a partition's log ends now, by a question of its own; None where the broker doesn't say."""
        place = TP(topic, partition)
        return (await self.consumer.highwaters(place)).get(place)

    async def topic_ids(self, topics: Collection[str]) -> dict[str, str]:
        """The ids of topics, as far as the broker tells them; one that was deleted and made anew has another one."""
        thread: Any = self.consumer._thread  # type: ignore[attr-defined]
        try:
            found = await thread.call_thread(_ask_ids, thread, topics)
        except (KafkaError, OSError, TimeoutError) as error:
            log.info("topics.not_looked_at", why=repr(error))
            return {}
        return dict(found)

    def pause(self, topic: str, partition: int) -> None:
        """Read nothing more from a partition for now."""
        self.consumer.pause_partitions({TP(topic, partition)})

    def resume(self, topic: str, partition: int) -> None:
        """Read on from a partition that was paused."""
        self.consumer.resume_partitions({TP(topic, partition)})

    async def write_offsets(self, positions: Positions) -> bool:
        """Commit positions in the name of the app's group, for operators' tools; whether the broker took them.

        A refusal costs nothing but a tool's up-to-date picture: Faust's own commit would end the app for it.
        """
        offsets = {TopicPartition(*place): OffsetAndMetadata(at, "") for place, at in positions.items()}
        thread: Any = self.consumer._thread  # type: ignore[attr-defined]
        try:
            await thread.call_thread(thread._ensure_consumer().commit, offsets)
        except KafkaError as error:
            log.info("group.offsets_refused", why=repr(error))
            return False
        return True

    @property
    def generation(self) -> int:
        """The generation of the consumer group that our assignment belongs to."""
        return self.consumer_generation_id

    def rejoin(self) -> None:
        """Ask for a rebalance: all partitions are given out anew, and taken over from the start."""
        thread: Any = self.consumer._thread  # type: ignore[attr-defined]
        thread.thread_loop.call_soon_threadsafe(thread.request_rejoin)

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)


class _Thread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer; knows where each answer began and when it was asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.starts: dict[Any, int] = {}
        self.fetching = asyncio.Lock()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = int(LONGEST_WAIT.total_seconds() * 1000)
        return consumer

    async def _fetch_records(self, consumer: Any, *args: Any, **options: Any) -> Any:
        """Fetch, and note in one breath with the records where each answer begins and ends: a seek may follow.

        One at a time: around a recovery Faust asks a second time before the first answer is there. Answers of the one
        with the records of the other would take records for read that nobody got.
        """
        async with self.fetching:
            _spare_records(consumer)
            for tp, state in _states(consumer):
                state.reset_to = partial(self._reset, tp, state)
            self.starts = {tp: state.position for tp, state in _states(consumer) if state.has_valid_position}
            records = await super()._fetch_records(consumer, *args, **options)
            return _Poll(
                records, [_answer(tp, self.starts.get(tp), state) for tp, state in _states(consumer)]
            )

    def _reset(self, tp: Any, state: Any, position: int) -> None:
        """The log has nothing where we stood, and aiokafka goes elsewhere: what it gets there does not connect."""
        self.starts[tp] = position
        type(state).reset_to(state, position)

    async def _seek_wait(self, consumer: Any, partitions: Mapping[TP, int]) -> None:
        self.starts.update(partitions)  # a fetch that is under way returns what lies there
        await super()._seek_wait(consumer, partitions)

    def request_rejoin(self) -> None:
        consumer = self._consumer
        if consumer is not None and consumer._coordinator is not None:
            consumer._coordinator.request_rejoin()


async def _ask_ids(thread: Any, topics: Collection[str]) -> dict[str, str]:
    return await ask_ids(thread._ensure_consumer()._client, topics)


class _Answer(NamedTuple):
    """What aiokafka knew of a partition when records were handed out; `told` is the broker's last answer, host ms."""

    tp: Any
    start: int
    position: int
    end: int
    told: int


class _Poll(dict[Any, Sequence[Record]]):
    """The records of one poll by partition, with the answers that they came with."""

    def __init__(
        self, records: Mapping[Any, Sequence[Record]], answers: Sequence[_Answer | None] = ()
    ) -> None:
        super().__init__(records)
        self.answers = answers


def _answer(tp: Any, start: int | None, state: Any) -> _Answer | None:
    if not state.has_valid_position or state.timestamp is None:
        return None
    end = state.highwater if state.lso is None or state.lso < 0 else state.lso
    return _Answer(tp, state.position if start is None else start, state.position, end, state.timestamp)


def _states(consumer: Any) -> list[tuple[Any, Any]]:
    subscription = consumer._subscription.subscription if consumer is not None else None
    assignment = subscription.assignment if subscription is not None else None
    return [(tp, assignment.state_value(tp)) for tp in assignment.tps] if assignment is not None else []


def _spare_records(consumer: Any) -> None:
    """Have what was fetched so far handed on as the decoder's own records, which have all that we read of one.

    aiokafka would copy each into a dataclass of eleven fields. It still does for what comes while it waits.
    """
    for result in consumer._fetcher._records.values():
        unread = getattr(result, "_partition_records", None)
        if unread is not None:
            unread._consumer_record = _as_it_is


def _as_it_is(tp: Any, record: Any) -> Any:
    return record


class _Consumer(driver.Consumer):
    """Hands on whole batches, and answers without records where they say something new."""

    app: BatchApp
    _thread: _Thread

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._answered: dict[Any, int] = {}
        self._told: dict[Any, tuple[int, int]] = {}
        self._changelogs = Reading[TP]()

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        wanted = {TP(*place): position for place, position in self.app.positions().items()}
        mine = {tp: position for tp, position in wanted.items() if tp in self.assignment()}
        if mine:
            await self.seek_wait(mine)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(min(timeout, POLL.total_seconds()))
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        poll = (
            records if isinstance(records, _Poll) else _Poll(records)
        )  # Faust's own is empty: nothing was asked
        for batches in self._bundles(self._batches(poll, active)):
            if self._is_over(generation):
                return
            tp = TP(batches[0].topic, batches[0].partition)
            if tp.topic in self.app.tables.changelog_topics and not await self._goes_on(tp, batches[0]):
                continue
            self._read_offset[tp] = None  # or Faust drops what lies below the last offset
            yield tp, self._message(tp, batches, generation)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self._changelogs.sought(partitions)
        await super().seek_wait(partitions)

    async def _goes_on(self, tp: TP, batch: Batch) -> bool:
        """Whether a batch of a changelog goes on from the last one; if not, it is dropped, and read again."""
        due = self._changelogs.gap(tp, batch)
        if due is not None and batch.start > (await self.app.log_start(tp.topic, tp.partition) or 0):
            log.info("changelog.read_again", partition=tp.partition, due=due, got=batch.start)
            await self.seek_wait({tp: due})
            return False
        self._changelogs.handed(tp, batch)
        return True

    def _is_over(self, generation: int) -> bool:
        return not self.flow_active or self.app.consumer_generation_id != generation

    def _bundles(self, batches: Sequence[Batch]) -> Iterator[Sequence[Batch]]:
        """What goes through Faust as one message, at a price of its own: together what may be."""
        yield from ([batch] for batch in batches if batch.topic not in self.app.bundled)
        if together := [batch for batch in batches if batch.topic in self.app.bundled]:
            yield together

    def _batches(self, records: _Poll, active: Any) -> list[Batch]:
        batches = []
        for answer in records.answers:
            if answer is None or (active is not None and answer.tp not in active | self._buffered_partitions):
                continue
            batch = self._batch(answer, records.get(answer.tp, ()))
            if batch is not None:
                batches.append(batch)
        return batches

    def _batch(self, answer: _Answer, records: Sequence[Record]) -> Batch | None:
        """The answer for one partition, or None where it says nothing new."""
        tp, start, position, end, told = answer
        if not records and (self._told.get(tp) == (position, told) or start == position < end):
            return None  # nothing new, or the records are on their way
        previous, self._answered[tp] = self._answered.get(tp), told
        self._told[tp] = position, told
        asked = DAWN if previous is None else self.app.clock.of_host(previous)
        return Batch(tp.topic, tp.partition, start, records, position, end, asked)

    def _message(self, tp: TP, batches: Sequence[Batch], generation: int) -> ConsumerMessage:
        carried: Any = batches  # Faust hands on whatever the value is; it only promises bytes
        last, none = batches[0].next - 1, 0
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last,
            0.0,
            none,
            [],
            b"",
            carried,
            None,
            none,
            none,
            tp,
            generation_id=generation,
        )


def local_db(table: faust.Table[Any, Any], partition: int) -> Any:
    """The RocksDB (rocksdict, raw mode) in which Faust keeps one partition of a table."""
    return table.data._db_for_partition(partition)  # type: ignore[attr-defined]


def close_local_db(table: faust.Table[Any, Any], partition: int) -> None:
    """Close what `local_db` opened. Faust leaves that to the collector, which may never come by: we freeze much."""
    db = table.data._dbs.pop(partition, None)  # type: ignore[attr-defined]
    if db is not None:
        db.close()


def drop_local_db(table: faust.Table[Any, Any], partition: int) -> None:
    """Remove one partition of a table from the disk, in whatever state it is."""
    with suppress(Exception):
        close_local_db(table, partition)
    shutil.rmtree(table.data.partition_path(partition), ignore_errors=True)  # type: ignore[attr-defined]


class _Transport(driver.Transport):
    Consumer = _Consumer


class _PassThrough(Schema):  # type: ignore[type-arg]  # Faust's is not generic when it runs
    """Hands batches to the agent as they are."""

    def compile(self, app: Any, **options: Any) -> Any:
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, message.headers, message)

        return decode
