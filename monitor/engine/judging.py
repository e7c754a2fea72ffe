"""Judging one customer, by one way for whatever asks for it: an event, a deadline, a command, other rules.

Belongs here: which rules look at which facts, and what comes of it. Pure: where rows and deadlines are kept, and when
a customer is judged, is for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.assess import Failure, assess, changed_rules, sooner, switched_off
from monitor.domain.life import Transition, next_change
from monitor.domain.observe import flavour_of, observe
from monitor.domain.outages import Outages, interrupted
from monitor.domain.rule_change import Change, because_of_change, ended_by_change, left_alone
from monitor.domain.rules import NO_RULES, Placed, RuleSet, for_state
from monitor.domain.stages import is_lost
from monitor.domain.state import VERSION, Row, Standing, State
from monitor.engine.fetched import MOMENT
from monitor.engine.lives import LIFE, Lives
from schemas.events import Fact

Check = tuple[int, datetime | None]
"""When the rule at a place wants to look again, or the stage (`LIFE`); None: never by itself."""


class Judged(NamedTuple):
    """A customer after a judgement: the row, which is the very same where nothing changed, and what is told of it.

    `checks` are those of all that was asked. `failures` are rules that raised, and are off for the customer by now,
    as far as a row has room for them.
    """

    row: Row
    told: list[Transition]
    checks: Iterable[Check]
    failures: list[Failure]


class Judging:
    """The rules of a lane, and the stages that rest on them."""

    def __init__(self, rules: RuleSet, outages: Outages = ()) -> None:
        self.rules = rules
        self.outages = outages
        self.lives = Lives(rules.customers) if rules.customers is not None else None

    def after_event(self, customer: str, row: Row, fact: Fact, mark: bytes, now: datetime) -> Judged:
        """Observe an event, of which `mark` is the fingerprint, and judge by the rules that it touches."""
        before, stood, life, lives = row.state, row.warnings, row.life, self.lives
        flavour = flavour_of(fact)
        state = observe(before, fact, mark, flavour)
        rules = self.rules.for_row(customer, row)
        touched = rules.touched_by(flavour, stood, state.rhythm.orders)
        if state.forgotten != before.forgotten:
            touched = rules.touched_by_forgetting(touched, state, stood)
        asks = False
        if lives is not None:
            asks = lives.is_touched(life, fact.type, before, state)
            placed = lives.placed(state, life)
            if placed is not state:
                state = placed
                if before.events or before.marks:  # else no other rule has anything to go by
                    touched = rules.everything
        return self._judged(customer, Row(VERSION, state, stood, life, row.off), touched, now, asks=asks)

    def at_deadline(self, customer: str, row: Row, place: int, now: datetime) -> Judged:
        """Judge by the rule at this place; for `LIFE` ask for the stage, and for the tier, for the rules may be new."""
        if place == LIFE:
            if self._seen(row, row.state, row.warnings) is not row:
                return self.whole(customer, row, row.state, row.warnings, now)
            return self._judged(customer, row, NO_RULES, now, asks=True)
        rules = self.rules.for_row(customer, row)
        only = {place: rules.rules[place]}
        if place in rules.scores:
            return self._judged(customer, row, NO_RULES, now, scores=only)
        return self._judged(customer, row, only, now)

    def whole(
        self, customer: str, row: Row, state: State, standing: tuple[Standing, ...], now: datetime
    ) -> Judged:
        """Judge by all rules, with these facts and warnings in place of the row's."""
        rules = self.rules.for_row(customer, row)
        seen = self._seen(row, state, standing)
        return self._judged(customer, seen, rules.everything, now, scores=rules.scores, asks=True)

    def anew(self, customer: str, row: Row, change: Change, now: datetime) -> Judged:
        """Judge by rules that have changed: what ends now ends because of that.

        Those that were off for the customer have another chance.
        """
        row = replace(row, off=()) if row.off else row
        rules = self.rules.for_row(customer, row)
        standing, told = ended_by_change(customer, row.warnings, rules.by_name, change, now)
        left = left_alone(standing, change)
        # Who has no next check would never look again by itself: it has to be judged now.
        kept = {
            place: check
            for place, check in (self.checks(customer, row, now) if left else ())
            if check is not None and place != LIFE and rules.rules[place].terms.name in left
        }
        everything, scores = _without(rules.everything, kept), _without(rules.scores, kept)
        seen = self._seen(row, row.state, standing)
        judged = self._judged(customer, seen, everything, now, scores=scores, asks=True)
        told += map(because_of_change, judged.told) if change.by_rules else judged.told
        return Judged(judged.row, told, [*kept.items(), *judged.checks], judged.failures)

    def checks(self, customer: str, row: Row, clock: datetime) -> Iterator[Check]:
        """When each rule and the stage want to look again at a row as it stands at `clock`.

        A rule that raises here is judged at `clock`, and raises there.
        """
        rules, before = self.rules.for_row(customer, row), clock - MOMENT
        if self.outages:
            row = replace(row, state=interrupted(row.state, self.outages))
        for place in (*rules.everything, *rules.scores):
            try:
                check = self._next_check(rules, place, row, before)
            except Exception:  # noqa: BLE001  whatever it raises, the others have to be judged
                check = clock
            # A warning that other rules kept as it was may have waited for longer than these ask for.
            yield place, None if check is None else max(check, clock)
        if self.lives is not None:
            yield LIFE, self.lives.next_check(row, before, clock)

    def _judged(
        self,
        customer: str,
        seen: Row,
        placed: Placed,
        now: datetime,
        *,
        scores: Placed = NO_RULES,
        asks: bool = False,
    ) -> Judged:
        """Judge by the rules in `placed`, then by `scores`, or those that rest on what has changed; then the stage.

        It is asked for if it `asks`, or if anything was told.
        """
        failures: list[Failure] = []
        state, stood, life = seen.state, seen.warnings, seen.life
        facts = interrupted(state, self.outages) if self.outages else state
        told, standing, found = assess(customer, facts, stood, placed.values(), now, failures)
        checks: Iterable[Check] = zip(placed, found, strict=True)
        if standing is not stood or scores:
            rules = self.rules.for_row(customer, seen)
            scores = scores or rules.resting_on(changed_rules(stood, standing))
            more, standing, _ = assess(customer, facts, standing, scores.values(), now, failures)
            told += more
            checks = (*checks, *_waiting(rules, standing, now))
        if self.lives is not None and (asks or told):
            life, check = self.lives.lived(life, facts, standing, now)
            checks = (*checks, (LIFE, check))
        if life is not seen.life and is_lost(life) != is_lost(seen.life):
            return self._judged_again(customer, replace(seen, life=life), [], now)
        if failures and (off := switched_off(seen.off, failures, now)) is not seen.off:
            return self._judged_again(customer, replace(seen, off=off), failures, now)
        if standing is not stood or life is not seen.life:
            seen = Row(VERSION, state, standing, life, seen.off)
        return Judged(seen, told, checks, failures)

    def _judged_again(self, customer: str, seen: Row, failures: list[Failure], now: datetime) -> Judged:
        """Judge by all rules that are for a customer who is lost, or no more, or without those that are off now.

        Nothing is told of what was found by others.
        """
        judged = self.whole(customer, seen, seen.state, seen.warnings, now)
        none = ((place, None) for place in range(len(self.rules.rules)))
        return Judged(judged.row, judged.told, (*none, *judged.checks), [*failures, *judged.failures])

    def _seen(self, row: Row, state: State, standing: tuple[Standing, ...]) -> Row:
        """The row with these facts, tier and probation of now, and these warnings; the same where none differ."""
        if self.lives is not None:
            state = self.lives.placed(state, row.life)
        if state is row.state and standing is row.warnings:
            return row
        return Row(VERSION, state, standing, row.life, row.off)

    def _next_check(self, rules: RuleSet, place: int, row: Row, now: datetime) -> datetime | None:
        rule = for_state(rules.rules[place], row.state)
        change = next_change(rule.terms, row.warnings) if rule.terms.waits else None
        return change if place in rules.scores else sooner(change, rule.judge(row.state, now)[1])


def _waiting(rules: RuleSet, standing: tuple[Standing, ...], now: datetime) -> Iterator[Check]:
    """The deadlines of scores that wait. What they rest on has deadlines of its own."""
    for place, score in rules.waiting_scores.items():
        change = next_change(score.terms, standing)
        # One that is due has its deadline still, or has failed: asking it again would not end.
        if change is None or change > now:
            yield place, change


def _without(placed: Placed, kept: Mapping[int, object]) -> Placed:
    return {place: rule for place, rule in placed.items() if place not in kept} if kept else placed
