"""A rule that raises is passed over and reported; the lane, its other rules and its warnings go on."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

import pytest

from monitor.domain.assess import assess
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.rules.count import Count
from monitor.domain.state import State
from monitor.engine.customers import Customers
from tests.laws.lanes import logs_of, new_lane, play, transitions
from tests.laws.strategies import at, fact, rule_set

ANGRY = {"name": "angry", "kind": "count", "of": "ticket.opened", "n": 1, "within": "30d"}
BROKEN = {"name": "broken", "kind": "count", "of": "ticket.opened", "n": 1, "within": "30d"}


class Broken(Count, frozen=True):
    """A rule with a mistake in it."""

    def judge(self, state: State, now: datetime) -> NoReturn:
        raise ZeroDivisionError("a mistake of ours")


def rules() -> RuleSet:
    """A broken rule before one that works."""
    good, other = rule_set(ANGRY, BROKEN).rules
    assert isinstance(other, Count)
    broken: Rule = Broken(other.terms, other.of, other.n, other.within)
    return RuleSet((broken, good), "broken")


def test_the_other_rules_judge_all_the_same() -> None:
    customers = Customers(rules(), lambda _: None)
    event = fact("ticket.opened", {"ticket_id": "T1"}, hour=1)
    assert customers.apply(event, at(1)) == "applied"
    _, told = customers.take()
    assert [each.warning.rule for each in told] == ["angry"]


def test_each_failure_is_kept_with_rule_and_customer() -> None:
    customers = Customers(rules(), lambda _: None)
    customers.apply(fact("ticket.opened", {"ticket_id": "T1"}, hour=1), at(1))
    [failure] = customers.failures
    assert (failure.rule, failure.customer) == ("broken", "ada")
    assert isinstance(failure.error, ZeroDivisionError)


def test_rows_are_loaded_though_a_rule_raises() -> None:
    before = Customers(rules(), lambda _: None)
    before.apply(fact("ticket.opened", {"ticket_id": "T1"}, hour=1), at(1))
    changed, _ = before.take()
    after = Customers(rules(), lambda _: None)
    after.load([(customer.encode(), raw) for customer, raw in changed.items()], at(2))
    assert after.failures == []
    assert len(after.deadlines) == 2
    assert after.deadlines.first() == at(2)
    after.fire()
    assert [failure.rule for failure in after.failures] == ["broken"]
    assert len(after.deadlines) == 1


def test_a_step_counts_failures_and_hands_them_on() -> None:
    made = list(play(new_lane(rules()), logs_of([fact("ticket.opened", {"ticket_id": "T1"}, hour=1)])))
    assert sum(step.counts["rule_failed"] for step in made) == 1
    assert [failure.rule for step in made for failure in step.failures] == ["broken"]
    assert {each.warning.rule for each in transitions(made)} == {"angry"}


def test_where_nobody_collects_failures_they_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        assess("ada", State(), (), rules().rules, at(1))
