"""Stages and tiers where rules change."""

from __future__ import annotations

from typing import Any

from monitor.domain.changes import StageChange, TierChange
from monitor.engine.customers import Customers
from schemas.events import COMMANDS, PROFILES
from tests.laws.strategies import at, fact, rule_set

TIERS: dict[str, Any] = {"tiers": {"important": {"sales_from": 5.0}}}


def test_what_was_told_before_other_rules_came_is_not_lost() -> None:
    customers = Customers(rule_set(customers=TIERS), lambda _: None)
    customers.apply(fact("order.placed", {"amount": 1.0}, hour=1), at(1))
    customers.use(rule_set())
    assert [type(each) for each in customers.changes] == [TierChange, StageChange]


def test_rules_that_ask_for_stages_tell_them_of_customers_who_are_known() -> None:
    customers = Customers(rule_set(), lambda _: None)
    customers.apply(fact("order.placed", {"amount": 9.0}, hour=1), at(1))
    assert customers.changes == []
    rules = rule_set(customers=TIERS)
    customers.use(rules)
    customers.apply(fact("order.placed", {"amount": 9.0}, hour=2, name="2"), at(2))
    tier, stage = customers.changes
    assert (tier.after, tier.at) == ("important", at(2))
    assert isinstance(stage, StageChange)
    assert (stage.before, stage.after.stage, stage.after.since) == (None, "new", at(1))


def test_a_first_order_that_changes_the_tier_concerns_what_was_said_before_it() -> None:
    moved = {"name": "moved", "kind": "signal", "of": "customer.moved", "lasts": "30d"}
    rules = rule_set(moved | {"scopes": [{"tier": "ordinary", "mode": "off"}]}, customers=TIERS)
    customers = Customers(rules, lambda _: None)
    told: dict[str, Any] = {
        "specversion": "1.0",
        "source": "/desk",
        "id": "1",
        "subject": "ada",
        "time": at(0),
    }
    customers.heed(PROFILES.validate_python({**told, "type": "profile.updated", "data": {}}), at(0))
    customers.heed(COMMANDS.validate_python({**told, "type": "customer.moved", "data": {}}), at(1))
    customers.apply(fact("order.placed", {"amount": 1.0}, hour=2), at(2))
    assert [each.told for each in customers.transitions] == ["firing", "resolved"]


def test_no_row_is_too_large_for_what_new_rules_make_of_stage_and_tier() -> None:
    before = Customers(rule_set(), lambda _: None)
    before.apply(fact("order.placed", {"amount": 9.0}, hour=1), at(1))
    rows, _ = before.take()
    customers = Customers(rule_set(customers=TIERS), lambda _: None, largest=len(rows["ada"]))
    customers.load([(b"ada", rows["ada"])], at(2))
    customers.fire()
    assert [type(each) for each in customers.changes] == [TierChange, StageChange]
    assert len(customers.take()[0]["ada"]) > len(rows["ada"])
