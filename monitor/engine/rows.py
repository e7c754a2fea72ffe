"""The rows of one lane as bytes, in memory before a slower store.

Belongs here: which rows are at hand, and which have changed. Not: what stands in them (customers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

ReadRow = Callable[[bytes], bytes | None]


class Rows:
    """Rows by customer. A row is one object, which neither the garbage collector nor the caches have to walk.

    `read` finds a row that isn't in memory; at least `kept` stay there (None: all of them).
    """

    def __init__(self, read: ReadRow, kept: int | None) -> None:
        self._read = read
        self._kept = kept
        self._recent: dict[str, bytes] = {}
        self._older: dict[str, bytes] = {}
        self._changed: dict[str, bytes] = {}
        self._has_all = False

    def loaded(self, rows: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, bytes]]:
        """Hand on all rows of the store, by customer, and keep the first; if these are all, it is asked no more."""
        self._has_all = True
        for key, raw in rows:
            customer = key.decode()
            if self._kept is None or len(self._recent) < self._kept:
                self._recent[customer] = raw
            else:
                self._has_all = False
            yield customer, raw

    def get(self, customer: str) -> bytes | None:
        """A customer's row, or None for one who has none yet."""
        raw = self._recent.get(customer) or self._older.get(customer)
        return raw if raw is not None or self._has_all else self._read(customer.encode())

    def put(self, customer: str, raw: bytes) -> None:
        """Take over a row that has changed."""
        self._recent[customer] = self._changed[customer] = raw

    def take(self) -> dict[str, bytes]:
        """The rows that have changed since the last call."""
        changed, self._changed = self._changed, {}
        return changed

    def make_room(self) -> None:
        """Let go of rows that were not used lately. Only when every change so far stands in the store."""
        if self._kept is not None and len(self._recent) > self._kept:
            self._has_all = self._has_all and not self._older
            self._older, self._recent = self._recent, {}

    def in_memory(self) -> Iterable[tuple[str, bytes]]:
        """All rows in memory, by customer."""
        return (self._older | self._recent).items()
