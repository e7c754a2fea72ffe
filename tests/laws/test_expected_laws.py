"""The law of rules, for expected purchases: by enough buyers, limits and moments to reach both sides of each limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.observe import flavour_of
from monitor.domain.rules.score import Score
from schemas.events import Fact
from tests.laws.book import ByTheBook
from tests.laws.lanes import logs_of, new_lane, play, transitions
from tests.laws.strategies import expectations, fact, observed, rule_set
from tests.laws.test_rule_laws import judgement, newest

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
often = settings(max_examples=150)

hours = st.lists(st.integers(0, 60 * 24), min_size=2, max_size=12).map(sorted)
waits = st.integers(0, 400).map(lambda days: days * DAY)


def orders(hours: list[int]) -> list[Fact]:
    """Orders of ada's at these hours."""
    amount = {"amount": 1.0}
    return [fact("order.placed", amount, hour=hour, name=str(place)) for place, hour in enumerate(hours)]


def judging(rule: dict[str, Any]) -> Score:
    """The rule, compiled."""
    (made,) = rule_set(rule).rules
    assert isinstance(made, Score)
    return made


@often
@given(hours=hours, rule=expectations, wait=waits)
def test_every_day_up_to_the_next_check_finds_the_same(
    hours: list[int], rule: dict[str, Any], wait: timedelta
) -> None:
    judge, state = judging(rule), observed(orders(hours))
    now = newest(state) + wait
    before, check = judgement(judge, state, now), judge.judge(state, now)[1]
    assert check is None or check > now
    end = check or now + 2000 * DAY
    moments = [now + place * DAY for place in range((end - now) // DAY)]
    assert all(judgement(judge, state, moment) == before for moment in [*moments, end - MOMENT])


@often
@given(hours=hours, rule=expectations)
def test_silence_only_adds_to_it_and_an_end_is_reached(hours: list[int], rule: dict[str, Any]) -> None:
    judge, state = judging(rule), observed(orders(hours))
    now = newest(state)
    shares = [judge.share(state, now)]
    while (check := judge.judge(state, now)[1]) is not None:
        now = check
        shares.append(judge.share(state, now))
    assert shares == sorted(shares)
    assert len(shares) <= 1 + len(judge.parts)


@often
@given(hours=hours, late=st.integers(0, 60 * 24), rule=expectations, wait=waits)
def test_only_orders_touch_it(hours: list[int], late: int, rule: dict[str, Any], wait: timedelta) -> None:
    judge, before = judging(rule), observed(orders(hours))
    after = observed(orders([*hours, late]))
    now = newest(after) + wait
    touched = judge.touched_by("order.placed", flavour_of(orders([late])[0]))
    assert touched or judge.judge(after, now) == judge.judge(before, now)


@settings(max_examples=60)
@given(hours=hours, rule=expectations, more=st.integers(1, 39))
def test_a_lane_tells_of_it_what_the_book_tells(hours: list[int], rule: dict[str, Any], more: int) -> None:
    rules, events = rule_set(rule), orders(hours)
    ticket = fact("ticket.opened", {"ticket_id": "T"}, hour=hours[-1] + 24 * more, name="T")
    told = [*events, ticket]
    assert transitions(play(new_lane(rules), logs_of(told))) == ByTheBook(rules).play(told)
