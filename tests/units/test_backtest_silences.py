"""Purchases and silences of a backtest, by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.rhythm import Rhythm, with_order
from monitor.offline.backtest.arrays import least_reaching, median
from monitor.offline.backtest.purchases import of_rows
from monitor.offline.backtest.silences import FEW, Silences, silences

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def on(day: float) -> datetime:
    return START + day * DAY


def history(end: float, **bought: list[float]) -> Silences:
    """The silences of customers who bought for 10 on these days; half a year makes a leaver."""
    rows = [(customer, on(day), 10.0) for customer, days in bought.items() for day in days]
    return silences(of_rows(rows, on(end)), gone_after=180)


def test_all_orders_of_a_day_are_one_purchase() -> None:
    bought = of_rows([("ada", on(0.2), 5), ("ada", on(0.9), 7), ("ada", on(1.1), 1), ("bob", on(1.2), 2)])
    assert bought.counts.tolist() == [2, 1]
    assert bought.amount.tolist() == [12, 1, 2]
    assert bought.orders == 4
    assert silences(bought, 180).orders.tolist() == [2, 3, 1]


def test_orders_may_come_in_any_order() -> None:
    rows = [("ada", on(9), 1.0), ("bob", on(3), 2.0), ("ada", on(0), 3.0), ("bob", on(1), 4.0)]
    told, turned = (
        silences(of_rows(each, on(10)), 180) for each in (rows, sorted(rows, key=lambda row: row[1]))
    )
    assert sorted(told.length.tolist()) == pytest.approx(sorted(turned.length.tolist()))
    assert sorted(told.sales.tolist()) == [3, 4, 4, 6]


def test_a_silence_knows_the_gaps_before_it_and_how_it_ended() -> None:
    told = history(300, ada=[0, 10, 30, 100])
    assert told.gaps.tolist() == [0, 1, 2, 3]
    assert told.length == pytest.approx([10, 20, 70, 200])
    assert told.mean[1:] == pytest.approx([10, 15, 100 / 3])
    assert math.isnan(told.mean[0])
    assert told.returned.tolist() == [True, True, True, False]
    assert told.left.tolist() == [False, False, False, True]
    assert told.sales.tolist() == [10, 20, 30, 40]


def test_a_short_last_silence_is_not_decided() -> None:
    told = history(300, ada=[0, 121], bob=[0, 120])
    assert (told.returned | told.left).tolist() == [True, False, True, True]


def test_classes_are_thirds_of_the_leavers() -> None:
    each = {f"c{gap}": [0.0, gap, 2.0 * gap] for gap in (1, 2, 3, 4, 5, 6, 7)}
    told = history(400, **each, once=[0.0])
    last = told.left & told.rhythmic
    assert told.speed[last].tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert set(told.speed[~told.rhythmic].tolist()) == {FEW}


def test_without_any_rhythm_there_are_no_classes() -> None:
    told = history(400, ada=[0.0], bob=[3.0])
    assert told.cuts == (0.0, 0.0)
    assert set(told.speed.tolist()) == {FEW}


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12, unique=True))
def test_means_are_those_of_a_rhythm(days: list[int]) -> None:
    told, rhythm = history(501, ada=[float(day) for day in days]), Rhythm()
    for at, day in enumerate(sorted(days)):
        rhythm = with_order(rhythm, on(day))
        if at:
            assert told.mean[at] * 86_400 == pytest.approx(rhythm.mean)
            assert told.smoothed[at] * 86_400 == pytest.approx(rhythm.smoothed)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=1, max_size=30))
def test_the_weighted_median_is_that_of_values_repeated(weighed: list[tuple[int, int]]) -> None:
    values, weights = (np.array(each, np.float64) for each in zip(*weighed, strict=True))
    assert median(values, weights) == np.median(np.repeat(values, weights.astype(int)))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.sampled_from([0.01, 0.1, 0.25, 0.5]))
def test_the_least_value_with_no_more_than_a_share_above(drawn: list[int], above: float) -> None:
    values = np.array(drawn, np.float64)
    least = least_reaching(values, above)
    allowed = [value for value in drawn if sum(other > value for other in drawn) <= above * len(drawn) + 1e-9]
    assert least == min(allowed)
