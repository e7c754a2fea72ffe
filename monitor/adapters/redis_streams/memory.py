"""The streams in memory, for tests: ids and lengths as Redis has them, and it goes down and is emptied."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.adapters.redis_streams.ports import Behind, Copy
from schemas.errors import StoreUnavailable


class MemoryStreams:
    """The port `Streams` in memory; `down` makes every method raise `StoreUnavailable`."""

    def __init__(self, length: int) -> None:
        self.down = False
        self._length = length
        self._streams: dict[int, list[Copy]] = {}
        self._last: dict[int, int] = {}

    async def last(self, partition: int) -> int | None:
        self._reach()
        return self._last.get(partition)

    async def append(self, partition: int, copied: int | None, records: Sequence[Copy]) -> int:
        self._reach()
        last = self._last.get(partition)
        if copied is not None and (last is None or last < copied):
            raise Behind(f"the stream ends at {last}, and had been written up to {copied}")
        new = [record for record in records if last is None or record.offset > last]
        if new:
            stream = [*self._streams.get(partition, ()), *new]
            self._streams[partition] = stream[-self._length :]
            self._last[partition] = new[-1].offset
        return len(records) - len(new)

    async def remove(self, partition: int) -> None:
        self._reach()
        self._streams.pop(partition, None)
        self._last.pop(partition, None)

    def entries(self, partition: int) -> list[Copy]:
        """What a stream holds now."""
        return list(self._streams.get(partition, ()))

    def empty(self) -> None:
        """Forget everything, as a server does that has no disk."""
        self._streams.clear()
        self._last.clear()

    def _reach(self) -> None:
        if self.down:
            raise StoreUnavailable("down", address="memory")
