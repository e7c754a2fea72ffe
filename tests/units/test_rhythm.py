"""The rhythm of orders against the textbook: plain mean, and simple exponential smoothing over all gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.rhythm import MARKS, NEWEST_GAP, Rhythm, with_order
from tests.laws.strategies import EPOCH, HOUR, at


def rhythm_of(moments: Sequence[datetime]) -> Rhythm:
    rhythm = Rhythm()
    for moment in moments:
        rhythm = with_order(rhythm, moment)
    return rhythm


def textbook(moments: Sequence[datetime]) -> tuple[float, float]:
    """Plain and smoothed mean of the gaps, in seconds."""
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(sorted(moments))]
    smoothed = gaps[0]
    for gap in gaps[1:]:
        smoothed = NEWEST_GAP * gap + (1 - NEWEST_GAP) * smoothed
    return sum(gaps) / len(gaps), smoothed


moments = st.lists(
    st.timedeltas(0 * HOUR, 9999 * HOUR).map(lambda span: EPOCH + span), min_size=2, max_size=30
)


@given(moments=moments)
def test_orders_in_time_give_the_means_of_the_textbook(moments: list[datetime]) -> None:
    rhythm = rhythm_of(sorted(moments))
    plain, smoothed = textbook(moments)
    assert rhythm.mean == pytest.approx(plain)
    assert rhythm.smoothed == pytest.approx(smoothed)
    assert (rhythm.orders, rhythm.gaps) == (len(moments), len(moments) - 1)
    assert (rhythm.first, rhythm.last) == (min(moments), max(moments))


@given(moments=moments)
def test_the_plain_mean_is_right_however_late_orders_come(moments: list[datetime]) -> None:
    rhythm = rhythm_of(moments)
    assert rhythm.mean == pytest.approx(textbook(moments)[0])
    assert (rhythm.first, rhythm.last) == (min(moments), max(moments))


close = st.lists(st.integers(0, 200).map(lambda hours: EPOCH + hours * HOUR), min_size=1, max_size=30)


@given(moments=close)
def test_orders_in_time_give_the_days_with_orders(moments: list[datetime]) -> None:
    assert rhythm_of(sorted(moments)).days == len({moment.date() for moment in moments})


@given(moments=close.filter(lambda moments: len(moments) <= MARKS))
def test_the_days_with_orders_are_right_in_any_order_of_as_many_orders_as_are_kept(
    moments: list[datetime],
) -> None:
    assert rhythm_of(moments).days == len({moment.date() for moment in moments})


def test_a_late_order_is_found_to_share_the_day_of_the_first_though_that_is_not_kept() -> None:
    before = rhythm_of([at(24 * place) for place in range(1, MARKS + 3)])
    assert before.days == MARKS + 2
    assert with_order(before, at(24 + 5)).days == MARKS + 2
    assert with_order(before, at(0)).days == MARKS + 3


@given(moments=moments.filter(lambda moments: len(moments) <= MARKS))
def test_the_smoothed_mean_is_right_in_any_order_of_as_many_orders_as_are_kept(
    moments: list[datetime],
) -> None:
    assert rhythm_of(moments).smoothed == pytest.approx(textbook(moments)[1])


def test_an_order_older_than_all_that_are_kept_leaves_the_smoothed_mean_alone() -> None:
    before = rhythm_of([at(100 + 10 * place) for place in range(MARKS)])
    after = with_order(before, at(0))
    assert after.smoothed == before.smoothed
    assert (after.orders, after.first, after.last) == (MARKS + 1, at(0), before.last)


def test_one_order_has_no_rhythm() -> None:
    rhythm = rhythm_of([at(1)])
    assert (rhythm.gaps, rhythm.mean, rhythm.smoothed) == (0, None, None)
    assert (rhythm.first, rhythm.last) == (at(1), at(1))


def test_no_order_has_nothing() -> None:
    assert (Rhythm().last, Rhythm().mean, Rhythm().gaps) == (None, None, 0)


def test_orders_at_one_moment_are_gaps_of_nothing() -> None:
    rhythm = rhythm_of([at(1)] * 3)
    assert (rhythm.mean, rhythm.smoothed) == (0.0, 0.0)
