"""BG/NBD as customers are watched by it: against SciPy's 2F1, and against the model that a backtest fits."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from monitor.domain.bgnbd import FARTHEST, WEEK, BgNbd, Bought, expected_purchases, falls_below
from monitor.domain.rhythm import Rhythm
from monitor.domain.rules.expected import ExpectedPurchases, bought_of
from monitor.domain.state import State
from monitor.offline.backtest.bgnbd import BgNbd as Fitted
from monitor.offline.backtest.bgnbd import Histories
from monitor.offline.backtest.purchases import days, of_rows
from monitor.offline.backtest.scores import seen_before
from tests.laws.strategies import EPOCH, HOUR
from tests.units.test_rhythm import rhythm_of

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


def spread(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(math.log(least), math.log(most)).map(math.exp)


models = st.builds(BgNbd, spread(0.01, 20), spread(0.01, 500), spread(0.02, 200), spread(0.02, 200))
boughts = st.builds(lambda x, more: Bought(x, x + more), st.integers(1, 200), st.integers(0, 2000))
idle_days = st.integers(0, 2000)
spans = st.sampled_from((1.0, 4.0, 13.0, 52.0, 200.0))
limits = st.sampled_from((1e-3, 0.05, 0.3, 1.0, 10.0))


def by_scipy(model: BgNbd, bought: Bought, age: float, weeks: float) -> float:
    history = Histories(np.array([bought.repeats]), np.array([bought.last / WEEK]), np.array([age]))
    fitted = Fitted(model.r, model.alpha, model.a, model.b)
    with np.errstate(all="ignore"):
        return float(fitted.expected_purchases(history, weeks)[0])


@given(model=models, bought=boughts, idle=idle_days, weeks=spans)
@example(model=PUBLISHED, bought=Bought(1, 1), idle=0, weeks=200.0)
@example(model=PUBLISHED, bought=Bought(29, 203), idle=62, weeks=39.0)
def test_it_is_what_scipy_says(model: BgNbd, bought: Bought, idle: int, weeks: float) -> None:
    assume(abs(model.a - 1) > 0.05)  # there the difference that SciPy's 2F1 is part of loses its digits
    age = (bought.last + idle) / WEEK
    expected = by_scipy(model, bought, age, weeks)
    assume(math.isfinite(expected) and expected > 1e-12)
    assert expected_purchases(model, bought, age, weeks) == pytest.approx(expected, rel=1e-9)


def test_no_pole_lies_at_an_a_of_one() -> None:
    near = [
        expected_purchases(BgNbd(0.243, 4.414, a, 2.426), Bought(3, 70), 20, 13)
        for a in (1 - 1e-7, 1, 1 + 1e-7)
    ]
    assert near == pytest.approx([near[1]] * 3, rel=1e-6)
    assert near[0] > near[1] > near[2]


@given(model=models, bought=boughts, idle=idle_days, weeks=spans)
def test_it_falls_from_day_to_day(model: BgNbd, bought: Bought, idle: int, weeks: float) -> None:
    day = bought.last + idle
    now, later = (expected_purchases(model, bought, at / WEEK, weeks) for at in (day, day + 1))
    assert 0 <= later <= now
    assert later < now or now < 1e-300


@given(model=models, bought=boughts, weeks=spans, limit=limits)
def test_the_day_on_which_it_falls_below_a_limit_is_the_first_one(
    model: BgNbd, bought: Bought, weeks: float, limit: float
) -> None:
    day = falls_below(model, bought, weeks, limit)
    if day is None:
        assert expected_purchases(model, bought, (bought.last + FARTHEST) / WEEK, weeks) >= limit
        return
    assert expected_purchases(model, bought, day / WEEK, weeks) < limit
    if day > bought.last:
        assert expected_purchases(model, bought, (day - 1) / WEEK, weeks) >= limit


moments = st.lists(st.integers(0, 2000).map(lambda hours: EPOCH + hours * HOUR), min_size=1, max_size=30).map(
    sorted
)


@given(moments=moments)
def test_repeats_and_recency_are_those_that_the_fit_counts(moments: list[datetime]) -> None:
    bought = of_rows([("ada", moment, 1.0) for moment in moments])
    today = moments[-1].date()
    histories = seen_before(bought, int(days(EPOCH)) + (today - EPOCH.date()).days + 1).histories
    rhythm = rhythm_of(moments)
    found = bought_of(rhythm)
    if found is None:
        assert histories.x[0] == 0
        return
    assert (found.repeats, found.last) == (histories.x[0], round(histories.t_x[0] * WEEK))
    assert rhythm.first is not None
    assert (today - rhythm.first.date()).days == round(histories.T[0] * WEEK)


def part(below: float) -> ExpectedPurchases:
    return ExpectedPurchases(PUBLISHED, timedelta(days=90), below, 2.0)


def test_who_has_bought_on_one_day_alone_is_left_out() -> None:
    for rhythm in (Rhythm(), rhythm_of([EPOCH]), rhythm_of([EPOCH, EPOCH + HOUR])):
        assert part(0.3).weighed(State(rhythm=rhythm), EPOCH + 9999 * HOUR) is None


def test_it_counts_from_a_midnight_on_but_never_before_the_order() -> None:
    rhythm = rhythm_of([EPOCH + 10 * HOUR, EPOCH + 58 * HOUR])
    state, last = State(rhythm=rhythm), EPOCH + 58 * HOUR
    low = part(0.3).weighed(state, last)
    assert low is not None
    assert low.since is None
    assert low.check is not None
    assert (low.check.hour, low.check.minute) == (0, 0)
    assert part(0.3).weighed(state, low.check) == (2.0, low.check, None)
    assert part(900).weighed(state, last) == (2.0, last, None)
