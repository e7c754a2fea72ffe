"""A lane's rows put back, or one of its steps done without a worker, in one transaction; and whether workers run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from monitor.brokers import MILLISECOND, reaching
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.topics import CHANGELOG, lane_writer, topic_name

LONGEST = timedelta(minutes=15)
"""For one lane's rows: the longest transaction that brokers allow if not told otherwise."""

AT_ONCE = 5_000
"""Rows handed to the producer before it is waited for."""

LINGER_MS = 20
BATCH = 1 << 18

Line = tuple[str, bytes | None, bytes | None]
"""Topic (without prefix), key, value."""


async def _workers(settings: Settings) -> list[str]:
    """The members of the group that detecting workers make up, by host. Raises `StoreUnavailable`."""
    with reaching(settings, "Kafka does not tell who its workers are"):
        admin = AIOKafkaAdminClient(**settings.kafka_options())
        await admin.start()
        try:
            answers = await admin.describe_consumer_groups([settings.app_id])
        finally:
            await admin.close()
    return [_host(member) for answer in answers for group in answer.groups for member in group[5]]


async def refuse_workers(settings: Settings) -> None:
    """Raises `ConfigError` where workers run, `StoreUnavailable`."""
    if running := await _workers(settings):
        hosts = ", ".join(sorted(set(running)))
        problem = f"{len(running)} workers run, on {hosts}"
        raise ConfigError(problem, where=settings.app_id, remedy="stop them")


async def restore(settings: Settings, lane: int, rows: Mapping[bytes, bytes]) -> None:
    """Put all of these rows on the lane's changelog, in their order, or none.

    Raises `StoreUnavailable`, also where a worker took the lane over meanwhile.
    """
    await write(settings, lane, ((CHANGELOG, key, value) for key, value in rows.items()))


async def write(
    settings: Settings,
    lane: int,
    records: Iterable[Line],
    *,
    still: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Put all of these records on the lane's partition of their topics, in their order, or none.

    `still` is asked once all other writers of the lane are shut out, and raises where this is not to be done any more.
    Raises `StoreUnavailable`, also where a worker took the lane over meanwhile.
    """
    with reaching(settings, f"lane {lane} was not written: Kafka does not answer, or a worker runs"):
        async with (
            AIOKafkaProducer(
                **settings.kafka_options(),
                transactional_id=lane_writer(lane, settings),
                transaction_timeout_ms=int(LONGEST / MILLISECOND),
                max_batch_size=BATCH,
                max_request_size=max(1 << 20, 2 * settings.max_row_bytes),
                linger_ms=LINGER_MS,
            ) as producer,
        ):
            if still is not None:
                await still()
            async with producer.transaction():
                waiting: list[Any] = []
                for topic, key, value in records:
                    waiting.append(await producer.send(topic_name(topic, settings), value, key, lane))
                    if len(waiting) >= AT_ONCE:
                        await _all(waiting)
                await _all(waiting)


async def _all(waiting: list[Any]) -> None:
    for sent in waiting:
        await sent
    waiting.clear()


def _host(member: Any) -> str:
    return str(member[2]).removeprefix("/")
