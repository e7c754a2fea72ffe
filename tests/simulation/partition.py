"""One partition of a log: records at offsets, transactions that hold back its stable end, what cleaning leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from monitor.engine.fetched import RawRecord


class Outcome(Enum):
    """What has been decided about a transaction."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Epoch(NamedTuple):
    """Which producer of a transactional id this is. A broker that has forgotten the id gives it another `number`."""

    number: int
    epoch: int


class Transaction:
    """Records on some partitions that count together or not at all. `applied` are a group's positions."""

    def __init__(self, name: str, epoch: Epoch, began: float) -> None:
        self.name = name
        self.epoch = epoch
        self.began = began
        self.outcome = Outcome.OPEN
        self.places: list[Partition] = []
        self.applied: dict[tuple[str, int], int] = {}


class Entry(NamedTuple):
    """What stands at an offset; a marker has no record."""

    record: RawRecord | None
    transaction: Transaction | None

    @property
    def counts(self) -> bool:
        """Whether a reader of committed records gets it."""
        transaction = self.transaction
        return self.record is not None and (transaction is None or transaction.outcome is Outcome.COMMITTED)


class Partition:
    """Entries by offset, None where cleaning took one away; the log begins at `start`.

    A transaction is ongoing here until its marker is written, which may be a while after its outcome was decided.
    """

    def __init__(self) -> None:
        self.entries: list[Entry | None] = []
        self.start = 0
        self.ongoing: dict[Transaction, int] = {}

    @property
    def stable_end(self) -> int:
        """The offset of the first record of which it isn't known whether it counts."""
        return min(self.ongoing.values(), default=len(self.entries))

    def append(self, records: Iterable[RawRecord], transaction: Transaction | None = None) -> int:
        """Put records at the end; the offset of the last one."""
        if transaction is not None and self not in transaction.places:
            transaction.places.append(self)
            self.ongoing[transaction] = len(self.entries)
        for record in records:
            self.entries.append(Entry(record._replace(offset=len(self.entries)), transaction))
        return len(self.entries) - 1

    def mark(self, transaction: Transaction) -> None:
        """Write the marker that says how a transaction ended; once."""
        if self.ongoing.pop(transaction, None) is not None:
            self.entries.append(Entry(None, transaction))

    def read(self, start: int, most: int, *, committed: bool = True) -> tuple[list[RawRecord], int]:
        """At most so many records from `start` on, or from where the log begins, and the position after them."""
        records: list[RawRecord] = []
        at, end = max(start, self.start), self.stable_end if committed else len(self.entries)
        while at < end and len(records) < most:
            entry = self.entries[at]
            at += 1
            if entry is not None and entry.record is not None and (entry.counts or not committed):
                records.append(entry.record)
        return records, max(at, start)

    def committed(self) -> Iterator[tuple[RawRecord, Transaction | None]]:
        """Every record that counts and was not cleaned away, whatever retention has passed."""
        for entry in self.entries[: self.stable_end]:
            if entry is not None and entry.record is not None and entry.counts:
                yield entry.record, entry.transaction

    def compact(self, *, tombstones: bool = False) -> None:
        """Leave the last record of each key, and none that doesn't count; `tombstones` go where their time is over."""
        seen: set[bytes | None] = set()
        for place in range(self.stable_end - 1, -1, -1):
            entry = self.entries[place]
            record = entry.record if entry is not None else None
            if entry is None or record is None:
                continue
            if not entry.counts or record.key in seen or (tombstones and record.value is None):
                self.entries[place] = None
            if entry.counts:
                seen.add(record.key)
