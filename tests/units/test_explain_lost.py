"""What `explain` says of who is lost, and of who will be."""

from __future__ import annotations

from typing import Any

from monitor.domain.rules import compile_rules
from monitor.offline.explain import Explanation, explained
from monitor.offline.one_customer import OneCustomer
from schemas.rules import RuleFile
from tests.laws.strategies import at, fact

QUIET = {"kind": "silence", "of": "order.placed"}
FILE = RuleFile.model_validate(
    {
        "version": 1,
        "customers": {"lost_after": {"floor": "30d", "fallback": "30d"}},
        "rules": [
            {"name": "quiet", **QUIET, "quiet_for": "10d", "steps": [{"severity": "critical", "times": 5}]},
            {"name": "later", **QUIET, "quiet_for": "40d"},
            {"name": "stays", **QUIET, "quiet_for": "35d", "while_lost": "stays"},
        ],
    }
)
DAY = 24


def told(hour: int) -> Explanation:
    rules = compile_rules(FILE)
    customers = OneCustomer(rules, "ada")
    customers.apply(fact("order.placed", {"amount": 1.0}, hour=0), at(0))
    while (due := customers.deadlines.first()) is not None and due <= at(hour):
        customers.fire()
    row = customers.row
    assert row is not None
    return explained("ada", row, FILE, rules, customers.transitions, at(hour))


def test_a_warning_that_stands_will_end_with_the_loss_and_none_begins_after_it() -> None:
    before = told(11 * DAY)
    [quiet] = before.standing
    assert quiet.next is not None
    assert (quiet.next.happens, quiet.next.at) == ("ends with the loss", at(30 * DAY))
    assert [(each.ahead.rule, each.ahead.at) for each in before.fires] == [("stays", at(35 * DAY))]


def test_rules_that_are_not_judged_while_the_customer_is_lost_are_named() -> None:
    after = told(31 * DAY)
    assert after.standing == []
    assert after.changes[0].cause == "lost"
    needs: dict[str, Any] = {each.rule: each.needs for each in after.lacks}
    assert set(needs) == {"quiet", "later"}
    assert set(needs.values()) == {"is not judged while the customer is lost"}
    assert after.next_deadline is not None
    assert after.next_deadline.at == at(35 * DAY)
