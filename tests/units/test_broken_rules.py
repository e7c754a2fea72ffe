"""A rule that raises is switched off for that customer and reported; the lane, its other rules and warnings go on."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from monitor.cli.explain_text import as_record, show_explanation
from monitor.domain.assess import assess
from monitor.domain.rule_change import Change
from monitor.domain.rules import RuleSet
from monitor.domain.state import SwitchedOff
from monitor.engine.customers import Customers
from monitor.offline.explain import explained
from monitor.offline.standing import standing_at
from schemas.rules import RuleFile
from tests.laws.fragile import fragile_set
from tests.laws.lanes import logs_of, new_lane, play, transitions
from tests.laws.strategies import at, fact, rule_set

COUNT: dict[str, Any] = {"kind": "count", "n": 1, "within": "30d"}
FRAGILE = {"name": "fragile", **COUNT, "of": "ticket.opened"}
ANGRY = {"name": "angry", **COUNT, "of": "ticket.opened", "n": 2}
TALKS = {"name": "talks", **COUNT, "of": "contact.made"}
RISK = {
    "name": "risk",
    "kind": "score",
    "at_least": 0.6,
    "parts": [{"rule": "fragile", "weight": 1}, {"rule": "talks", "weight": 1}],
}
FRAGILE_TOO = FRAGILE | {"name": "fragile_too"}
HOLLOW = {
    "name": "hollow",
    "kind": "score",
    "at_least": 0.5,
    "parts": [{"rule": "fragile", "weight": 1}, {"rule": "fragile_too", "weight": 1}],
}


def opened(customers: Customers, *hours: int) -> None:
    for hour in hours:
        event = fact("ticket.opened", {"ticket_id": f"T{hour}"}, hour=hour, name=f"t{hour}")
        assert customers.apply(event, at(hour)) == "applied"


def told(customers: Customers) -> list[tuple[str, str]]:
    return [(each.told, each.warning.rule) for each in customers.transitions]


def customers_of(rules: RuleSet) -> Customers:
    return Customers(rules, lambda _: None)


def row_of(customers: Customers) -> Any:
    [(_, row)] = customers.standing()
    return row


def test_the_other_rules_judge_all_the_same() -> None:
    customers = customers_of(fragile_set(FRAGILE, ANGRY))
    opened(customers, 1, 2)
    assert told(customers) == [("firing", "fragile"), ("firing", "angry")]


def test_what_it_raised_is_told_once_and_stands_in_the_row() -> None:
    customers = customers_of(fragile_set(FRAGILE, ANGRY))
    opened(customers, 1, 2, 3)
    [failure] = customers.failures
    assert (failure.rule, failure.customer) == ("fragile", "ada")
    assert isinstance(failure.error, ZeroDivisionError)
    assert row_of(customers).off == (SwitchedOff("fragile", at(2), "ZeroDivisionError"),)


def test_its_open_warnings_stay_and_its_deadlines_go() -> None:
    customers = customers_of(fragile_set(FRAGILE))
    opened(customers, 1)
    assert len(customers.deadlines) == 1
    opened(customers, 2)
    assert len(customers.deadlines) == 0
    assert [(each.rule, each.phase) for each in row_of(customers).warnings] == [("fragile", "firing")]


def test_for_others_it_goes_on() -> None:
    customers = customers_of(fragile_set(FRAGILE))
    opened(customers, 1, 2)
    customers.apply(fact("ticket.opened", {"ticket_id": "T"}, customer="bo", hour=3), at(3))
    assert [(each.customer, each.told) for each in customers.transitions][1:] == [("bo", "firing")]


def test_rows_are_loaded_without_it() -> None:
    before = customers_of(fragile_set(FRAGILE, ANGRY))
    opened(before, 1, 2)
    changed, _ = before.take()
    after = customers_of(fragile_set(FRAGILE, ANGRY))
    after.load([(customer.encode(), raw) for customer, raw in changed.items()], at(2))
    assert after.failures == []
    assert len(after.deadlines) == 1


def test_one_that_begins_to_raise_when_rows_are_loaded_is_switched_off_then() -> None:
    before = customers_of(rule_set(FRAGILE))
    opened(before, 1, 2)
    changed, _ = before.take()
    after = customers_of(fragile_set(FRAGILE))
    after.load([(customer.encode(), raw) for customer, raw in changed.items()], at(3))
    assert after.deadlines.first() == at(3)
    after.fire()
    assert row_of(after).off == (SwitchedOff("fragile", at(3), "ZeroDivisionError"),)
    assert len(after.deadlines) == 0


def test_a_score_goes_by_its_other_parts() -> None:
    customers = customers_of(fragile_set(FRAGILE, TALKS, RISK))
    opened(customers, 1, 2)
    customers.apply(fact("contact.made", {}, hour=3, name="c"), at(3))
    assert told(customers) == [("firing", "fragile"), ("firing", "talks"), ("firing", "risk")]
    assert [failure.rule for failure in customers.failures] == ["fragile"]


def test_a_score_of_which_no_part_is_left_stays_as_it_is() -> None:
    customers = customers_of(fragile_set(FRAGILE, FRAGILE_TOO, HOLLOW))
    opened(customers, 1, 2, 3)
    assert told(customers) == [("firing", "fragile"), ("firing", "fragile_too"), ("firing", "hollow")]
    [hollow] = standing_at(customers.standing(), customers.rules, at(4), {"hollow"})
    assert (
        hollow.title == "left as it was on 2026-01-01 02:00, when fragile was switched off for this customer"
    )


def test_other_rules_give_it_another_chance() -> None:
    customers = customers_of(fragile_set(FRAGILE))
    opened(customers, 1, 2)
    customers.use(rule_set(FRAGILE))
    customers.judge_anew("ada", at(3), Change(at(3)))
    assert row_of(customers).off == ()
    assert len(customers.deadlines) == 1


def test_rules_that_still_raise_are_reported_anew() -> None:
    customers = customers_of(fragile_set(FRAGILE))
    opened(customers, 1, 2)
    customers.use(fragile_set(FRAGILE))
    customers.judge_anew("ada", at(3), Change(at(3)))
    assert [each.at for each in row_of(customers).off] == [at(3)]
    assert len(customers.failures) == 2


def test_a_step_counts_failures_and_hands_them_on() -> None:
    facts = [fact("ticket.opened", {"ticket_id": f"T{n}"}, hour=n, name=f"{n}") for n in (1, 2, 3)]
    made = list(play(new_lane(fragile_set(FRAGILE, ANGRY)), logs_of(facts)))
    assert sum(step.counts["rule_failed"] for step in made) == 1
    assert [failure.rule for step in made for failure in step.failures] == ["fragile"]
    assert {each.warning.rule for each in transitions(made)} == {"fragile", "angry"}


def test_explain_tells_what_is_switched_off_and_why() -> None:
    customers = customers_of(fragile_set(FRAGILE, ANGRY))
    opened(customers, 1, 2)
    file = RuleFile.model_validate({"version": 1, "rules": [FRAGILE, ANGRY]})
    told = explained("ada", row_of(customers), file, customers.rules, customers.transitions, at(3))
    shown = StringIO()
    show_explanation(told, Console(file=shown, width=120))
    assert '"raised":"ZeroDivisionError"' in as_record(told)
    text = shown.getvalue()
    assert "Switched off for this customer" in text
    assert "raised ZeroDivisionError on 2026-01-01 02:00; not judged until the rules change" in text


def test_where_nobody_collects_failures_they_are_raised() -> None:
    customers = customers_of(fragile_set(FRAGILE))
    opened(customers, 1, 2)
    with pytest.raises(ZeroDivisionError):
        assess("ada", row_of(customers).state, (), customers.rules.rules, at(3))
