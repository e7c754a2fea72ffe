"""When to ask again: the index of deadlines of one lane. Its cost follows what falls due, not how many wait."""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=tuple[object, ...])


class Deadlines(Generic[Key]):
    """At most one deadline for each key; the earliest is known at once, ties go by key.

    A deadline that moves later only moves in the dictionary: its old place in the heap is put right when it comes
    up. Most deadlines move later many times before one falls due.
    """

    def __init__(self) -> None:
        self._due: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, Key]] = []
        self._queued: dict[Key, datetime] = {}

    def __len__(self) -> int:
        return len(self._due)

    def set(self, key: Key, due: datetime | None) -> None:
        """Put `key`'s deadline at `due`, or take it away with None."""
        if due is None:
            self._due.pop(key, None)
            return
        self._due[key] = due
        queued = self._queued.get(key)
        if queued is None or due < queued:
            self._queued[key] = due
            heappush(self._heap, (due, key))

    def fill(self, deadlines: dict[Key, datetime]) -> None:
        """Replace everything by these deadlines, at the cost of one heapify."""
        self._due, self._queued = dict(deadlines), dict(deadlines)
        self._heap = [(due, key) for key, due in deadlines.items()]
        heapify(self._heap)

    def first(self) -> datetime | None:
        """The earliest deadline."""
        return self._heap[0][0] if self._settle() else None

    def due_before(self, moment: datetime) -> bool:
        """Whether the earliest deadline lies before `moment`."""
        heap = self._heap
        if not heap or heap[0][0] >= moment:  # where it stands in the heap, a deadline is never too late
            return False
        due = self.first()
        return due is not None and due < moment

    def pop(self) -> tuple[datetime, Key]:
        """Take out the earliest deadline. Raises `IndexError` where there is none."""
        self._settle()
        due, key = heappop(self._heap)
        del self._due[key], self._queued[key]
        return due, key

    def _settle(self) -> bool:
        """Bring a true deadline to the top; False where none is left."""
        heap = self._heap
        while heap:
            due, key = heap[0]
            if self._queued.get(key) != due:
                heappop(heap)
            elif (true := self._due.get(key)) == due:
                return True
            else:
                self._requeue(key, true)
        return False

    def _requeue(self, key: Key, due: datetime | None) -> None:
        heappop(self._heap)
        if due is None:
            del self._queued[key]
            return
        self._queued[key] = due
        heappush(self._heap, (due, key))
