"""What a proof reads of a running system: outputs by name, tables as last written, the copies in Redis."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from monitor.adapters.kafka_logs import LogReader, Record
from monitor.adapters.redis_streams import entries
from monitor.cli.log_bar import LogBar
from monitor.offline.proof import Place, Seen, digest_of
from schemas.settings import Settings

MOST_EVENTS = 12
"""A customer's last events that are shown with a divergence."""


class TopicsOfLane:
    """The topics of one lane, over one connection, with a bar."""

    def __init__(self, reader: LogReader, lane: int, bar: LogBar, settings: Settings) -> None:
        self._reader = reader
        self._lane = lane
        self._bar = bar
        self._settings = settings

    async def seen(self, topic: str) -> Seen:
        """The records of an output, by their names."""
        seen = Seen(topic)
        async with aclosing(self._whole(topic)) as batches:
            async for records in batches:
                seen.add(records)
        return seen

    async def newest(self, topic: str) -> dict[bytes, bytes]:
        """The newest value of each key that has one."""
        values: dict[bytes, bytes] = {}
        async with aclosing(self._whole(topic)) as batches:
            async for records in batches:
                for record in records:
                    if record.value is None:
                        values.pop(record.key or b"", None)
                    else:
                        values[record.key or b""] = record.value
        return values

    async def value_at(self, topic: str, offset: int) -> bytes | None:
        """The value of one record."""
        async with aclosing(self._whole(topic)) as batches:
            async for records in batches:
                for record in records:
                    if record.offset == offset:
                        return record.value
        return None

    async def events_of(self, customer: str, topic: str, position: int) -> list[Record]:
        """The customer's last events on an input, before a position."""
        found: list[Record] = []
        async with aclosing(self._whole(topic)) as batches:
            async for records in batches:
                found += [
                    each for each in records if each.key == customer.encode() and each.offset < position
                ]
                found = found[-MOST_EVENTS:]
        return found

    async def copies(self) -> list[Place]:
        """The entries of the lane's stream in Redis."""
        self._bar.begin(f"lane {self._lane}: Redis")
        places: list[Place] = []
        async with aclosing(entries(self._settings, self._lane)) as found:
            async for some in found:
                places += [Place(each.offset, digest_of(each.customer, each.event)) for each in some]
        return places

    def _whole(self, topic: str) -> AsyncGenerator[Sequence[Record], None]:
        self._bar.begin(f"lane {self._lane}: {topic}")
        return self._reader.whole(topic, [self._lane], self._bar.show)
