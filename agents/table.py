"""The table of customers: rows as bytes, by partition, in RocksDB or in memory.

Lanes write it after their commit; Faust's recovery fills it from the changelog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import faust
from faust.types import TP
from rocksdict import WriteBatch

from agents.owner import Row
from agents.transport import Batch, local_db

OFFSET_KEY = b"__faust\0offset__"  # where Faust's own store keeps the changelog offset


class MemoryRows:
    """One partition in a dictionary; every start recovers it from the whole changelog."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def items(self) -> Iterable[Row]:
        return self._rows.items()

    def put(self, rows: Sequence[Row], offset: int) -> None:
        self._rows.update(rows)

    def apply(self, changes: Iterable[tuple[bytes, bytes | None]], offset: int) -> None:
        """Take over changes from the changelog; None deletes."""
        for key, value in changes:
            if value is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = value


class RocksRows:
    """One partition in RocksDB, with the changelog offset up to which it is complete."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def get(self, key: bytes) -> bytes | None:
        found: bytes | None = self._db.get(key)
        return found

    def items(self) -> Iterable[Row]:
        return ((key, value) for key, value in self._db.items() if key != OFFSET_KEY)

    def put(self, rows: Sequence[Row], offset: int) -> None:
        self.apply(rows, offset)

    def apply(self, changes: Iterable[tuple[bytes, bytes | None]], offset: int) -> None:
        """Take over changes, then the offset of the last one, in one write."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(OFFSET_KEY, str(offset).encode())
        self._db.write(batch)


class CustomerTable(faust.Table[bytes, bytes]):
    """A Faust table that is written by partition, and recovered in batches.

    `taken_over` is awaited at each rebalance with the partitions that are ours, before recovery starts.
    """

    def __init__(
        self, app: faust.App, *, taken_over: Callable[[set[int]], Awaitable[None]], **options: Any
    ) -> None:
        super().__init__(app, **options)
        self._taken_over = taken_over
        self._in_memory: dict[int, MemoryRows] = {}

    def rows(self, partition: int) -> MemoryRows | RocksRows:
        """One partition's rows, for its lane's owner."""
        if self.app.conf.store.scheme == "memory":
            return self._in_memory.setdefault(partition, MemoryRows())
        return RocksRows(local_db(self, partition))

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        for event in batch:
            fetched: Batch = event.message.value
            changes = ((record.key or b"", record.value) for record in fetched.records)
            self.rows(fetched.partition).apply(changes, fetched.next - 1)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        mine = {tp.partition for tp in assigned if tp.topic == self.changelog_topic_name}
        for partition in [each for each in self._in_memory if each not in mine]:
            del self._in_memory[partition]
        await self._taken_over(mine)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)
