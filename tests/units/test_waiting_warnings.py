"""Warnings that wait for `for` or `keep`: their rows are saved, their deadlines come back, whatever else happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from monitor.domain.rules import RuleSet
from monitor.domain.rules.score import Score
from monitor.domain.state import Standing, State, from_bytes
from monitor.engine.customers import Customers
from monitor.engine.outputs import STANDING, WARNINGS, Output, outputs
from schemas.events import Fact
from tests.laws.lanes import logs_of, new_lane, play
from tests.laws.strategies import at, fact, rule_set

ANGRY = {"kind": "count", "of": "ticket.opened", "n": 1, "within": "48h"}
PENDING, KEPT = ANGRY | {"for": "10h"}, ANGRY | {"keep": "10h"}


def opened(hour: float, ticket: str = "T1") -> Fact:
    return fact("ticket.opened", {"ticket_id": ticket}, hour=hour, name=ticket)


def lived(rules: RuleSet, *events: Fact) -> Customers:
    customers = Customers(rules, lambda _: None)
    for event in events:
        customers.apply(event, event.time)
    return customers


def warnings(rows: dict[str, bytes]) -> tuple[Standing, ...]:
    return from_bytes(rows["ada"]).warnings


def taken_over(rules: RuleSet, rows: dict[str, bytes], clock: datetime) -> Customers:
    customers = Customers(rules, lambda key: rows.get(key.decode()))
    customers.load([(customer.encode(), raw) for customer, raw in rows.items()], clock)
    return customers


def test_that_a_finding_went_is_saved_though_nothing_is_told() -> None:
    customers = lived(rule_set(KEPT), opened(0))
    customers.take()
    customers.fire()
    rows, told = customers.take()
    assert told == []
    assert [each.gone for each in warnings(rows)] == [at(48)]


def test_that_a_finding_came_back_is_saved_too() -> None:
    customers = lived(rule_set(KEPT), opened(0))
    customers.fire()
    customers.apply(opened(50, "T2"), at(50))
    rows, told = customers.take()
    assert [each.told for each in told] == ["firing"]
    assert [(each.phase, each.gone) for each in warnings(rows)] == [("firing", None)]


@pytest.mark.parametrize(("rule", "due", "told"), [(PENDING, 10, "firing"), (KEPT, 58, "resolved")])
def test_who_takes_over_knows_until_when_a_warning_waits(
    rule: dict[str, object], due: float, told: str
) -> None:
    rules = rule_set(rule)
    customers = lived(rules, opened(0))
    if rule is KEPT:
        customers.fire()
    rows, _ = customers.take()
    others = taken_over(rules, rows, at(due - 1))
    assert others.deadlines.first() == at(due)
    others.fire()
    assert [(each.told, each.at) for each in others.take()[1]] == [(told, at(due))]


def test_a_score_that_waits_has_a_deadline_of_its_own_also_after_a_takeover() -> None:
    score = {"name": "risk", "kind": "score", "at_least": 1, "for": "10h"}
    rules = rule_set(ANGRY, ANGRY, score | {"parts": [{"rule": f"r{each}", "weight": 1} for each in (0, 1)]})
    rows, _ = lived(rules, opened(0)).take()
    others = taken_over(rules, rows, at(1))
    others.fire()
    assert [(each.warning.rule, each.told, each.at) for each in others.take()[1]] == [
        ("risk", "firing", at(10))
    ]


class Failing(Score, frozen=True):
    """A score that fails from the moment on at which it would fire."""

    def judge(self, state: State, now: datetime) -> tuple[tuple[()], None]:
        raise ZeroDivisionError("a mistake of ours")


def test_a_score_that_fails_when_it_is_due_is_not_asked_for_ever() -> None:
    score = {"name": "risk", "kind": "score", "at_least": 1, "for": "10h"}
    good = rule_set(ANGRY, ANGRY, score | {"parts": [{"rule": f"r{each}", "weight": 1} for each in (0, 1)]})
    rows, _ = lived(good, opened(0)).take()
    *parts, risk = good.rules
    assert isinstance(risk, Score)
    broken = RuleSet((*parts, Failing(risk.terms, risk.parts, risk.at_least)), good.version)
    others = taken_over(broken, rows, at(1))
    others.fire()
    assert [each.rule for each in others.failures] == ["risk"]
    assert others.deadlines.first() == at(48)


def test_a_pending_warning_stands_on_its_topic_until_it_is_over() -> None:
    rules = rule_set(PENDING | {"within": "5h"})
    told = [each for step in play(new_lane(rules), logs_of([opened(0)])) for each in _told(step)]
    assert [(each.topic, each.value is None) for each in told] == [
        (WARNINGS, False),
        (STANDING, False),
        (WARNINGS, False),
        (STANDING, True),
    ]


def _told(step: Any) -> list[Output]:
    return [each for each in outputs(step, longest=10**6) if each.topic in (WARNINGS, STANDING)]
