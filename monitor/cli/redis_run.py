"""Making the streams of warnings anew: how far back, what stands there now, and the copy itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

from rich.console import Console

from monitor.adapters.kafka_logs import LogReader, reading
from monitor.adapters.redis_streams import Behind, NewStreams, copies_of
from monitor.cli.log_bar import LogBar
from schemas.settings import Settings
from schemas.streams import WARNINGS, stream_name


class Part(NamedTuple):
    """One stream: how many entries it has, and the offsets on the topic that it is made of, from `start` to `end`."""

    stream: str
    entries: int
    start: int
    end: int
    groups: list[str]


def told(part: Part) -> dict[str, object]:
    """A stream as a row of a table."""
    spans = f"{part.start} to {part.end - 1}" if part.end > part.start else "none"
    return {"stream": part.stream, "entries now": part.entries, "from offsets": spans}


async def look(settings: Settings) -> list[Part]:
    """What stands there, and what it would be made of. Raises `ConfigError`, `StoreUnavailable`."""
    async with _both(settings) as (reader, streams):
        return [await _part(settings, reader, streams, each) for each in await reader.partitions(WARNINGS)]


async def rebuild(settings: Settings, people: Console) -> list[Part]:
    """Make all streams anew, one after the other; what stands there then."""
    with LogBar(people) as bar:
        async with _both(settings) as (reader, streams):
            parts = []
            for partition in await reader.partitions(WARNINGS):
                bar.begin(stream_name(partition, settings))
                await _Rebuilding(settings, reader, streams, partition).run(bar)
                parts.append(await _part(settings, reader, streams, partition))
            return parts


class _Rebuilding:
    """One stream."""

    def __init__(self, settings: Settings, reader: LogReader, streams: NewStreams, partition: int) -> None:
        self._settings, self._reader, self._streams = settings, reader, streams
        self._partition = partition

    async def run(self, bar: LogBar) -> None:
        """Copy, and begin again where Redis was emptied in the middle."""
        while True:
            try:
                return await self._made(bar)
            except Behind:
                continue

    async def _made(self, bar: LogBar) -> None:
        """Copy up to the topic's end, and on while a worker gets further; then the new stream counts."""
        start, end = await _span(self._settings, self._reader, self._partition)
        await self._streams.begin(self._partition)
        copied = await self._copy(start, end, start - 1, bar)
        while not await self._streams.in_place(self._partition, end):
            begun, (_, end) = end, await _span(self._settings, self._reader, self._partition)
            if end == begun:  # what lies beyond the end was copied from another log
                await self._streams.in_place(self._partition, None)
                return
            copied = await self._copy(begun, end, copied, bar)

    async def _copy(self, start: int, end: int, copied: int, bar: LogBar) -> int:
        """Append the warnings between two offsets; the last one's."""
        spans = {self._partition: (start, end)}
        async with aclosing(self._reader.between(WARNINGS, spans, bar.show)) as batches:
            async for records in batches:
                if copies := list(copies_of(records, copied)):
                    await self._streams.append(self._partition, copies)
                    copied = copies[-1].offset
        return copied


@asynccontextmanager
async def _both(settings: Settings) -> AsyncIterator[tuple[LogReader, NewStreams]]:
    streams = NewStreams(settings)
    try:
        async with reading(settings) as reader:
            yield reader, streams
    finally:
        await streams.close()


async def _span(settings: Settings, reader: LogReader, partition: int) -> tuple[int, int]:
    """The offsets that a stream is made of: as many as it is to be long, up to the topic's end."""
    start, end = (await reader.bounds(WARNINGS, [partition]))[partition]
    return max(start, end - settings.stream_length), end


async def _part(settings: Settings, reader: LogReader, streams: NewStreams, partition: int) -> Part:
    start, end = await _span(settings, reader, partition)
    name = stream_name(partition, settings)
    return Part(name, await streams.length(partition), start, end, await streams.groups(partition))
