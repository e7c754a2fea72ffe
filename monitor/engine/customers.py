"""The customers of one lane: their rows, their warnings, their deadlines.

Belongs here: what one event or one deadline does to one customer. When it happens is for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime

from monitor.domain.assess import Failure, assess, changed_rules, sooner
from monitor.domain.changes import CustomerChange
from monitor.domain.commands import Obeyed
from monitor.domain.life import Transition, next_change
from monitor.domain.observe import fingerprint, flavour_of, observe
from monitor.domain.rule_change import Change, because_of_change, ended_by_change, left_alone
from monitor.domain.rules import RuleSet, for_state
from monitor.domain.state import NEW, VERSION, Row, Standing, State, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.anew import Anew
from monitor.engine.asides import NOT_YET, Aside, heeded, not_yet
from monitor.engine.deadlines import Deadlines
from monitor.engine.fetched import MOMENT
from monitor.engine.lives import LIFE, Lives
from monitor.engine.rows import ReadRow, Rows
from monitor.engine.step import RejectedCommand
from schemas.dead_letters import Reason
from schemas.events import Fact

Warnings = tuple[Standing, ...]


class Customers:
    """Every event and every deadline opens its customer's row, and packs it again: nothing lies open between them.

    `read` finds a row that isn't in memory; at least `kept` stay there (None: all of them). `belongs` says whether a
    customer's id is this lane's, `names` are those of all who have a row in the store. No event makes a row longer
    than `largest` bytes. `anew` are those who wait to be judged by other rules than before: they have no deadlines.
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
        self.rules = rules
        self._names = names
        self._belongs = belongs
        self._largest = largest
        self._rows = Rows(read, kept)
        self.deadlines = Deadlines()
        self.transitions: list[Transition] = []
        self.failures: list[Failure] = []
        self.changes: list[CustomerChange] = []
        self.lives = Lives(rules.customers) if rules.customers is not None else None
        self.anew = Anew()

    def load(self, rows: Iterable[tuple[bytes, bytes]], clock: datetime, anew: str | None = None) -> None:
        """Set the deadlines of these rows, as they stand at `clock`; those after `anew` wait to be judged anew.

        A deadline due exactly at `clock` may not have fired yet: looking again decides nothing twice.
        """
        waiting = []
        for customer, raw in self._rows.loaded(rows):
            if anew is not None and customer > anew:
                waiting.append(customer)
            else:
                self.deadlines.set(customer, self._checks(customer, raw, clock))
        self.anew = Anew(waiting, anew)

    def use(self, rules: RuleSet) -> None:
        """Judge by these rules from now on; everybody waits to be judged anew by them."""
        self.rules = rules
        self.lives = Lives(rules.customers) if rules.customers is not None else None
        self.deadlines = Deadlines()
        self.anew = Anew({*self._names(), *(name for name, _ in self._rows.in_memory())}, "")

    def apply(self, fact: Fact, now: datetime) -> Refused | str:
        """Observe one event and judge by the rules it touches; "applied", "repeated", or why it can't be applied."""
        customer = fact.subject
        row = self._opened(customer)
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        before, stood, life = row.state, row.warnings, row.life
        mark, flavour = fingerprint(fact), flavour_of(fact)
        if mark in before.seen:
            return "repeated"
        state = observe(before, fact, mark, flavour)
        rules = self.rules.of(customer)
        touched = rules.touched_by(flavour, stood, state.rhythm.orders)
        if state.forgotten != before.forgotten:
            touched = rules.touched_by_forgetting(touched, state, stood)
        lives = self.lives
        if lives is not None and (seen := lives.placed(state, life)) is not state:
            state = seen
            if before.events or before.marks:  # else no other rule has anything to go by
                touched = rules.everything
        told, standing, checks = assess(customer, state, stood, touched.values(), now, self.failures)
        standing = self._scored(customer, state, stood, standing, told, now)
        places: Iterable[int] = touched
        if lives is not None and (told or lives.is_touched(life, fact.type, before, state)):
            life, check = lives.lived(life, state, standing, now)
            places, checks = (*touched, LIFE), [*checks, check]
        after = Row(VERSION, state, standing, life)
        raw = to_bytes(after)
        if len(raw) > self._largest:
            return _too_large(raw, self._largest)
        self._take_over(customer, row, after, raw, told, now)
        if self.anew.after is None or not self.anew.waits(customer, is_new=row is NEW):
            self.deadlines.set(customer, zip(places, checks, strict=True))
            if standing is not stood:
                self._await_scores(customer, standing, now)
        return "applied"

    def heed(self, told: Aside, now: datetime) -> Refused | RejectedCommand | str:
        """Take in a profile or a command, and judge the customer anew; how it is to be counted, or why not."""
        if isinstance(told, NOT_YET):
            return not_yet(told)
        customer = told.subject
        row = self._opened(customer)
        if row is NEW and not self._belongs(customer.encode()):
            return WRONG_PARTITION
        rules = self.rules.of(customer)
        outcome = heeded(customer, row.state, row.warnings, rules.by_name, told, now)
        if isinstance(outcome, RejectedCommand):
            return outcome
        if outcome.state is row.state and outcome.standing is row.warnings:
            return "unchanged"
        return self._judge_whole(customer, row, outcome, now) or "heeded"

    def judge_anew(self, customer: str, now: datetime, change: Change) -> None:
        """Judge a customer by rules that have changed: what ends now ends because of that."""
        row = self._opened(customer)
        mine = self.rules.of(customer)
        before, told = ended_by_change(customer, row.warnings, mine.by_name, change, now)
        kept = self._looked_at_later(customer, row, left_alone(before, change), now)
        state = row.state if self.lives is None else self.lives.placed(row.state, row.life)
        rules = [rule for rule in mine.scores_last if rule.terms.name not in kept]
        found, standing, _ = assess(customer, state, before, rules, now, self.failures)
        life = row.life if self.lives is None else self.lives.lived(row.life, state, standing, now).life
        after = Row(VERSION, state, standing, life)
        raw = to_bytes(after)
        if standing is not row.warnings or state is not row.state or life is not row.life:
            self._take_over(customer, row, after, raw, [*told, *map(because_of_change, found)], now)
        self.deadlines.set(customer, self._checks(customer, raw, now))

    def _looked_at_later(self, customer: str, row: Row, rules: Collection[str], now: datetime) -> set[str]:
        """Those of these rules that have a next check; the others would never look again by themselves."""
        mine = self.rules.of(customer)
        return {
            rule.terms.name
            for place, rule in enumerate(mine.rules if rules else ())
            if rule.terms.name in rules and self._next_check(mine, place, customer, row, now) is not None
        }

    def fire(self) -> None:
        """Judge the customer of the earliest deadline by its rule, or look at their stage, at the moment it is due."""
        due, customer, place = self.deadlines.pop()
        row = self._opened(customer)
        if place == LIFE:
            self._look_again(customer, row, due)
            return
        rules = self.rules.of(customer)
        told, standing, (check,) = assess(
            customer, row.state, row.warnings, rules.rules[place : place + 1], due, self.failures
        )
        if place not in rules.scores:
            self.deadlines.set(customer, ((place, check),))
        if standing is not row.warnings:
            standing = self._scored(customer, row.state, row.warnings, standing, told, due)
            self._settle(customer, row, standing, told, due)
        self._await_scores(customer, standing, due)

    def _look_again(self, customer: str, row: Row, due: datetime) -> None:
        """Ask for a customer's stage; and for the tier, for the rules may be new."""
        state = row.state if self.lives is None else self.lives.placed(row.state, row.life)
        if state is row.state:
            self._settle(customer, row, row.warnings, [], due)
        else:
            self._judge_whole(customer, row, Obeyed(state, row.warnings, []), due)

    def _settle(
        self, customer: str, row: Row, standing: Warnings, told: list[Transition], due: datetime
    ) -> None:
        """Take over what a deadline told, with the stage that follows from it."""
        life = row.life
        if self.lives is not None:
            life, check = self.lives.lived(life, row.state, standing, due)
            self.deadlines.set(customer, ((LIFE, check),))
        if standing is not row.warnings or life is not row.life:
            after = Row(VERSION, row.state, standing, life)
            self._take_over(customer, row, after, to_bytes(after), told, due)

    def _take_over(
        self, customer: str, before: Row, after: Row, raw: bytes, told: list[Transition], now: datetime
    ) -> None:
        """Make this the customer's row, `raw` being its bytes, and keep what is to be told of it."""
        if self.lives is not None:
            self.changes += self.lives.told(
                customer, (before.state, before.life), (after.state, after.life), now
            )
        self._rows.put(customer, raw)
        self.transitions += told

    def _judge_whole(self, customer: str, row: Row, after: Obeyed, now: datetime) -> Refused | None:
        """Judge a customer by all rules after a change that may be of any size, and take the change over."""
        lives, life, rules = self.lives, row.life, self.rules.of(customer).everything
        before, state = after.standing, after.state if lives is None else lives.placed(after.state, life)
        told, standing, checks = assess(customer, state, before, rules.values(), now, self.failures)
        standing = self._scored(customer, state, before, standing, told, now)
        places: Iterable[int] = rules
        if lives is not None:
            life, check = lives.lived(life, state, standing, now)
            places, checks = (*rules, LIFE), [*checks, check]
        changed = Row(VERSION, state, standing, life)
        raw = to_bytes(changed)
        if len(raw) > self._largest:
            return _too_large(raw, self._largest)
        self._take_over(customer, row, changed, raw, [*after.told, *told], now)
        if not self.anew.waits(customer, is_new=row is NEW):
            self.deadlines.set(customer, zip(places, checks, strict=True))
            self._await_scores(customer, standing, now)
        return None

    def _checks(self, customer: str, raw: bytes, clock: datetime) -> Iterator[tuple[int, datetime | None]]:
        """When each rule and the stage, by their places, want to look again at a row as it stands at `clock`."""
        row, before = from_bytes(raw), clock - MOMENT
        rules = self.rules.of(customer)
        for place in range(len(rules.rules)):
            check = self._next_check(rules, place, customer, row, before)
            # A warning that other rules kept as it was may have waited for longer than these ask for.
            yield place, None if check is None else max(check, clock)
        if self.lives is not None:
            yield LIFE, self.lives.next_check(row, before, clock)

    def _next_check(
        self, rules: RuleSet, place: int, customer: str, row: Row, now: datetime
    ) -> datetime | None:
        rule = for_state(rules.rules[place], row.state)
        change = next_change(rule.terms, row.warnings) if rule.terms.waits else None
        if place in rules.scores:
            return change
        try:
            return sooner(change, rule.judge(row.state, now)[1])
        except Exception as error:  # noqa: BLE001  whatever it raises, the others have to be judged
            self.failures.append(Failure(rule.terms.name, customer, error))
            return None

    def _await_scores(self, customer: str, standing: Warnings, now: datetime) -> None:
        """Set the deadlines of scores that wait. What they rest on has deadlines of its own."""
        for place, score in self.rules.of(customer).waiting_scores.items():
            change = next_change(score.terms, standing)
            # One that is due has its deadline still, or has failed: asking it again would not end.
            if change is None or change > now:
                self.deadlines.set(customer, ((place, change),))

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
        scores = self.rules.of(customer).resting_on(changed_rules(before, standing))
        if not scores:
            return standing
        more, standing, _ = assess(customer, state, standing, scores.values(), now, self.failures)
        told += more
        return standing

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
