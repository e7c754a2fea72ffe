"""The customers of one lane: their rows, their warnings, their deadlines.

Belongs here: what one event or one deadline does to one customer. When it happens is for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from monitor.domain.assess import Failure
from monitor.domain.changes import CustomerChange
from monitor.domain.life import Transition
from monitor.domain.observe import fingerprint
from monitor.domain.outages import Outages
from monitor.domain.rule_change import Change
from monitor.domain.rules import RuleSet
from monitor.domain.state import NEW, Row, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.anew import Anew
from monitor.engine.asides import NOT_YET, Aside, heeded, not_yet, of_source
from monitor.engine.deadlines import Deadlines
from monitor.engine.judging import Judged, Judging
from monitor.engine.rows import ReadRow, Rows
from monitor.engine.step import RejectedCommand
from schemas.commands import SourceEvent
from schemas.dead_letters import Reason
from schemas.events import Fact


class Customers:
    """Every event and every deadline opens its customer's row, and packs it again: nothing lies open between them.

    `read` finds a row that isn't in memory; at least `kept` stay there (None: all of them). `belongs` says whether a
    customer's id is this lane's, `names` are those of all who have a row in the store. No event, profile or command
    makes a row longer than `largest` bytes. `anew` are those who wait to be judged by other rules than before: they
    have no deadlines.
    """

    def __init__(
        self,
        rules: RuleSet,
        read: ReadRow,
        *,
        names: Callable[[], Iterable[str]] = tuple,
        belongs: Callable[[bytes], bool] = lambda _: True,
        largest: int = 65_536,
        kept: int | None = None,
    ) -> None:
        self._judging = Judging(rules)
        self._names = names
        self._belongs = belongs
        self._largest = largest
        self._rows = Rows(read, kept)
        self.deadlines = Deadlines()
        self.transitions: list[Transition] = []
        self.failures: list[Failure] = []
        self.changes: list[CustomerChange] = []
        self.anew = Anew()

    @property
    def rules(self) -> RuleSet:
        """The rules that customers are judged by now."""
        return self._judging.rules

    @property
    def outages(self) -> Outages:
        """The outages of sources that count where silence is measured."""
        return self._judging.outages

    def load(
        self,
        rows: Iterable[tuple[bytes, bytes]],
        clock: datetime,
        anew: str | None = None,
        outages: Outages = (),
    ) -> None:
        """Set the deadlines of these rows, as they stand at `clock`; those after `anew` wait to be judged anew.

        A deadline due exactly at `clock` may not have fired yet: looking again decides nothing twice.
        """
        self._judging.outages = outages
        waiting = []
        for customer, raw in self._rows.loaded(rows):
            if anew is not None and customer > anew:
                waiting.append(customer)
            else:
                self.deadlines.set(customer, self._judging.checks(customer, from_bytes(raw), clock))
        self.anew = Anew(waiting, anew)

    def use(self, rules: RuleSet) -> None:
        """Judge by these rules from now on; everybody waits to be judged anew by them."""
        self._judging = Judging(rules, self.outages)
        self._judge_all_anew()

    def interrupt(self, outages: Outages) -> None:
        """Judge with these outages from now on; everybody waits to be judged anew."""
        self._judging.outages = outages
        self._judge_all_anew()

    def _judge_all_anew(self) -> None:
        self.deadlines = Deadlines()
        self.anew = Anew({*self._names(), *(name for name, _ in self._rows.in_memory())}, "")

    def apply(self, fact: Fact, now: datetime) -> Refused | str:
        """Observe one event and judge by the rules it touches; "applied", "repeated", or why it can't be applied."""
        customer = fact.subject
        row = self._opened(customer)
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        mark = fingerprint(fact)
        if mark in row.state.seen:
            return "repeated"
        judged = self._judging.after_event(customer, row, fact, mark, now)
        return self._take_over(customer, row, judged, now, self._largest) or "applied"

    def heed(self, told: Aside, now: datetime) -> Refused | RejectedCommand | str:
        """Take in a profile or a command, and judge the customer anew; how it is to be counted, or why not."""
        if isinstance(told, SourceEvent):
            return self._hear_of_source(told, now)
        if isinstance(told, NOT_YET):
            return not_yet(told)
        customer = told.subject
        row = self._opened(customer)
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        rules = self.rules.for_row(customer, row)
        outcome = heeded(customer, row.state, row.warnings, rules.by_name, told, now)
        if isinstance(outcome, RejectedCommand):
            return outcome
        if outcome.state is row.state and outcome.standing is row.warnings:
            return "unchanged"
        judged = self._judging.whole(customer, row, outcome.state, outcome.standing, now)
        judged.told[:0] = outcome.told
        return self._take_over(customer, row, judged, now, self._largest) or "heeded"

    def _hear_of_source(self, told: SourceEvent, now: datetime) -> RejectedCommand | str:
        outages = of_source(told, self.outages, now)
        if isinstance(outages, RejectedCommand):
            return outages
        if outages == self.outages:
            return "unchanged"
        self.interrupt(outages)
        return "heeded"

    def judge_anew(self, customer: str, now: datetime, change: Change) -> None:
        """Judge a customer by rules that have changed."""
        row = self._opened(customer)
        judged = self._judging.anew(customer, row, change, now)
        self._take_over(customer, row, judged, now)
        self.deadlines.set(customer, judged.checks)

    def fire(self) -> None:
        """Judge the customer of the earliest deadline by its rule, or look at their stage, at the moment it is due."""
        due, customer, place = self.deadlines.pop()
        row = self._opened(customer)
        self._take_over(customer, row, self._judging.at_deadline(customer, row, place, due), due)

    def _take_over(
        self, customer: str, before: Row, judged: Judged, now: datetime, largest: int | None = None
    ) -> Refused | None:
        """Make the judged row the customer's, tell what is to be told, and set the deadlines.

        Refused, with nothing changed, if the row became longer than `largest` bytes. Nobody sent what time and rules
        do: there is nothing to refuse, and a row holds so many warnings only.
        """
        after = judged.row
        if after is not before:
            raw = to_bytes(after)
            if largest is not None and len(raw) > largest:
                return _too_large(raw, largest)
            self._rows.put(customer, raw)
            if self._judging.lives is not None:
                known, now_known = (before.state, before.life), (after.state, after.life)
                self.changes += self._judging.lives.told(customer, known, now_known, now)
        self.transitions += judged.told
        self.failures += judged.failures
        if self.anew.after is None or not self.anew.waits(customer, is_new=before is NEW):
            self.deadlines.set(customer, judged.checks)
        return None

    def take(self) -> tuple[dict[str, bytes], list[Transition]]:
        """The rows that have changed and the transitions told since the last call."""
        transitions, self.transitions = self.transitions, []
        return self._rows.take(), transitions

    def make_room(self) -> None:
        """Let go of rows that were not used lately. Only when every change so far stands in the store."""
        self._rows.make_room()

    def standing(self) -> Iterable[tuple[str, Row]]:
        """All rows in memory, by customer."""
        return ((customer, from_bytes(raw)) for customer, raw in self._rows.in_memory())

    def _opened(self, customer: str) -> Row:
        raw = self._rows.get(customer)
        return NEW if raw is None else from_bytes(raw)


def _too_large(raw: bytes, largest: int) -> Refused:
    told = f"the customer's row would take {len(raw)} bytes, at most {largest}"
    return Refused(Reason.row_too_large, told)


WRONG_PARTITION = Refused(
    Reason.wrong_partition,
    "this key does not belong to this partition: let every producer use one partitioner, "
    "and set `partitioner` to it (murmur2: Java, aiokafka; crc32: librdkafka; trusted: no check)",
)
