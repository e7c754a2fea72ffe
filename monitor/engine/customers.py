"""The customers of one lane: their rows, their warnings, their deadlines.

Belongs here: what one event or one deadline does to one customer. When it happens is for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from monitor.domain.assess import Failure, assess, changed_rules, sooner
from monitor.domain.commands import Obeyed
from monitor.domain.life import Transition, next_change
from monitor.domain.observe import fingerprint, flavour_of, observe
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.state import NEW, VERSION, Row, Standing, State, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.asides import NOT_YET, Aside, heeded, not_yet
from monitor.engine.deadlines import Deadlines
from monitor.engine.lives import LIFE, Lives
from monitor.engine.step import RejectedCommand
from schemas.dead_letters import Reason
from schemas.events import Fact

GROWTH = 4096
"""No event makes a state grow by more bytes than this: identifiers are bounded by the contract."""

WARNING_GROWTH = 640
"""No transition makes a row grow by more bytes than this."""

LIFE_GROWTH = 640
"""No stage makes a row grow by more bytes than this."""

MOMENT = timedelta(microseconds=1)

MOST_OPEN = 10_000
"""Rows that stay open from step to step, for customers who come again soon."""

Warnings = tuple[Standing, ...]
ReadRow = Callable[[bytes], bytes | None]
Deadline = tuple[str, int]
"""A customer and the place of a rule, or `LIFE`."""


class Cell:
    """A row that is open, with an upper bound of its size in bytes."""

    __slots__ = ("life", "size", "standing", "state")

    def __init__(self, row: Row, size: int) -> None:
        self.state = row.state
        self.standing = row.warnings
        self.life = row.life
        self.size = size


class Customers:
    """Rows as bytes before a slower store; those that are touched are opened, and stay so for a while.

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
        self._changed: dict[str, Cell] = {}
        self.deadlines: Deadlines[Deadline] = Deadlines()
        self.transitions: list[Transition] = []
        self.failures: list[Failure] = []
        self.lives = Lives(rules.customers) if rules.customers is not None else None

    def load(self, rows: Iterable[tuple[bytes, bytes]], clock: datetime, *, anew: bool) -> None:
        """Set the deadlines of these rows, as they stand at `clock`; `anew` has every rule look at every customer.

        A deadline due exactly at `clock` may not have fired yet: looking again decides nothing twice.
        """
        deadlines: dict[Deadline, datetime] = {}
        before = clock - MOMENT
        for key, raw in rows:
            customer, row = key.decode(), from_bytes(raw)
            if self.lives is not None:
                due = clock if anew else self.lives.next_check(row, before, clock)
                if due is not None:
                    deadlines[customer, LIFE] = due
            for place, rule in enumerate(self._rules.rules):
                due = clock if anew else self._next_check(place, rule, customer, row, before)
                if due is not None:
                    deadlines[customer, place] = due
        self.deadlines.fill(deadlines)

    def apply(self, fact: Fact, now: datetime) -> Refused | str:
        """Observe one event and judge by the rules it touches; "applied", "repeated", or why it can't be applied."""
        customer = fact.subject
        cell = self._open.get(customer) or self._opened(customer)
        before = cell.state
        if not cell.size and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        mark, flavour = fingerprint(fact), flavour_of(fact)
        if mark in before.seen:
            return "repeated"
        state = observe(before, fact, mark, flavour)
        touched = self._rules.touched_by(flavour, cell.standing)
        if state.forgotten != before.forgotten:  # what made room may have carried a warning of any rule
            touched = self._rules.everything
        lives, life = self.lives, cell.life
        if lives is not None and (seen := lives.placed(state)) is not state:
            state, touched = seen, self._rules.everything
        told, standing, checks = assess(customer, state, cell.standing, touched.values(), now, self.failures)
        stood = cell.standing
        standing = self._scored(customer, state, stood, standing, told, now)
        places: Iterable[int] = touched
        if lives is not None and (told or lives.is_touched(life, fact.type, before, state)):
            life, check = lives.lived(life, state, standing, now)
            places, checks = (*touched, LIFE), [*checks, check]
        size = cell.size + GROWTH + len(told) * WARNING_GROWTH
        if size > self._largest and (refused := self._weighed(cell, Row(VERSION, state, standing, life))):
            return refused
        cell.size = size
        self._take_over(customer, cell, Row(VERSION, state, standing, life), told, now)
        for place, check in zip(places, checks, strict=True):
            self.deadlines.set((customer, place), check)
        if standing is not stood:
            self._await_scores(customer, standing, now)
        return "applied"

    def heed(self, told: Aside, now: datetime) -> Refused | RejectedCommand | str:
        """Take in a profile or a command, and judge the customer anew; how it is to be counted, or why not."""
        if isinstance(told, NOT_YET):
            return not_yet(told)
        customer = told.subject
        cell = self._open.get(customer) or self._opened(customer)
        if not cell.size and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        outcome = heeded(customer, cell.state, cell.standing, self._rules.by_name, told, now)
        if isinstance(outcome, RejectedCommand):
            return outcome
        if outcome.state is cell.state and outcome.standing is cell.standing:
            return "unchanged"
        return self._judge_anew(customer, cell, outcome, now) or "heeded"

    def fire(self) -> None:
        """Judge the customer of the earliest deadline by its rule, or look at their stage, at the moment it is due."""
        due, (customer, place) = self.deadlines.pop()
        cell = self._open.get(customer) or self._opened(customer)
        if place == LIFE:
            self._look_again(customer, cell, due)
            return
        told, standing, (check,) = assess(
            customer, cell.state, cell.standing, self._rules.rules[place : place + 1], due, self.failures
        )
        self.deadlines.set((customer, place), None if place in self._rules.scores else check)
        if standing is not cell.standing:
            standing = self._scored(customer, cell.state, cell.standing, standing, told, due)
            self._settle(customer, cell, standing, told, due)
        self._await_scores(customer, cell.standing, due)

    def _look_again(self, customer: str, cell: Cell, due: datetime) -> None:
        """Ask for a customer's stage; and for the tier, for the rules may be new."""
        state = cell.state if self.lives is None else self.lives.placed(cell.state)
        if state is cell.state:
            self._settle(customer, cell, cell.standing, [], due)
        else:
            self._judge_anew(customer, cell, Obeyed(state, cell.standing, []), due)

    def _settle(
        self, customer: str, cell: Cell, standing: Warnings, told: list[Transition], due: datetime
    ) -> None:
        """Take over what a deadline told, with the stage that follows from it."""
        life = cell.life
        if self.lives is not None:
            life, check = self.lives.lived(life, cell.state, standing, due)
            self.deadlines.set((customer, LIFE), check)
        if standing is not cell.standing or life is not cell.life:
            cell.size += (1 + len(told)) * WARNING_GROWTH + LIFE_GROWTH
            self._take_over(customer, cell, Row(VERSION, cell.state, standing, life), told, due)

    def _take_over(
        self, customer: str, cell: Cell, after: Row, told: list[Transition], now: datetime
    ) -> None:
        """Make this the customer's row, and keep what is to be told of it."""
        if self.lives is not None:
            self.lives.tell(customer, (cell.state, cell.life), (after.state, after.life), now)
        cell.state, cell.standing, cell.life = after.state, after.warnings, after.life
        self._changed[customer] = cell
        self.transitions += told

    def _judge_anew(self, customer: str, cell: Cell, after: Obeyed, now: datetime) -> Refused | None:
        """Judge a customer by all rules after a change that may be of any size, and take the change over."""
        lives, life, rules = self.lives, cell.life, self._rules.everything
        before, state = after.standing, after.state if lives is None else lives.placed(after.state)
        told, standing, checks = assess(customer, state, before, rules.values(), now, self.failures)
        standing = self._scored(customer, state, before, standing, told, now)
        places: Iterable[int] = rules
        if lives is not None:
            life, check = lives.lived(life, state, standing, now)
            places, checks = (*rules, LIFE), [*checks, check]
        row = Row(VERSION, state, standing, life)
        if refused := self._weighed(cell, row):
            return refused
        cell.size = self._largest
        self._take_over(customer, cell, row, [*after.told, *told], now)
        for place, check in zip(places, checks, strict=True):
            self.deadlines.set((customer, place), check)
        self._await_scores(customer, standing, now)
        return None

    def _next_check(self, place: int, rule: Rule, customer: str, row: Row, now: datetime) -> datetime | None:
        change = next_change(rule.terms, row.warnings) if rule.terms.waits else None
        if place in self._rules.scores:
            return change
        try:
            return sooner(change, rule.judge(row.state, now)[1])
        except Exception as error:  # noqa: BLE001  whatever it raises, the others have to be judged
            self.failures.append(Failure(rule.terms.name, customer, error))
            return None

    def _await_scores(self, customer: str, standing: Warnings, now: datetime) -> None:
        """Set the deadlines of scores that wait. What they rest on has deadlines of its own."""
        for place, score in self._rules.waiting_scores.items():
            change = next_change(score.terms, standing)
            # One that is due and still waits has failed: asking it again would not end.
            self.deadlines.set((customer, place), change if change and change > now else None)

    def _scored(
        self,
        customer: str,
        state: State,
        before: Warnings,
        standing: Warnings,
        told: list[Transition],
        now: datetime,
    ) -> Warnings:
        """The warnings after the scores that rest on those that changed; what they tell is added to it."""
        if standing is before:
            return standing
        scores = self._rules.resting_on(changed_rules(before, standing))
        if not scores:
            return standing
        more, standing, _ = assess(customer, state, standing, scores.values(), now, self.failures)
        told += more
        return standing

    def take(self) -> tuple[dict[str, bytes], list[Transition]]:
        """The rows that have changed and the transitions told since the last call."""
        changed = {}
        for customer, cell in self._changed.items():
            raw = changed[customer] = to_bytes(Row(VERSION, cell.state, cell.standing, cell.life))
            cell.size = len(raw)
        self._recent.update(changed)
        transitions, self.transitions, self._changed = self.transitions, [], {}
        if len(self._open) > MOST_OPEN:
            self._open = {}
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

    def _weighed(self, cell: Cell, after: Row) -> Refused | None:
        size = len(to_bytes(after))
        if size > self._largest:
            return Refused(
                Reason.row_too_large, f"the customer's row would take {size} bytes, at most {self._largest}"
            )
        cell.size = min(cell.size, size)
        return None


WRONG_PARTITION = Refused(
    Reason.wrong_partition,
    "this key does not belong to this partition: let every producer use one partitioner, "
    "and set `partitioner` to it (murmur2: Java, aiokafka; crc32: librdkafka; trusted: no check)",
)
