"""The laws of planned absences: time away does not count where a silence is measured, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.absences import away_between, put_off
from monitor.domain.state import Absence, State, with_about
from tests.laws.strategies import HOUR, absences, at, hours, observed, rule_set, silences, stories
from tests.laws.strategies import facts as told

MOMENT = timedelta(microseconds=1)
limits = st.integers(1, 500).map(lambda drawn: drawn * HOUR)


def away(*times: Absence) -> State:
    return with_about(State(), absences=times)


@given(times=absences, hour=hours, limit=limits)
def test_a_silence_is_due_once_the_time_that_counts_is_up(
    times: tuple[Absence, ...], hour: int, limit: timedelta
) -> None:
    state, last = away(*times), at(hour)
    due = put_off(state, last, last + limit)
    assert due - last - away_between(state, last, due) == limit
    assert due - MOMENT - last - away_between(state, last, due - MOMENT) < limit


@given(times=absences, hour=hours, until=hours)
def test_nobody_is_away_for_longer_than_the_time_that_is_looked_at(
    times: tuple[Absence, ...], hour: int, until: int
) -> None:
    passed = max(at(until) - at(hour), timedelta(0))
    assert timedelta(0) <= away_between(away(*times), at(hour), at(until)) <= passed


@given(hour=hours, limit=limits)
def test_without_an_absence_nothing_is_put_off(hour: int, limit: timedelta) -> None:
    assert put_off(State(), at(hour), at(hour) + limit) == at(hour) + limit


@given(story=stories(customers=("ada",)), times=absences, rule=silences(), wait=limits)
def test_no_silence_is_found_sooner_for_an_absence_and_none_is_worse(
    story: list[object], times: tuple[Absence, ...], rule: dict[str, object], wait: timedelta
) -> None:
    here = observed(told(story))  # type: ignore[arg-type]
    (judge,) = rule_set(rule).rules
    now = (here.latest or at(0)) + wait
    found = judge.judge(with_about(here, absences=times), now)[0]
    free = judge.judge(here, now)[0]
    assert len(found) <= len(free)
    assert all(
        one.since >= other.since and one.severity <= other.severity
        for one, other in zip(found, free, strict=False)
    )
