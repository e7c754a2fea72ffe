"""Warnings held against silences, and limits in closed form, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.backtest.even import evenly
from monitor.offline.backtest.judged import Warned, judged, placed
from monitor.offline.backtest.limits import FIXED, MEAN, Shape, shrunk, usual_gap
from monitor.offline.backtest.measures import limited
from monitor.offline.backtest.purchases import days
from monitor.offline.backtest.silences import Silences
from tests.units.test_backtest_silences import history, on


@pytest.fixture
def told() -> Silences:
    # ada returns after 10, 20 and 70 days and leaves; bob returns after 50 and leaves; eve is not decided.
    return history(400, ada=[0, 10, 30, 100], bob=[20, 70], eve=[350])


def warned(*told: tuple[int, float]) -> Warned:
    each = Warned()
    for customer, day in told:
        each.customer.append(customer)
        each.at.append(days(on(day)))
    return each


def test_precision_recall_false_alarms_and_delay(told: Silences) -> None:
    # Of ada while she stayed away for 70 days and again at the end; of eve; of someone who never ordered.
    found = judged(told, warned((0, 60), (0, 160), (0, 190), (2, 390), (-1, 5)))
    every = found.groups[0]
    assert (found.warnings, found.undecided, found.without_order) == (5, 1, 1)
    assert (every.returned, every.leavers, every.false_alarms, every.noticed) == (4, 2, 1, 1)
    assert (every.precision, every.recall, every.false_alarm_rate) == (1 / 2, 1 / 2, 1 / 4)
    assert every.delay is None  # half of the leavers, bob, were never warned of


def test_the_first_warning_of_a_silence_gives_the_delay(told: Silences) -> None:
    found = judged(told, warned((0, 160), (0, 190), (1, 150))).groups[0]
    assert found.delay == pytest.approx((60 + 80) / 2)


def test_by_sales_who_bought_more_counts_more(told: Silences) -> None:
    by_sales = judged(told, warned((0, 60), (0, 160))).groups[-1]
    assert by_sales.group == "sales"
    assert by_sales.false_alarm_rate == 30 / (10 + 20 + 30 + 10)
    assert by_sales.recall == 40 / (40 + 20)


def test_of_a_rule_for_some_only_their_silences_count(told: Silences) -> None:
    found = judged(told, warned((0, 60), (0, 160)), told.orders >= 3)
    assert (found.groups[0].returned, found.groups[0].leavers, found.groups[0].recall) == (1, 1, 1)
    assert "few" not in {figures.group for figures in found.groups}


def test_a_warning_at_the_moment_of_an_order_falls_behind_it(told: Silences) -> None:
    at = np.array([days(on(100)), days(on(99.9)), days(on(-1))])
    rows = placed(told, np.array([0, 0, 0]), at)
    assert rows.tolist() == [3, 2, -1]


def test_a_limit_reached_at_the_very_return_is_no_alarm(told: Silences) -> None:
    every = limited(told, np.full(len(told.gaps), 70.0), told.group("all"))[0]
    assert (every.false_alarms, every.noticed, every.delay) == (0, 2, 70)


def test_a_fixed_scale_is_a_number_of_days(told: Silences) -> None:
    assert FIXED.scale(told, told.group("all"), 0.25) == pytest.approx(50)
    assert FIXED.scale(told, told.group("all"), 0.24) == pytest.approx(70)


def test_a_mean_is_shrunk_towards_the_prior(told: Silences) -> None:
    limit = Shape(prior=30, weight=3).limit(told, 2)
    assert limit[2] == pytest.approx(2 * (2 * 15 + 3 * 30) / 5)
    assert usual_gap(told) == pytest.approx(15)


def test_floor_and_ceiling_bound_a_limit(told: Silences) -> None:
    limit = Shape(floor=25, ceiling=60).limit(told, 2)
    assert limit[1:4] == pytest.approx([25, 30, 60])


def test_a_ceiling_can_make_a_rate_impossible(told: Silences) -> None:
    assert Shape(ceiling=5).scale(told, told.rhythmic, 0.1) is None
    assert MEAN.scale(told, told.rhythmic, 0.1) == pytest.approx(70 / 15)


@given(
    st.sampled_from([FIXED, MEAN, Shape(prior=20, weight=2, floor=15), Shape(ceiling=80)]),
    st.sampled_from([0.05, 0.2, 0.5]),
)
def test_the_scale_found_is_the_least_that_keeps_the_rate(shape: Shape, wished: float) -> None:
    told = shop()
    scale = shape.scale(told, told.rhythmic, wished)
    if scale is None:
        return
    rate, less = (
        limited(told, shape.limit(told, each), told.rhythmic)[0].false_alarm_rate
        for each in (scale + 1e-9, scale * 0.98)
    )
    assert rate is not None
    assert less is not None
    assert rate <= wished
    assert rate <= less


def shop() -> Silences:
    """Buyers of very different rhythms, who come back by chance."""
    draw = np.random.default_rng(3)
    bought = {}
    for number in range(150):
        gaps = draw.exponential(draw.choice([5, 20, 60]), size=12) + 1
        bought[f"c{number}"] = [float(day) for day in np.cumsum(gaps) if day < 600]
    return history(1000, **{name: each for name, each in bought.items() if each})


def test_floor_and_ceiling_spread_false_alarms_evenly() -> None:
    told = shop()
    found = evenly(told, shrunk(told), 0.1, told.rhythmic)
    assert found is not None
    rates = [
        each.false_alarm_rate or 0.0
        for each in limited(told, found[0].limit(told, found[1]), told.rhythmic)
        if each.group in {"fast", "middle", "slow"}
    ]
    assert max(rates) - min(rates) <= 0.03
    assert max(rates) <= 0.13


def test_nothing_is_spread_over_classes_that_are_empty() -> None:
    told = history(400, ada=[0, 10], bob=[3])
    assert evenly(told, MEAN, 0.1, told.rhythmic) is None
