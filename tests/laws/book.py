"""The book: the merged order of events and what a lane tells of them, found the slow and plain way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from monitor.domain.assess import assess
from monitor.domain.changes import CustomerChange, changes, placed
from monitor.domain.life import Transition, next_change
from monitor.domain.losses import TOUCHING
from monitor.domain.observe import flavour_of, observe
from monitor.domain.rules import RuleSet
from monitor.domain.stages import is_lost, live, worst
from monitor.domain.state import Life, Standing, State
from monitor.engine.fetched import DAWN, MOMENT
from monitor.engine.lives import LIFE
from schemas.events import EVENT_TYPES, Fact
from tests.laws.lanes import END, NAMES


class Place(NamedTuple):
    """A record's merge key, and its input."""

    time: datetime
    rank: int
    offset: int


def places(events: list[Fact], gaps: int = 1) -> list[Place]:
    """Where each event stands in the merged order, its log being written in the order given."""
    newest, counted, found = dict.fromkeys(NAMES, DAWN), Counter[str](), []
    for event in events:
        name = EVENT_TYPES[event.type].input
        newest[name] = max(newest[name], event.time)
        found.append(Place(newest[name], NAMES.index(name), counted[name] * gaps))
        counted[name] += 1
    return found


class ByTheBook:
    """What a lane tells, found the slow way: at every moment, all deadlines are looked through."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.states: dict[str, State] = {}
        self.standing: dict[str, tuple[Standing, ...]] = {}
        self.checks: dict[tuple[str, int], datetime] = {}
        self.told: list[Transition] = []
        self.lives: dict[str, Life] = {}
        self.asked: dict[str, datetime] = {}
        self.changes: list[CustomerChange] = []

    def play(self, events: list[Fact]) -> list[Transition]:
        for place, event in sorted(zip(places(events), events, strict=True), key=itemgetter(0)):
            self.pass_before(place.time)
            customer = event.subject
            before = self.states.get(customer, State())
            self.states[customer] = self.placed(customer, observe(before, event))
            moved = self.states[customer].about != before.about
            numbers = self.rules_of(customer).everything if moved else self.touched_by(event)
            asks = self.touches_stage(event, before)
            self.look(customer, before, numbers, place.time, asks=asks)
        self.pass_before(END + MOMENT)
        return self.told

    def touched_by(self, event: Fact) -> list[int]:
        """The rules that an event can touch in any way; scores change with them."""
        about = event.type, flavour_of(event)
        return [
            place
            for place, rule in self.rules_of(event.subject).everything.items()
            if rule.touched_by(*about) or rule.ended_by(*about)
        ]

    def touches_stage(self, event: Fact, before: State) -> bool:
        """Whether an event can change the stage; what is due at the moment of any other waits for all events of it."""
        customer = event.subject
        forgot = self.states[customer].forgotten != before.forgotten
        return customer not in self.lives or event.type in TOUCHING or forgot

    def pass_before(self, moment: datetime) -> None:
        while due := [(due, key) for key, due in self.checks.items() if due < moment]:
            now, (customer, number) = min(due)
            self.look(customer, self.states[customer], [number] if number != LIFE else [], now, asks=True)

    def rules_of(self, customer: str) -> RuleSet:
        """The rules for a customer, as they stand: lost or not."""
        rules = self.rules.of(customer)
        return rules.while_lost if is_lost(self.lives.get(customer)) else rules

    def look(
        self, customer: str, before: State, numbers: Iterable[int], now: datetime, *, asks: bool
    ) -> None:
        """Judge by these rules and ask for the stage; who is lost by now, or no more, is judged by all again."""
        stood, life, told = self.standing.get(customer, ()), self.lives.get(customer), len(self.told)
        self.judge(customer, numbers, now)
        asks = asks or self.standing.get(customer, ()) != stood
        self.live(customer, now if asks else now - MOMENT)
        if is_lost(life) != is_lost(self.lives.get(customer)):
            self.standing[customer], self.told[told:] = stood, []
            for number in range(len(self.rules.rules)):
                self.checks.pop((customer, number), None)
            self.judge(customer, self.rules_of(customer).everything, now)
            self.judge_scores(customer, now)
            self.live(customer, now)
        terms = self.rules.customers
        if terms is not None:
            known, known_now = (before, life), (self.states[customer], self.lives[customer])
            self.changes += changes(customer, known, known_now, terms, now)

    def judge(self, customer: str, numbers: Iterable[int], now: datetime) -> None:
        """Judge by these rules, one by one, and then by all scores, if any warning has changed."""
        before, scores = self.standing.get(customer, ()), self.rules_of(customer).scores
        for number in numbers:
            self.checks.pop((customer, number), None)
            check = self.judged(customer, number, now)
            if check is not None and number not in scores:
                self.checks[customer, number] = check
        if self.standing.get(customer, ()) != before:
            self.judge_scores(customer, now)

    def judge_scores(self, customer: str, now: datetime) -> None:
        for number, score in self.rules_of(customer).scores.items():
            self.judged(customer, number, now)
            self.checks.pop((customer, number), None)
            change = next_change(score.terms, self.standing[customer])
            if change is not None:
                self.checks[customer, number] = change

    def judged(self, customer: str, number: int, now: datetime) -> datetime | None:
        state, standing = self.states[customer], self.standing.get(customer, ())
        told, self.standing[customer], (check,) = assess(
            customer, state, standing, self.rules_of(customer).rules[number : number + 1], now
        )
        self.told += told
        return check

    def placed(self, customer: str, state: State) -> State:
        """The state with tier and probation of now, where the rules ask for them."""
        terms = self.rules.customers
        return placed(state, self.lives.get(customer), terms) if terms is not None else state

    def live(self, customer: str, asked: datetime) -> None:
        """Ask for the stage as it is at `asked`, whether anything can have changed it or not."""
        terms, state, life = self.rules.customers, self.states[customer], self.lives.get(customer)
        if terms is None:
            return
        self.asked[customer] = asked = max(asked, self.asked.get(customer, asked))
        level = worst(self.standing.get(customer, ()), terms.shadows)
        self.lives[customer], check = live(life, state, level, terms.stages, asked)
        self.checks.pop((customer, LIFE), None)
        if check is not None:
            self.checks[customer, LIFE] = check
