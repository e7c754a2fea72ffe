"""The table of customers: rows as bytes, by partition, in RocksDB or in memory.

Lanes write it after their commit; Faust's recovery fills it from the changelog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import faust
import structlog
from faust.types import TP
from rocksdict import WriteBatch

from agents.owner import Row
from agents.transport import Batch, close_local_db, drop_local_db, local_db

OFFSET_KEY = b"__faust\0offset__"  # where Faust's own store keeps the changelog offset

PASSING = ("No space left", "lock hold", "While lock file", "Too many open files")
"""What RocksDB says where its files are whole, and something else is amiss."""

log = structlog.get_logger()


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


class Damaged(Exception):
    """A local store does not hold what was written to it."""


class RocksRows:
    """One partition in RocksDB, with the changelog offset up to which it is complete."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def get(self, key: bytes) -> bytes | None:
        found: bytes | None = self._db.get(key)
        return found

    def items(self) -> Iterable[Row]:
        """All rows. Raises `Damaged`: where a file is damaged, RocksDB's iterator ends as if there were no more."""
        last = None
        for key, value in self._db.items():
            last = key
            if key != OFFSET_KEY:
                yield key, value
        end = self._db.iter()
        end.seek_to_last()
        end.status()
        if end.valid() and end.key() != last:
            raise Damaged(f"rows end at {last!r}, and not at {end.key()!r}")

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
            fetched: Sequence[Batch] = event.message.value
            for each in fetched:
                changes = ((record.key or b"", record.value) for record in each.records)
                self.rows(each.partition).apply(changes, each.next - 1)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        mine = {tp.partition for tp in assigned if tp.topic == self.changelog_topic_name}
        for partition in [each for each in self._in_memory if each not in mine]:
            del self._in_memory[partition]
        await self._taken_over(mine)
        if self.app.conf.store.scheme != "memory":
            for tp in revoked:
                if tp.topic == self.changelog_topic_name:
                    close_local_db(self, tp.partition)
            for partition in mine:
                self._look_at(partition)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    @contextmanager
    def trusted(self, partition: int) -> Iterator[None]:
        """Remove the partition's store where reading it fails: whoever recovers it next does so from the changelog."""
        try:
            yield
        except Exception as error:
            if self.app.conf.store.scheme != "memory" and is_damage(error):
                self._drop(partition, error)
            raise

    def _look_at(self, partition: int) -> None:
        """Open a store; one that can't be opened is removed, and made anew from the changelog."""
        try:
            local_db(self, partition).get(OFFSET_KEY)
        except Exception as error:  # noqa: BLE001  RocksDB has no errors of its own
            if is_damage(error):  # else Faust, which opens it next, waits or gives up
                self._drop(partition, error)

    def _drop(self, partition: int, error: Exception) -> None:
        log.error("store.damaged", partition=partition, why=str(error), then="made anew from the changelog")
        drop_local_db(self, partition)


def is_damage(error: Exception) -> bool:
    """Whether RocksDB says that what it has stored is not whole; it raises plain exceptions with a text."""
    text = str(error)
    return isinstance(error, Damaged) or (
        type(error) is Exception and not any(told in text for told in PASSING)
    )
