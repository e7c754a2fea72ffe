"""The laws of scopes: for each customer a rule is the one that the most specific scope makes, whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.observe import flavour_of, observe
from monitor.domain.profile import profile_of
from monitor.domain.rules import Finding, Rule, RuleSet, compile_rules
from monitor.domain.rules.scoped import Off, for_state
from monitor.domain.state import NOBODY, Row, State
from schemas.rules import RuleFile
from tests.laws.strategies import (
    CUSTOMERS,
    EPOCH,
    HOUR,
    TIERED,
    Draft,
    drafts,
    fact,
    hours,
    rule_set,
    scoped_rules,
    states,
)

moderate = settings(max_examples=60)
waits = st.integers(0, 24 * 30).map(lambda hours: hours * HOUR)
customers = st.sampled_from(CUSTOMERS)


def file_of(rule: dict[str, Any]) -> RuleFile:
    return RuleFile.model_validate({"version": 1, "customers": TIERED, "rules": [{"name": "r0", **rule}]})


def alone(rule: dict[str, Any], customer: str, state: State) -> RuleSet:
    """The rule without scopes that is for this customer."""
    (only,) = file_of(rule).rules
    about = state.about or NOBODY
    mine = only.for_whom(customer, about.tier, profile_of(about.profile).segments)
    return compile_rules(RuleFile(version=1, rules=(mine.model_copy(update={"scopes": None}),)))


def judgement(rules: RuleSet, state: State, wait: timedelta) -> tuple[tuple[Finding, ...], object]:
    judged = [rule.judge(state, (state.latest or EPOCH) + wait) for rule in rules.rules]
    return judged[0] if judged else ((), None)


@moderate
@given(rule=scoped_rules, customer=customers, state=states, wait=waits)
def test_a_rule_judges_as_the_scope_has_it_that_is_for_the_customer(
    rule: dict[str, Any], customer: str, state: State, wait: timedelta
) -> None:
    rules = compile_rules(file_of(rule)).of(customer)
    assert judgement(rules, state, wait) == judgement(alone(rule, customer, state), state, wait)


@moderate
@given(rule=scoped_rules, customer=customers, state=states)
def test_the_terms_are_those_of_the_scope_and_say_whose_they_are(
    rule: dict[str, Any], customer: str, state: State
) -> None:
    for mine in compile_rules(file_of(rule)).applying(customer, Row(state=state)).rules:
        others = alone(rule, customer, state).rules
        assert isinstance(mine, Off) == (not others)
        for other in others:
            waits = (mine.terms.held_for, mine.terms.keep, mine.terms.severity)
            assert waits == (other.terms.held_for, other.terms.keep, other.terms.severity)
        assert (mine.terms.origin == "customer") == is_named(rule, customer)


def is_named(rule: dict[str, Any], customer: str) -> bool:
    return any(scope.get("customer") == customer for scope in rule["scopes"])


@moderate
@given(rule=scoped_rules, state=states, draft=drafts, hour=hours)
def test_what_touches_the_rule_of_a_scope_touches_the_whole(
    rule: dict[str, Any], state: State, draft: Draft, hour: int
) -> None:
    event = fact(*draft, hour=hour, name="one more")
    about = event.type, flavour_of(event)
    whole: Rule = rule_set(rule, customers=TIERED).rules[0]
    mine = for_state(whole, observe(state, event))
    assert whole.touched_by(*about) >= mine.touched_by(*about)
    assert whole.ended_by(*about) >= mine.ended_by(*about)


@moderate
@given(rules=st.lists(scoped_rules, min_size=1, max_size=3), customer=customers)
def test_a_rule_stands_at_the_same_place_for_everybody(rules: list[dict[str, Any]], customer: str) -> None:
    made = rule_set(*rules, customers=TIERED)
    assert list(made.of(customer).by_name) == list(made.by_name)
    assert made.of(customer).version == made.version
