"""Streams made anew beside those that are there, and put in their place in one go: readers see no stream emptied."""

from __future__ import annotations

from collections.abc import Sequence

from redis import exceptions as refusals

from monitor.adapters.redis_streams.connection import connect, reaching
from monitor.adapters.redis_streams.copying import RedisStreams, last_offset
from monitor.adapters.redis_streams.ports import Behind, Copy
from schemas.settings import Settings
from schemas.streams import new_stream_name, stream_name


class NewStreams:
    """One new stream for each partition, which nobody reads before it is put `in_place`.

    Its methods raise `StoreUnavailable` and `ConfigError`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._new = RedisStreams(settings, new_stream_name)
        self._redis = connect(settings)
        self._copied: dict[int, int] = {}

    async def length(self, partition: int) -> int:
        """How many entries the stream that is there has."""
        with reaching(self._settings):
            return int(await self._redis.xlen(stream_name(partition, self._settings)))

    async def groups(self, partition: int) -> list[str]:
        """The consumer groups, of Redis' own, that somebody has made on it: a new one has none."""
        name = stream_name(partition, self._settings)
        with reaching(self._settings):
            there = await self._redis.exists(name)
            return [each["name"].decode() for each in await self._redis.xinfo_groups(name)] if there else []

    async def begin(self, partition: int) -> None:
        """Begin with none, whatever an attempt before has left."""
        self._copied.pop(partition, None)
        await self._new.remove(partition)

    async def append(self, partition: int, records: Sequence[Copy]) -> None:
        """Go on with these. Raises `Behind` where Redis was emptied meanwhile."""
        await self._new.append(partition, self._copied.get(partition), records)
        self._copied[partition] = records[-1].offset

    async def in_place(self, partition: int, end: int | None) -> bool:
        """Put the new stream in the place of the old, or remove that one where nothing is to stand there.

        False where the old one has entries from the offset `end` on; None: whatever it has.
        """
        while True:
            try:
                with reaching(self._settings):
                    return await self._replace(partition, end)
            except refusals.WatchError:
                continue  # the worker wrote meanwhile: look again

    async def close(self) -> None:
        """Give the connections back."""
        await self._new.close()
        await self._redis.aclose()

    async def _replace(self, partition: int, end: int | None) -> bool:
        name, new = (each(partition, self._settings) for each in (stream_name, new_stream_name))
        async with self._redis.pipeline() as pipe:
            await pipe.watch(name, new)
            last, copied = await last_offset(pipe, name), await last_offset(pipe, new)
            if last is not None and end is not None and last >= end:
                return False
            if copied != self._copied.get(partition):
                raise Behind(f"the new stream ends at {copied}, and not at {self._copied.get(partition)}")
            pipe.multi()  # type: ignore[no-untyped-call]
            if copied is None:
                pipe.delete(name)
            else:
                pipe.rename(new, name)
            await pipe.execute()
            return True
