"""The book: the merged order of events and what a lane tells of them, found the slow and plain way."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from monitor.domain.assess import assess
from monitor.domain.life import Transition
from monitor.domain.observe import flavour_of, observe
from monitor.domain.rules import RuleSet
from monitor.domain.state import Standing, State
from monitor.engine.fetched import DAWN
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

    def play(self, events: list[Fact]) -> list[Transition]:
        for place, event in sorted(zip(places(events), events, strict=True), key=itemgetter(0)):
            self.pass_before(place.time)
            customer = event.subject
            self.states[customer] = observe(self.states.get(customer, State()), event)
            for number, rule in enumerate(self.rules.rules):
                asked = (rule.touched_by, rule.ended_by)
                if number not in self.rules.scores and any(
                    ask(event.type, flavour_of(event)) for ask in asked
                ):
                    self.judge(customer, number, place.time)
        self.pass_before(END)
        return self.told

    def pass_before(self, moment: datetime) -> None:
        while due := [(due, key) for key, due in self.checks.items() if due < moment]:
            now, (customer, number) = min(due)
            self.judge(customer, number, now)

    def judge(self, customer: str, number: int, now: datetime) -> None:
        state, standing = self.states[customer], self.standing.get(customer, ())
        told, self.standing[customer], (check,) = assess(
            customer, state, standing, self.rules.rules[number : number + 1], now
        )
        self.told += told
        self.checks.pop((customer, number), None)
        for place in self.rules.scores if told and number not in self.rules.scores else ():
            self.judge(customer, place, now)
        if check is not None and number not in self.rules.scores:
            self.checks[customer, number] = check
