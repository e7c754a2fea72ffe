"""Writing the streams: appended in transactions, bounded in length, refused by Redis where they repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis import exceptions as refusals
from redis.asyncio import Redis

from monitor.adapters.redis_streams.connection import connect, reaching
from monitor.adapters.redis_streams.ports import Behind, Copy
from schemas.settings import Settings
from schemas.streams import AFTER, CUSTOMER, EVENT, TYPE, entry_id, offset_of, stream_name

TOGETHER = 500
"""Entries that go into one transaction: Redis serves nobody else meanwhile."""

REPEATED = "equal or smaller than the target stream top item"
NO_STREAM = "no such key"


class RedisStreams:
    """The port `Streams` on Redis or Valkey. Its methods raise `StoreUnavailable` and `ConfigError`.

    `name` says what the stream of a partition is called, where not as readers expect it.
    """

    def __init__(self, settings: Settings, name: Callable[[int, Settings], str] = stream_name) -> None:
        self._settings = settings
        self._name = name
        self._redis = connect(settings)

    async def last(self, partition: int) -> int | None:
        with reaching(self._settings):
            return await last_offset(self._redis, self._name(partition, self._settings))

    async def append(self, partition: int, copied: int | None, records: Sequence[Copy]) -> int:
        name = self._name(partition, self._settings)
        there = 0
        for start in range(0, max(len(records), 1), TOGETHER):
            some = records[start : start + TOGETHER]
            with reaching(self._settings):
                there += await self._append(name, copied, some)
            copied = some[-1].offset if some else copied
        return there

    async def remove(self, partition: int) -> None:
        with reaching(self._settings):
            await self._redis.delete(self._name(partition, self._settings))

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def _append(self, name: str, copied: int | None, records: Sequence[Copy]) -> int:
        """Look where the stream ends and append to it, all in one or not at all."""
        longest = self._settings.stream_length
        while True:
            try:
                async with self._redis.pipeline() as pipe:
                    await pipe.watch(name)
                    _connects(await last_offset(pipe, name), copied)
                    if not records:
                        return 0
                    pipe.multi()  # type: ignore[no-untyped-call]
                    for each in records:
                        pipe.xadd(name, _fields(each), entry_id(each.offset), maxlen=longest)
                    return _repeats(await pipe.execute(raise_on_error=False))
            except refusals.WatchError:
                continue  # somebody else wrote meanwhile: look again


def _connects(last: int | None, copied: int | None) -> None:
    if copied is not None and (last is None or last < copied):
        raise Behind(f"the stream ends at {last}, and had been written up to {copied}")


def _fields(record: Copy) -> dict[Any, Any]:
    return {EVENT: record.event, CUSTOMER: record.customer, TYPE: record.type, AFTER: record.after}


def _repeats(answers: Sequence[Any]) -> int:
    """How many entries Redis refused because they are there. Raises any other refusal."""
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    for error in refused:
        if REPEATED not in str(error):
            raise error
    return len(refused)


async def last_offset(redis: Redis, name: str) -> int | None:
    """The offset of the last entry that a stream ever had; None for none."""
    try:
        stream = await redis.xinfo_stream(name)
    except refusals.ResponseError as error:
        if NO_STREAM in str(error):
            return None
        raise
    return offset_of(stream["last-generated-id"])
