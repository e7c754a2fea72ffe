"""Records and deadlines in the order of time: the inside of one step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from monitor.engine.admission import Admitted, Ignored, Refused
from monitor.engine.customers import MOMENT, Customers
from monitor.engine.step import DeadLetter
from schemas.clock import TimePassed

Entry = Admitted | TimePassed | DeadLetter | Ignored
Waiting = tuple[datetime, int, int, Entry]
"""Running maximum of event time in the input, rank of the input, offset, and what the record said."""


class Passage:
    """Moves customers and clock forward, and keeps what that tells.

    Deadlines due before a record's time fire first, in due order, each at its own due time; those due at the time
    itself fire once all records at that time are applied. After `most` deadlines it stops before the next moment.
    """

    def __init__(self, customers: Customers, clock: datetime, most: int | None = None) -> None:
        self.clock = clock
        self.stopped = False
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[DeadLetter] = []
        self._customers = customers
        self._left = most

    def apply(self, items: Sequence[Waiting]) -> int:
        """Apply records, given in merged order; returns how many, which is all unless the passage stopped."""
        apply, first = self._customers.apply, self._customers.deadlines.first
        outcomes: list[str] = []
        for place, (time, _, _, entry) in enumerate(items):
            if time > self.clock:
                if (due := first()) is not None and due < time:
                    self._fire_before(time)
                if self.stopped:
                    self.counts.update(outcomes)
                    return place
                self.clock = time
            if not isinstance(entry, Admitted):
                self.note(entry)
                continue
            outcome = apply(entry.fact, self.clock)
            if isinstance(outcome, Refused):
                self.note(DeadLetter(entry.input, entry.record, outcome))
                continue
            outcomes.append(outcome)
            if entry.fact.time < self.clock:
                outcomes.append("late")
        self.counts.update(outcomes)
        return len(items)

    def pass_to(self, moment: datetime) -> None:
        """Let time pass up to and including `moment`, as far as the passage gets before it stops."""
        self._fire_before(moment + MOMENT)
        if not self.stopped:
            self.clock = max(self.clock, moment)

    def note(self, entry: Entry) -> None:
        """Keep a dead letter, count what is ignored."""
        if isinstance(entry, DeadLetter):
            self.counts[f"dead_letter.{entry.refused.reason}"] += 1
            self.dead_letters.append(entry)
        elif isinstance(entry, str):
            self.counts[entry] += 1

    def _fire_before(self, moment: datetime) -> None:
        deadlines = self._customers.deadlines
        while (due := deadlines.first()) is not None and due < moment:
            if self._left is not None and self._left <= 0 and due > self.clock:
                self.stopped = True
                return
            self.clock = max(self.clock, due)
            self._customers.fire()
            if self._left is not None:
                self._left -= 1
