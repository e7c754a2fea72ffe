"""Durations and moments as a person would say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.words import counted, in_words, on_day


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(0), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(milliseconds=1500), "1.5 seconds"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=23.5), "23.5 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=2, hours=12), "2.5 days"),
        (timedelta(days=42), "42 days"),
        (timedelta(days=41, hours=23, minutes=59), "42 days"),
        (timedelta(days=3660), "3660 days"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(span: timedelta, told: str) -> None:
    assert in_words(span) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 3, 1, 9, 5, tzinfo=UTC), "2026-03-01 09:05"),
        (datetime(2026, 3, 1, 9, 5, 59, 999999, tzinfo=UTC), "2026-03-01 09:05"),
        (datetime(1970, 1, 1, 23, tzinfo=UTC), "1970-01-01 23:00"),
    ],
)
def test_a_moment_is_told_to_the_minute_and_midnight_by_its_date(moment: datetime, told: str) -> None:
    assert on_day(moment) == told


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (1.04, "1 order")]
)
def test_one_thing_is_told_in_the_singular(number: float, told: str) -> None:
    assert counted(number, "order") == told
