"""Business hours against a count of minutes, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.rules.business_hours import BusinessHours, moved

MINUTE = timedelta(minutes=1)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = (None, ("DE", None), ("US", "CA"))

calendars = st.builds(
    lambda days, bounds, zone, place: BusinessHours(frozenset(days), min(bounds), max(bounds), zone, place),
    st.sets(st.integers(0, 6), min_size=2),
    st.lists(st.integers(0, 24).map(lambda hour: 60 * hour), min_size=2, max_size=2, unique=True),
    st.sampled_from(("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe")),
    st.sampled_from(PLACES),
)
moments = st.integers(0, 365 * 24 * 60).map(lambda minute: YEAR + minute * MINUTE)
spans = st.integers(0, 40 * 60).map(lambda minutes: minutes * MINUTE)
moderate = settings(max_examples=100)


def is_open(hours: BusinessHours, moment: datetime) -> bool:
    """Whether it is open at a moment, as somebody with a clock on the wall would say."""
    local = moment.astimezone(ZoneInfo(hours.zone))
    days_off = hours.days_off(local.year)
    minute = 60 * local.hour + local.minute
    return (
        local.weekday() in hours.days
        and hours.opens <= minute < hours.closes
        and local.date() not in days_off
    )


@moderate
@given(hours=calendars, began=moments, days=st.integers(0, 12 * 24 * 60))
def test_open_time_is_the_number_of_open_minutes(hours: BusinessHours, began: datetime, days: int) -> None:
    ends = began + days * MINUTE
    minutes = sum(is_open(hours, began + number * MINUTE) for number in range(days))
    assert hours.between(began, ends) == minutes * MINUTE


@given(hours=calendars, began=moments, span=spans)
def test_a_moment_is_reached_when_so_much_open_time_has_passed_and_not_before(
    hours: BusinessHours, began: datetime, span: timedelta
) -> None:
    reached = hours.after(began, span)
    assert hours.between(began, reached) == span
    if span:
        assert hours.between(began, reached - timedelta(microseconds=1)) < span


@given(hours=calendars, ends=moments, span=spans)
def test_back_from_a_moment_is_the_last_from_which_so_much_open_time_is_left(
    hours: BusinessHours, ends: datetime, span: timedelta
) -> None:
    began = hours.before(ends, span)
    assert hours.between(began, ends) == span
    if span:
        assert hours.between(began + timedelta(microseconds=1), ends) < span


@given(hours=calendars, began=moments, first=spans, more=spans)
def test_time_goes_on_from_where_it_was(
    hours: BusinessHours, began: datetime, first: timedelta, more: timedelta
) -> None:
    assert hours.after(hours.after(began, first), more) == hours.after(began, first + more)
    assert moved(began, first + MINUTE, hours) > moved(began, first, hours)
