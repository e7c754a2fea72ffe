"""The laws of explaining: what is told to come does come, at that moment, and nothing changes before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.assess import assess
from monitor.domain.rules import Rule, compile_rules
from monitor.domain.state import Row, State
from monitor.offline.explain import explained
from monitor.offline.explain_ahead import HORIZON, ahead, hold
from schemas.rules import RuleFile
from tests.laws.strategies import EPOCH, prompt_rules, rule_set, rules, states

moderate = settings(max_examples=60)

MOMENT = timedelta(microseconds=1)
waits = st.timedeltas(timedelta(0), timedelta(days=400))


def found(rule: Rule, state: State, moment: datetime) -> dict[str | None, int]:
    return {finding.about: finding.severity for finding in rule.judge(state, moment)[0]}


@moderate
@given(state=states, rule=prompt_rules, wait=waits, share=st.floats(0, 1))
def test_a_warning_changes_at_the_moment_that_is_told_and_not_before(
    state: State, rule: dict[str, Any], wait: timedelta, share: float
) -> None:
    judge, now = rule_set(rule).rules[0], (state.latest or EPOCH) + wait
    before = found(judge, state, now)
    for each in ahead(judge, Row(state=state), now):
        between = now + (each.at - MOMENT - now) * share
        assert found(judge, state, between).get(each.about) == before.get(each.about)
        assert found(judge, state, each.at).get(each.about) != before.get(each.about)


@moderate
@given(state=states, rule=prompt_rules, wait=waits, later=st.timedeltas(timedelta(0), HORIZON))
def test_what_is_not_told_does_not_come(
    state: State, rule: dict[str, Any], wait: timedelta, later: timedelta
) -> None:
    judge, now = rule_set(rule).rules[0], (state.latest or EPOCH) + wait
    told = {each.about for each in ahead(judge, Row(state=state), now)}
    before, after = found(judge, state, now), found(judge, state, now + later)
    assert {about for about in before | after if before.get(about) != after.get(about)} <= told


@moderate
@given(state=states, rule=rules, wait=waits, share=st.floats(0, 1))
def test_what_fires_has_held_and_what_ends_has_been_gone_for_as_long_as_the_rule_asks(
    state: State, rule: dict[str, Any], wait: timedelta, share: float
) -> None:
    judge, now = rule_set(rule).applying("ada", Row(state=state)).rules[0], (state.latest or EPOCH) + wait
    standing = assess("ada", state, (), (judge,), now)[1]
    pending = {each.about for each in standing if each.phase == "pending"}
    for each in ahead(judge, Row(state=state), now):
        fires = each.happens == "fires"
        if each.happens != "rises" and (fires or each.about not in pending):
            began = each.at - (judge.terms.held_for if fires else judge.terms.keep)
            assert (each.about in found(judge, state, max(now, began + (each.at - began) * share))) == fires
            if began > now:
                assert (each.about in found(judge, state, began - MOMENT)) != fires


@moderate
@given(state=states, rule=rules, wait=waits)
def test_what_is_held_is_not_found_until_then(state: State, rule: dict[str, Any], wait: timedelta) -> None:
    judge, now = rule_set(rule).applying("ada", Row(state=state)).rules[0], (state.latest or EPOCH) + wait
    held = hold(judge, state, now)
    if held is not None:
        assert held.since < held.until
        assert found(judge, state, held.until - MOMENT) == {}
        assert found(judge, state, held.until) != {}


@moderate
@given(state=states, rule=rules, wait=waits)
def test_a_rule_is_told_of_in_one_place(state: State, rule: dict[str, Any], wait: timedelta) -> None:
    now = (state.latest or EPOCH) + wait
    file = RuleFile.model_validate({"version": 1, "rules": [{"name": "r", **rule}]})
    judging = compile_rules(file)
    transitions, standing, _ = assess("ada", state, (), judging.of("ada").rules, now)
    told = explained("ada", Row(state=state, warnings=standing), file, judging, transitions, now)
    assert bool(told.standing or told.fires) != bool(told.lacks)
    assert len(told.standing) == len(found(judging.applying("ada", Row(state=state)).rules[0], state, now))
