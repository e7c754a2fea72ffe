"""Where `churn-monitor tail` reads from: the topic, or the streams with their gaps filled from the topic."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import timedelta
from typing import Protocol

from monitor.adapters.kafka_logs import Start, WarningLog
from monitor.adapters.redis_streams import Emptied, Gap, Part, StreamReader
from schemas.errors import ConfigError, StoreUnavailable
from schemas.settings import Settings
from schemas.streams import WARNINGS, Entry, cursor_name, stream_name
from schemas.topics import topic_name

FILLING = timedelta(seconds=5)
"""For how long to try to reach Kafka when a gap is to be filled: the reader may have no Kafka at all."""

NOW_ON = "from now on"

Line = Entry | str
"""A transition, or something to tell whoever reads them."""


class Source(Protocol):
    """Something to follow; what is `kept` does not come again after a restart."""

    def lines(self) -> AsyncGenerator[list[Line], None]: ...

    async def keep(self, done: Iterable[Entry]) -> None: ...


class TopicSource:
    """The warning topic itself."""

    def __init__(self, settings: Settings, start: Start) -> None:
        self._name = topic_name(WARNINGS, settings)
        self._log = WarningLog(settings)
        self._start = start

    async def lines(self) -> AsyncGenerator[list[Line], None]:
        async with aclosing(self._log.follow(self._start)) as incoming:
            async for entries in incoming:
                yield [*entries]

    async def keep(self, done: Iterable[Entry]) -> None:
        return


class StreamSource:
    """The streams in Redis; `log`, where the reader has one, fills what they no longer hold."""

    def __init__(
        self, settings: Settings, *, cursor: str | None, from_beginning: bool, log: WarningLog | None
    ) -> None:
        self._settings = settings
        self._reader = StreamReader(settings, cursor)
        self._cursor = cursor
        self._from_beginning = from_beginning
        self._log = log

    async def lines(self) -> AsyncGenerator[list[Line], None]:
        try:
            known = await self._reader.begin(from_beginning=self._from_beginning)
            yield [*self._begun(known=known)]
            async with aclosing(self._reader.parts()) as incoming:
                async for parts in incoming:
                    async for lines in self._filled(parts):
                        yield lines
        finally:
            await self._reader.close()

    async def keep(self, done: Iterable[Entry]) -> None:
        await self._reader.keep(done)

    def _begun(self, *, known: bool) -> list[str]:
        if self._cursor is None or known:
            return []
        start = "from the first entry that Redis holds" if self._from_beginning else NOW_ON
        return [f"no cursor {self._cursor!r} in Redis (it is new, or Redis was emptied): reading {start}"]

    async def _filled(self, parts: Iterable[Part]) -> AsyncGenerator[list[Line], None]:
        plain: list[Line] = []
        for part in parts:
            match part:
                case Entry():
                    plain.append(part)
                case Emptied():
                    plain.append(self._told_emptied(part))
                case Gap():
                    yield plain
                    plain = []
                    async for lines in self._fill(part):
                        yield lines
        yield plain

    async def _fill(self, gap: Gap) -> AsyncGenerator[list[Line], None]:
        """What Kafka still holds of a gap; told is what stays open, and why."""
        if self._log is None:
            yield [f"{_told_gap(gap)}; Kafka may hold them: read without --no-kafka to get them"]
            return
        try:
            start = await self._log.start(gap.partition)
            if start > gap.first:
                gone = Gap(gap.partition, gap.first, min(gap.last, start - 1))
                yield [f"{_told_gap(gone)}, and Kafka has dropped them, too (its retention)"]
            async with aclosing(self._log.between(*gap)) as incoming:
                async for entries in incoming:
                    yield [*entries]
                    gap = gap._replace(first=entries[-1].offset + 1) if entries else gap
        except (ConfigError, StoreUnavailable) as error:
            yield [f"{_told_gap(gap)}; {error}; with a longer stream_length Redis would hold more"]

    def _told_emptied(self, part: Emptied) -> str:
        name, key = stream_name(part.partition, self._settings), self._cursor
        ends = "is gone" if part.end is None else f"ends at offset {part.end}"
        told = (
            f"{name} {ends}, and was read up to offset {part.read} before: Redis was emptied, and is refilled"
        )
        if key is None:
            return f"{told}; going on after {part.read}"
        remedy = f"delete {cursor_name(key, self._settings)} if the topic was made anew"
        return f"{told}; going on after {part.read} ({remedy})"


def _told_gap(gap: Gap) -> str:
    offsets = f"offsets {gap.first} to {gap.last}"
    return f"gap: partition {gap.partition}, {offsets}: Redis no longer holds the warnings there"
