"""When to ask again: the index of deadlines of one lane. Its cost follows what falls due, not how many wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush, heapreplace


class Deadlines:
    """At most one deadline for each customer and rule (by its place); the earliest is known at once.

    Ties go by customer, then place. A customer stands in the heap for the earliest of their deadlines. One that moves
    later only moves in the dictionary: the place in the heap is put right when it comes up. Most deadlines move later
    many times before one falls due.
    """

    def __init__(self) -> None:
        self._due: dict[str, dict[int, datetime]] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._queued: dict[str, datetime] = {}

    def __len__(self) -> int:
        return sum(map(len, self._due.values()))

    def set(self, customer: str, deadlines: Iterable[tuple[int, datetime | None]]) -> None:
        """Put a customer's deadlines, each told by its place, or take them away with None; others stay."""
        own = self._due.get(customer)
        if own is None:
            own = {}
        first: datetime | None = None
        for place, due in deadlines:
            if due is not None:
                own[place] = due
                if first is None or due < first:
                    first = due
            elif place in own:
                del own[place]
        if first is not None:
            self._due[customer] = own
            queued = self._queued.get(customer)
            if queued is None or first < queued:
                self._queued[customer] = first
                heappush(self._heap, (first, customer))

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

    def pop(self) -> tuple[datetime, str, int]:
        """Take out the earliest deadline, whose it is, and its place. Raises `IndexError` if there is none."""
        self._settle()
        _, customer = self._heap[0]
        own = self._due[customer]
        due, place = min((due, place) for place, due in own.items())
        del own[place]
        return due, customer, place

    def _settle(self) -> bool:
        """Bring a true deadline to the top; False where none is left."""
        heap, queued = self._heap, self._queued
        while heap:
            due, customer = heap[0]
            if queued.get(customer) != due:
                heappop(heap)
                continue
            true = min(self._due[customer].values(), default=None)
            if true == due:
                return True
            if true is None:
                heappop(heap)
                del queued[customer], self._due[customer]
            else:
                queued[customer] = true
                heapreplace(heap, (true, customer))
        return False
