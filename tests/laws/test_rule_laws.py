"""The law of every rule: between two checks only an event that touches it changes its judgement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.domain.observe import flavour_of, observe
from monitor.domain.rules import Rule
from monitor.domain.state import State
from schemas.events import Fact
from tests.laws.strategies import (
    EPOCH,
    HOUR,
    TIERED,
    drafts,
    fact,
    hours,
    observed,
    rule_set,
    rules,
    scoped_rules,
    states,
)

moderate = settings(max_examples=60)
any_rules = rules | scoped_rules

MOMENT = timedelta(microseconds=1)
waits = st.integers(0, 24 * 30).map(lambda hours: hours * HOUR) | st.timedeltas(
    timedelta(0), timedelta(days=400)
)


def judgement(rule: Rule, state: State, now: datetime) -> set[tuple[str | None, datetime, int]]:
    """Of what a rule says, all that must not change by itself: the evidence may."""
    return {(finding.about, finding.since, finding.severity) for finding in rule.judge(state, now)[0]}


def compiled(rule: dict[str, Any]) -> Rule:
    return rule_set(rule, customers=TIERED).rules[0]


def newest(state: State) -> datetime:
    return state.latest or EPOCH


@moderate
@given(state=states, rule=any_rules, wait=waits)
def test_the_next_check_lies_after_now(state: State, rule: dict[str, Any], wait: timedelta) -> None:
    now = newest(state) + wait
    check = compiled(rule).judge(state, now)[1]
    assert check is None or check > now


@moderate
@given(state=states, rule=any_rules, wait=waits, share=st.floats(0, 1))
def test_until_the_next_check_time_alone_changes_nothing(
    state: State, rule: dict[str, Any], wait: timedelta, share: float
) -> None:
    judge, now = compiled(rule), newest(state) + wait
    check = judge.judge(state, now)[1] or now + timedelta(days=4000)
    before = judgement(judge, state, now)
    assert judgement(judge, state, now + (check - now - MOMENT) * share) == before
    assert judgement(judge, state, check - MOMENT) == before


@moderate
@given(state=states, rule=any_rules)
def test_asking_at_every_check_comes_to_an_end(state: State, rule: dict[str, Any]) -> None:
    judge, now, asked = compiled(rule), newest(state), 0
    while (check := judge.judge(state, now)[1]) is not None:
        now, asked = check, asked + 1
        assert asked < 100


@moderate
@given(state=states, rule=any_rules, wait=waits)
def test_a_finding_is_true_since_a_moment_that_has_come(
    state: State, rule: dict[str, Any], wait: timedelta
) -> None:
    now = newest(state) + wait
    assert all(since <= now for _, since, _ in judgement(compiled(rule), state, now))


@moderate
@given(state=states, rule=any_rules, wait=waits)
def test_there_is_one_finding_at_most_for_each_subject(
    state: State, rule: dict[str, Any], wait: timedelta
) -> None:
    found, _ = compiled(rule).judge(state, newest(state) + wait)
    assert len({finding.about for finding in found}) == len(found)


@moderate
@given(state=states, rule=any_rules, draft=drafts, hour=hours, wait=waits)
def test_an_event_that_does_not_touch_a_rule_changes_neither_its_judgement_nor_its_next_check(
    state: State, rule: dict[str, Any], draft: tuple[str, dict[str, Any]], hour: int, wait: timedelta
) -> None:
    judge = compiled(rule)
    event = fact(*draft, hour=hour, name="one more")
    kind, flavour = event.type, flavour_of(event)
    assume(not judge.touched_by(kind, flavour) and not judge.ended_by(kind, flavour))
    after = observe(state, event)
    now = newest(after) + wait
    assert judgement(judge, after, now) == judgement(judge, state, now)
    assert judge.judge(after, now)[1] == judge.judge(state, now)[1]


@moderate
@given(state=states, rule=any_rules, draft=drafts, hour=hours)
def test_an_event_that_does_not_touch_a_rule_never_begins_a_finding(
    state: State, rule: dict[str, Any], draft: tuple[str, dict[str, Any]], hour: int
) -> None:
    judge, now = compiled(rule), newest(state)
    event = fact(*draft, hour=hour, name="one more")
    assume(not judge.touched_by(event.type, flavour_of(event)))
    after = observe(state, event)
    later = max(now, newest(after))
    assert judgement(judge, after, later) <= judgement(judge, state, later)


@moderate
@given(state=states, rule=any_rules, wait=waits)
def test_every_finding_has_evidence_in_words(state: State, rule: dict[str, Any], wait: timedelta) -> None:
    judge, now = compiled(rule), newest(state) + wait
    for finding in judge.judge(state, now)[0]:
        evidence = judge.evidence(state, finding, now)
        told = (evidence.title, evidence.saw, evidence.measure, evidence.threshold, evidence.basis)
        assert all(told)
        assert judge.resolves_when(finding.about)
        assert "None" not in " ".join(told)


FAR: dict[str, Any] = {
    "kind": "silence",
    "of": "order.placed",
    "personal": {"factor": 100, "floor": "1d", "fallback": "3660d"},
    "steps": [{"severity": "critical", "times": 100}],
}


@moderate
@given(first=st.integers(0, 229), gap=st.integers(0, 229))
@example(first=0, gap=229)
def test_no_gap_and_no_factor_leads_beyond_the_end_of_the_calendar(first: int, gap: int) -> None:
    judge = compiled(FAR)
    years = [min(1970 + first, 2199), min(1970 + first + gap, 2199)]
    orders: list[Fact] = [
        fact("order.placed", {"amount": 1.0}, hour=(year - 2026) * 365 * 24, name=str(place))
        for place, year in enumerate(years)
    ]
    state = observed(orders)
    now = newest(state)
    assert judgement(judge, state, now) == set()
    check = judge.judge(state, now)[1]
    assert check is not None
    assert check > now
