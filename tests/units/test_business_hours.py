"""Business hours: weekends, holidays, and days that are an hour longer or shorter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.rules.business_hours import BusinessHours, lasted, moved, told
from schemas.business_hours import days_of, minute_of, place_of

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessHours(
    days_of("mon-fri"), minute_of("09:00"), minute_of("17:30"), "Europe/Berlin", ("DE", None)
)
ALL_DAY = BusinessHours(days_of("mon-sun"), minute_of("00:00"), minute_of("24:00"), "Europe/Berlin")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A moment in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("began", "hours", "reached"),
    [
        ("2026-06-01T10:00", 4, "2026-06-01T14:00"),  # a Monday
        ("2026-06-01T07:00", 4, "2026-06-01T13:00"),  # before it opens
        ("2026-06-01T16:30", 4, "2026-06-02T12:00"),  # over night
        ("2026-06-05T16:30", 4, "2026-06-08T12:00"),  # over the weekend
        ("2026-06-06T12:00", 4, "2026-06-08T13:00"),  # from a Saturday on
        ("2026-12-24T16:30", 4, "2026-12-28T12:00"),  # over Christmas, a Friday and a Saturday
        ("2026-04-30T16:30", 4, "2026-05-04T12:00"),  # the first of May is a Friday
        ("2026-06-01T09:00", 8.5, "2026-06-01T17:30"),  # a whole day is over when it closes
        ("2026-06-01T09:00", 17, "2026-06-02T17:30"),
        ("2026-06-01T20:00", 0, "2026-06-01T20:00"),  # no time at all has passed at once
    ],
)
def test_a_wait_counts_while_it_is_open(began: str, hours: float, reached: str) -> None:
    assert moved(at(began), hours * HOUR, OFFICE) == at(reached)


@pytest.mark.parametrize(
    ("ends", "hours", "from_then"),
    [
        ("2026-06-01T14:00", 4, "2026-06-01T10:00"),
        ("2026-06-08T11:00", 4, "2026-06-05T15:30"),
        ("2026-06-07T11:00", 4, "2026-06-05T13:30"),
        ("2026-06-01T17:30", 8.5, "2026-06-01T09:00"),
        ("2026-06-01T17:30", 17, "2026-05-29T09:00"),
    ],
)
def test_notice_is_given_so_long_ahead_while_it_is_open(ends: str, hours: float, from_then: str) -> None:
    assert moved(at(ends), -hours * HOUR, OFFICE) == at(from_then)


def test_without_hours_all_time_counts() -> None:
    assert moved(at("2026-06-05T16:30"), 4 * HOUR, None) == at("2026-06-05T20:30")


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    days = {"2026-03-29": 23, "2026-03-30": 24, "2026-10-25": 25}
    for day, hours in days.items():
        midnight = at(f"{day}T00:00")
        assert ALL_DAY.between(midnight, midnight + timedelta(days=3)) == timedelta(days=3)
        assert ALL_DAY.between(midnight, at(f"{day}T12:00")) == (hours - 12) * HOUR
    night = BusinessHours(days_of("sun"), minute_of("01:00"), minute_of("04:00"), "Europe/Berlin")
    spring, autumn = at("2026-03-29T00:00"), at("2026-10-25T00:00")
    assert night.between(spring, spring + timedelta(days=1)) == 2 * HOUR
    assert night.between(autumn, autumn + timedelta(days=1)) == 4 * HOUR


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    womens_day = at("2027-03-08T10:00")  # a Monday, and a holiday in Berlin alone
    berlin = BusinessHours(OFFICE.days, OFFICE.opens, OFFICE.closes, OFFICE.zone, ("DE", "BE"))
    assert OFFICE.after(womens_day, HOUR) == at("2027-03-08T11:00")
    assert berlin.after(womens_day, HOUR) == at("2027-03-09T10:00")


def test_durations_are_told_in_hours_for_a_day_could_mean_anything() -> None:
    assert told(48 * HOUR, OFFICE) == "48 business hours"
    assert told(timedelta(minutes=30), OFFICE) == "30 business minutes"
    assert told(48 * HOUR, None) == "2 days"
    assert lasted(at("2026-06-05T16:30"), at("2026-06-08T10:00"), OFFICE) == "2 business hours"
    assert lasted(at("2026-06-06T16:30"), at("2026-06-07T10:00"), OFFICE) == "0 business hours"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon, wed-fri", {0, 2, 3, 4}),
        ("sat-mon", {5, 6, 0}),
        ("sun", {6}),
        ("mon-sun", set(range(7))),
    ],
)
def test_days_are_names_and_stretches_of_them(text: str, days: set[int]) -> None:
    assert days_of(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "fri–mon", "1-5"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no day; allowed: mon, tue"):
        days_of(text)


@pytest.mark.parametrize(("text", "minute"), [("09:00", 540), ("9:05", 545), ("00:00", 0), ("24:00", 1440)])
def test_a_time_of_day_is_a_minute(text: str, minute: int) -> None:
    assert minute_of(text) == minute


@pytest.mark.parametrize("text", ["9", "24:01", "25:00", "9.30", "12:60", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day such as 09:00"):
        minute_of(text)


def test_places_are_countries_and_parts_of_them() -> None:
    assert (place_of("DE"), place_of("DE-BE")) == (("DE", None), ("DE", "BE"))
    with pytest.raises(ValueError, match="no holidays are known of 'XX'"):
        place_of("XX")
    with pytest.raises(ValueError, match="DE has no part 'XX'; allowed: BB, BE"):
        place_of("DE-XX")
