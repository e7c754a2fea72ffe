from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.records import DateOrder
from monitor.offline.times import day_and_month, looks_like_time, time_reader
from schemas.dead_letters import Reason
from schemas.errors import ContractError

instants = st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2199-12-30"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-05", "2024-01-05T00:00:00"),
        ("2024-01-05 08:26", "2024-01-05T08:26:00"),
        ("2024-01-05T08:26:01Z", "2024-01-05T08:26:01"),
        ("2024-01-05T08:26:01.5+02:00", "2024-01-05T06:26:01.500000"),
        ("2024-01-05 08:26:01 +0100", "2024-01-05T07:26:01"),
        ("2024-01-05 08:26:01 UTC", "2024-01-05T08:26:01"),
        ("2024-1-5", "2024-01-05T00:00:00"),
        ("2024/01/05 8:26", "2024-01-05T08:26:00"),
        ("2024.01.05", "2024-01-05T00:00:00"),
        ("19970101", "1997-01-01T00:00:00"),
        ("199701010830", "1997-01-01T08:30:00"),
        ("19970101083015", "1997-01-01T08:30:15"),
        ("1704443161", "2024-01-05T08:26:01"),
        ("1704443161.25", "2024-01-05T08:26:01.250000"),
        ("1704443161250", "2024-01-05T08:26:01.250000"),
        ("1704443161250000", "2024-01-05T08:26:01.250000"),
        ("852076800", "1997-01-01T00:00:00"),
        ("5.1.2024", "2024-01-05T00:00:00"),
        ("05.01.2024 08:26:01", "2024-01-05T08:26:01"),
        ("05.01.24", "2024-01-05T00:00:00"),
        ("31.12.97", "1997-12-31T00:00:00"),
        ("Jan 5, 2024", "2024-01-05T00:00:00"),
        ("5 January 2024 08:26", "2024-01-05T08:26:00"),
        ("Fri, 05 Jan 2024 08:26:01 GMT", "2024-01-05T08:26:01"),
        ("05-JAN-2024", "2024-01-05T00:00:00"),
        (" 2024-01-05 ", "2024-01-05T00:00:00"),
    ],
)
def test_a_time_is_read_as_shops_write_it(text: str, moment: str) -> None:
    assert time_reader(UTC, None)(text) == moment


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("12/1/10 8:26", "mdy", "2010-12-01T08:26:00"),
        ("12/1/10 8:26", "dmy", "2010-01-12T08:26:00"),
        ("12-01-2010", "mdy", "2010-12-01T00:00:00"),
        ("12/1/2010 12:05 AM", "mdy", "2010-12-01T00:05:00"),
        ("12/1/2010, 12:05:30 p.m.", "mdy", "2010-12-01T12:05:30"),
        ("12.01.2010", "mdy", "2010-01-12T00:00:00"),
    ],
)
def test_day_and_month_stand_as_told_but_for_points(text: str, order: DateOrder, moment: str) -> None:
    assert time_reader(UTC, order)(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-13-01", "2024-02-30", "31/02/2024", "12", "2024", "Jan 5", "5 Jan 2024 08:00 EST",
     "1/1/2024 13:00 PM", "1/1/2024 25:00", "99999999", "1/2-2024"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ContractError) as refused:
        time_reader(UTC, None)(text)
    assert refused.value.reason is Reason.bad_time


@pytest.mark.parametrize("text", ["1899-12-30", "0001-01-01", "9999-12-31", "2200-01-01"])
def test_times_that_no_event_may_bear_are_refused(text: str) -> None:
    with pytest.raises(ContractError, match="1970 to 2199"):
        time_reader(UTC, None)(text)


def test_a_time_without_a_zone_is_taken_in_the_given_one() -> None:
    read = time_reader(ZoneInfo("Europe/Berlin"), None)
    assert read("2024-07-01 12:00") == "2024-07-01T10:00:00"
    assert read("2024-01-01") == "2023-12-31T23:00:00"


def test_a_time_with_a_zone_keeps_it() -> None:
    assert time_reader(ZoneInfo("Europe/Berlin"), None)("2024-07-01T12:00Z") == "2024-07-01T12:00:00"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("13/01/2024", "dmy"), ("01/13/2024 10:00", "mdy"), ("05/05/2024", "same"), ("05/06/2024", "either"),
     ("05.06.2024", None), ("2024-05-06", None), ("13/14/2024", None)],
)  # fmt: skip
def test_a_date_proves_its_order_by_a_day_above_twelve(text: str, shown: str | None) -> None:
    assert day_and_month(text) == shown


def test_identifiers_and_amounts_do_not_look_like_times() -> None:
    assert not any(
        map(looks_like_time, ["0001", "12.50", "85123A", "4711", "17850", "12345678", "ada", "10:00", ""])
    )


@given(moment=instants, order=st.sampled_from(["dmy", "mdy"]), mark=st.sampled_from("/-"))
def test_a_written_date_is_read_back(moment: datetime, order: DateOrder, mark: str) -> None:
    shape = {"dmy": "%d{0}%m{0}%Y %H:%M:%S.%f", "mdy": "%m{0}%d{0}%Y %H:%M:%S.%f"}[order].format(mark)
    assert time_reader(UTC, order)(moment.strftime(shape)) == moment.isoformat()


@given(moment=instants, minutes=st.integers(-14 * 60, 14 * 60))
def test_any_offset_is_taken_into_account(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = there.astimezone(UTC).replace(tzinfo=None).isoformat()
    assert time_reader(UTC, None)(there.isoformat(" ")) == expected


@given(one=instants, other=instants)
def test_read_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    read = time_reader(UTC, None)
    assert (read(one.isoformat()) < read(other.isoformat())) == (one < other)


@given(text=st.text(alphabet="0123456789/-.:T ,JanpmZ+", max_size=24) | st.text(max_size=20))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        read = time_reader(UTC, "dmy")(text)
    except ContractError:
        return
    assert datetime.fromisoformat(read).tzinfo is None
