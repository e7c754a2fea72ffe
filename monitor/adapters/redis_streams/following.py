"""Reading the streams: from where a named cursor left off, with every gap told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from redis.asyncio import Redis

from monitor.adapters.redis_streams.connection import connect, reaching
from monitor.adapters.redis_streams.copying import last_offset
from schemas.settings import Settings
from schemas.streams import AFTER, EVENT, Entry, cursor_name, entry_id, offset_of, stream_name

PATIENCE = timedelta(seconds=2)
"""How long Redis may hold back an answer without entries; then we look whether the streams were emptied."""

TOGETHER = 500


class Gap(NamedTuple):
    """Warnings between two offsets, both included, may have stood in the stream and do no more."""

    partition: int
    first: int
    last: int


class Emptied(NamedTuple):
    """A stream ends at `end` (None: it is not there), before the offset `read` that we have read already."""

    partition: int
    read: int
    end: int | None


Part = Entry | Gap | Emptied

Offsets = dict[int, int | None]
"""For each partition the last offset that was read; None for none, and then what lies before is no gap."""


class StreamReader:
    """Follows the streams of all partitions; with a name it keeps a cursor in Redis.

    Call `begin` once, then take `parts`, and `keep` what you are done with: what isn't kept comes again after
    a restart. Everything raises `StoreUnavailable` and `ConfigError`.
    """

    def __init__(self, settings: Settings, cursor: str | None = None) -> None:
        self._settings = settings
        self._redis: Redis = connect(settings, waits=PATIENCE)
        self._cursor = None if cursor is None else cursor_name(cursor, settings)
        self._names = {stream_name(p, settings): p for p in range(settings.partitions)}
        self._read: Offsets = {}
        self._kept: Offsets = {}
        self._told: set[int] = set()

    async def begin(self, *, from_beginning: bool = False) -> bool:
        """Find the place to start from: the cursor's, otherwise the streams' end, or beginning.

        Returns whether there was a cursor; then, `from_beginning` says nothing.
        """
        with reaching(self._settings):
            known = await self._known()
            ends = {p: await last_offset(self._redis, name) for name, p in self._names.items()}
        anew = dict.fromkeys(ends) if known or from_beginning else ends
        self._read = anew | known
        self._kept = dict(self._read)
        await self.keep(())
        return bool(known)

    async def parts(self) -> AsyncGenerator[list[Part], None]:
        """What comes, each partition in the order of the log; an empty list when nothing came for a while."""
        while True:
            with reaching(self._settings):
                found = await self._next()
                parts = found or await self._emptied()
            yield parts

    async def keep(self, done: Iterable[Entry]) -> None:
        """Move the cursor on to these entries, the last of each partition."""
        self._kept |= {entry.partition: entry.offset for entry in done}
        if self._cursor is not None:
            ids: dict[Any, Any] = {str(place): entry_id(offset) for place, offset in self._kept.items()}
            with reaching(self._settings):
                await self._redis.hset(self._cursor, mapping=ids)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def _known(self) -> Offsets:
        if self._cursor is None:
            return {}
        ids = await self._redis.hgetall(self._cursor)
        known = {int(partition): offset_of(entry) for partition, entry in ids.items()}
        return {partition: offset for partition, offset in known.items() if partition in self._names.values()}

    async def _next(self) -> list[Part]:
        """Wait for entries, for as long as our patience lasts."""
        places: dict[Any, Any] = {
            name: entry_id(self._read[partition]) for name, partition in self._names.items()
        }
        block = int(PATIENCE.total_seconds() * 1000)
        answer: Any = await self._redis.xread(places, count=TOGETHER, block=block)
        return [part for name, found in answer for part in self._parts_of(self._names[name.decode()], found)]

    def _parts_of(self, partition: int, found: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> Iterator[Part]:
        for name, fields in found:
            offset, read = offset_of(name), self._read[partition]
            after = int(fields.get(AFTER.encode(), b"-1"))
            if read is not None and after > read:
                yield Gap(partition, read + 1, after)
            if offset is not None:
                self._read[partition] = offset
                yield Entry(partition, offset, fields.get(EVENT.encode(), b""))

    async def _emptied(self) -> list[Part]:
        """The streams that end before what we have read; each is told once, and the cursor written again."""
        emptied: list[Part] = []
        for name, partition in self._names.items():
            end, read = await last_offset(self._redis, name), self._read[partition]
            if read is None or (end is not None and end >= read):
                self._told.discard(partition)
            elif partition not in self._told:
                self._told.add(partition)
                emptied.append(Emptied(partition, read, end))
        if emptied:
            await self.keep(())
        return emptied
