"""Records and deadlines in the order of time: the inside of one step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.domain.rule_change import Change
from monitor.engine.admission import Ignored, Refused
from monitor.engine.asides import Aside
from monitor.engine.customers import Customers
from monitor.engine.fetched import MOMENT, Record
from monitor.engine.step import DeadLetter, RejectedCommand
from schemas.clock import TimePassed
from schemas.events import Fact

Told = Fact | TimePassed | Refused | Ignored
Waiting = tuple[datetime, int, int, Record, Told]
"""Running maximum of event time in the input, rank of the input, offset, the record and what it told."""

ToldAside = Aside | Refused | Ignored
WaitingAside = tuple[datetime, int, int, Record, ToldAside]
"""The same of an input that is told beside facts; it has no part in time."""

NO_FACT = (str, Refused, TimePassed)


class Passage:
    """Moves customers and clock forward, and keeps what that tells. `names` are those of the inputs, by rank.

    Deadlines due before a record's time fire first, in due order, each at its own due time; those due at the time
    itself fire once all records at that time are applied. After `most` deadlines it stops before the next moment.
    """

    def __init__(
        self, customers: Customers, clock: datetime, names: Sequence[str], most: int | None = None
    ) -> None:
        self.clock = clock
        self.stopped = False
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[DeadLetter] = []
        self.rejections: list[RejectedCommand] = []
        self._customers = customers
        self._names = names
        self._left = most

    def heed(self, items: Sequence[WaitingAside]) -> None:
        """Take in what is told beside facts, in the order given, at the moment that the clock shows."""
        for item in items:
            told = item[4]
            if isinstance(told, Refused | str):
                self.note((item,))
                continue
            outcome = self._customers.heed(told, self.clock)
            if isinstance(outcome, Refused):
                self._bury(item, outcome)
            elif isinstance(outcome, RejectedCommand):
                self.counts[f"rejected.{outcome.reason}"] += 1
                self.rejections.append(outcome)
            else:
                self.counts[outcome] += 1

    def judge_anew(self, customers: Iterable[str], change: Change) -> None:
        """Judge these customers by all rules, which have changed."""
        for customer in customers:
            self._customers.judge_anew(customer, self.clock, change)

    def apply(self, items: Sequence[Waiting]) -> int:
        """Apply records, given in merged order; returns how many, which is all unless the passage stopped."""
        apply, due_before, clock = self._customers.apply, self._customers.deadlines.due_before, self.clock
        outcomes: list[str] = []
        done = len(items)
        for place, item in enumerate(items):
            time, told = item[0], item[4]
            if time > clock:
                if due_before(time):
                    self._fire_before(time)
                    if self.stopped:
                        done = place
                        break
                self.clock = clock = time
            if isinstance(told, NO_FACT):
                self.note((item,))
                continue
            outcome = apply(told, clock)
            if isinstance(outcome, Refused):
                self._bury(item, outcome)
                continue
            outcomes.append(outcome)
            if told.time < clock:
                outcomes.append("late")
        self.counts.update(outcomes)
        return done

    def pass_to(self, moment: datetime) -> None:
        """Let time pass up to and including `moment`, as far as the passage gets before it stops."""
        self._fire_before(moment + MOMENT)
        if not self.stopped:
            self.clock = max(self.clock, moment)

    def note(self, items: Iterable[Waiting | WaitingAside]) -> None:
        """Keep dead letters and count what is ignored of records that tell no fact."""
        for item in items:
            told = item[4]
            if isinstance(told, Refused):
                self._bury(item, told)
            elif isinstance(told, str):
                self.counts[told] += 1

    def _bury(self, item: Waiting | WaitingAside, refused: Refused) -> None:
        self.counts[f"dead_letter.{refused.reason}"] += 1
        self.dead_letters.append(DeadLetter(self._names[item[1]], item[3], refused))

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
