"""The customers of one lane: their rows, their warnings, their deadlines.

Belongs here: what one event or one deadline does to one customer. When it happens is for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from monitor.domain.assess import judge
from monitor.domain.life import Transition
from monitor.domain.observe import fingerprint, is_repeated, observe
from monitor.domain.rules import RuleSet
from monitor.domain.state import NEW, VERSION, Row, Standing, State, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.deadlines import Deadlines
from monitor.engine.step import Cell
from schemas.dead_letters import Reason
from schemas.events import Fact

GROWTH = 4096
"""No event makes a row grow by more bytes than this: identifiers are bounded by the contract."""

MOMENT = timedelta(microseconds=1)

ReadRow = Callable[[bytes], bytes | None]
Deadline = tuple[str, int]
"""A customer and the place of a rule."""


class Customers:
    """Rows in memory before a slower store, and what has changed in them since the last step.

    `read` finds a row that isn't in memory; `kept` customers at least stay in memory (None: all, and `read` is
    never asked for one of them again). `belongs` says whether a customer's id is this lane's.
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
        self._recent: dict[str, Cell] = {}
        self._older: dict[str, Cell] = {}
        self.deadlines: Deadlines[Deadline] = Deadlines()
        self.changed: dict[str, Cell] = {}
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
        cell = self._cell(customer)
        row = cell.row
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        mark = fingerprint(fact)
        if is_repeated(row.state, mark):
            return "repeated"
        state = observe(row.state, fact, mark)
        places = self._rules.touched_by(fact.type)
        told, standing = self._judged(customer, state, row.warnings, places, now)
        after = Row(VERSION, state, standing)
        if cell.size + GROWTH > self._largest and (refused := self._weighed(cell, after)):
            return refused
        cell.row = after
        cell.size += GROWTH
        self.changed[customer] = self._recent[customer] = cell
        self.transitions += told
        rules, deadlines = self._rules.rules, self.deadlines
        for place in places:
            deadlines.set((customer, place), rules[place].next_check(state, now))
        return "applied"

    def fire(self) -> None:
        """Judge the customer of the earliest deadline by its rule, at the moment it is due."""
        due, (customer, place) = self.deadlines.pop()
        cell = self._cell(customer)
        row = cell.row
        told, standing = self._judged(customer, row.state, row.warnings, (place,), due)
        self.deadlines.set((customer, place), self._rules.rules[place].next_check(row.state, due))
        if told:
            cell.row = Row(VERSION, row.state, standing)
            cell.size += GROWTH
            self.changed[customer] = self._recent[customer] = cell
            self.transitions += told

    def take(self) -> tuple[dict[str, Cell], list[Transition]]:
        """What has changed and was told since the last call."""
        taken = self.changed, self.transitions
        self.changed, self.transitions = {}, []
        return taken

    def make_room(self) -> None:
        """Let go of rows that were not used lately. Only when every change so far stands in the store."""
        if self._kept is not None and len(self._recent) > self._kept:
            self._older, self._recent = self._recent, {}

    def standing(self) -> Iterable[tuple[str, Row]]:
        """All rows in memory, by customer."""
        yield from (
            (customer, cell.row) for cells in (self._older, self._recent) for customer, cell in cells.items()
        )

    def _cell(self, customer: str) -> Cell:
        cell = self._recent.get(customer)
        if cell is not None:
            return cell
        cell = self._older.pop(customer, None)
        if cell is None:
            raw = self._read(customer.encode())
            if raw is None:
                return Cell(NEW, 0)
            cell = Cell(from_bytes(raw), len(raw))
        self._recent[customer] = cell
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
