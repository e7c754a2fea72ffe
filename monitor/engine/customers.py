"""The customers of one lane: their rows, their warnings, their deadlines.

Belongs here: what one event or one deadline does to one customer. When it happens is for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from monitor.domain.assess import judge
from monitor.domain.life import Transition
from monitor.domain.observe import fingerprint, observe
from monitor.domain.rules import RuleSet
from monitor.domain.state import NEW, VERSION, Row, Standing, State, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.deadlines import Deadlines
from schemas.dead_letters import Reason
from schemas.events import Fact

GROWTH = 4096
"""No event makes a row grow by more bytes than this: identifiers are bounded by the contract."""

MOMENT = timedelta(microseconds=1)

ReadRow = Callable[[bytes], bytes | None]
Deadline = tuple[str, int]
"""A customer and the place of a rule."""


class Cell:
    """A row that is open, with an upper bound of its size in bytes."""

    __slots__ = ("changed", "row", "size")

    def __init__(self, row: Row, size: int) -> None:
        self.row = row
        self.size = size
        self.changed = False

    def change(self, row: Row, growth: int) -> None:
        """Put another row in its place, which is larger by `growth` bytes at most."""
        self.row = row
        self.size += growth
        self.changed = True


class Customers:
    """Rows as bytes before a slower store; those that a step touches are opened, and closed again at its end.

    A row at rest is one object, which neither the garbage collector nor the caches have to walk. `read` finds a row
    that isn't in memory; at least `kept` stay there (None: all of them). `belongs` says whether a customer's id is
    this lane's.
    """

    def __init__(
        self,
        rules: RuleSet,
        read: ReadRow,
        *,
        belongs: Callable[[bytes], bool] = lambda _: True,
        largest: int = 65_536,
        kept: int | None = None,
    ) -> None:
        self._rules = rules
        self._read = read
        self._belongs = belongs
        self._largest = largest
        self._kept = kept
        self._recent: dict[str, bytes] = {}
        self._older: dict[str, bytes] = {}
        self._open: dict[str, Cell] = {}
        self.deadlines: Deadlines[Deadline] = Deadlines()
        self.transitions: list[Transition] = []

    def load(self, rows: Iterable[tuple[bytes, bytes]], clock: datetime, *, anew: bool) -> None:
        """Set the deadlines of these rows, as they stand at `clock`; `anew` has every rule look at every customer.

        A deadline due exactly at `clock` may not have fired yet: looking again decides nothing twice.
        """
        deadlines: dict[Deadline, datetime] = {}
        before = clock - MOMENT
        for key, raw in rows:
            customer, state = key.decode(), from_bytes(raw).state
            for place, rule in enumerate(self._rules.rules):
                due = clock if anew else rule.next_check(state, before)
                if due is not None:
                    deadlines[customer, place] = due
        self.deadlines.fill(deadlines)

    def apply(self, fact: Fact, now: datetime) -> Refused | str:
        """Observe one event and judge by the rules it touches; "applied", "repeated", or why it can't be applied."""
        customer = fact.subject
        cell = self._open.get(customer) or self._opened(customer)
        row = cell.row
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        mark = fingerprint(fact)
        if mark in row.state.seen:
            return "repeated"
        state = observe(row.state, fact, mark)
        places = self._rules.touched_by(fact.type)
        told, standing = self._judged(customer, state, row.warnings, places, now)
        after = Row(VERSION, state, standing)
        if cell.size + GROWTH > self._largest and (refused := self._weighed(cell, after)):
            return refused
        cell.change(after, GROWTH)
        self.transitions += told
        rules, deadlines = self._rules.rules, self.deadlines
        for place in places:
            deadlines.set((customer, place), rules[place].next_check(state, now))
        return "applied"

    def fire(self) -> None:
        """Judge the customer of the earliest deadline by its rule, at the moment it is due."""
        due, (customer, place) = self.deadlines.pop()
        cell = self._open.get(customer) or self._opened(customer)
        row = cell.row
        told, standing = self._judged(customer, row.state, row.warnings, (place,), due)
        self.deadlines.set((customer, place), self._rules.rules[place].next_check(row.state, due))
        if told:
            cell.change(Row(VERSION, row.state, standing), GROWTH)
            self.transitions += told

    def take(self) -> tuple[dict[str, bytes], list[Transition]]:
        """The rows that have changed and the transitions told since the last call; closes all rows."""
        changed = {customer: to_bytes(cell.row) for customer, cell in self._open.items() if cell.changed}
        self._recent.update(changed)
        transitions, self.transitions, self._open = self.transitions, [], {}
        return changed, transitions

    def make_room(self) -> None:
        """Let go of rows that were not used lately. Only when every change so far stands in the store."""
        if self._kept is not None and len(self._recent) > self._kept:
            self._older, self._recent = self._recent, {}

    def standing(self) -> Iterable[tuple[str, Row]]:
        """All rows in memory, by customer."""
        rows = self._older | self._recent
        yield from ((customer, from_bytes(raw)) for customer, raw in rows.items())

    def _opened(self, customer: str) -> Cell:
        raw = self._recent.get(customer) or self._older.get(customer) or self._read(customer.encode())
        cell = self._open[customer] = Cell(NEW, 0) if raw is None else Cell(from_bytes(raw), len(raw))
        return cell

    def _judged(
        self,
        customer: str,
        state: State,
        standing: tuple[Standing, ...],
        places: Iterable[int],
        now: datetime,
    ) -> tuple[list[Transition], tuple[Standing, ...]]:
        told: list[Transition] = []
        rules = self._rules.rules
        for place in places:
            more, standing = judge(customer, state, standing, rules[place], now)
            told += more
        return told, standing

    def _weighed(self, cell: Cell, after: Row) -> Refused | None:
        size = len(to_bytes(after))
        if size > self._largest:
            return Refused(
                Reason.row_too_large, f"the customer's row would take {size} bytes, at most {self._largest}"
            )
        cell.size = size - GROWTH
        return None


WRONG_PARTITION = Refused(
    Reason.wrong_partition,
    "this key does not belong to this partition: let every producer use one partitioner, "
    "and set `partitioner` to it (murmur2: Java, aiokafka; crc32: librdkafka; trusted: no check)",
)
