"""A file as an input of a lane: positions, its end, what is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monitor.offline.feeds import Feed, not_after
from monitor.offline.records import RawRecord, Record, RejectedRow
from schemas.dead_letters import Reason
from tests.events import order

START = datetime(2025, 6, 1, tzinfo=UTC)


def raw(position: int, value: bytes = b"{}") -> RawRecord:
    return RawRecord(f"a:{position + 1}", position, value, 10 * position)


def rejected(position: int) -> RejectedRow:
    return RejectedRow(f"a:{position + 1}", position, b"x", Reason.bad_time, "time: missing", 10 * position)


def feed(*records: Record, keeps: Callable[[bytes], bool] | None = None) -> Feed:
    return Feed("1 a", records, START, keeps)


def test_answers_connect_and_only_an_empty_one_says_that_the_file_has_ended() -> None:
    file = feed(raw(0), raw(1), raw(2))
    told = [file.fetch(2).fetched for _ in range(3)]
    assert [(each.start, each.next, each.end, len(each.records)) for each in told] == [
        (0, 2, 3, 2),
        (2, 3, 4, 1),
        (3, 3, 3, 0),
    ]
    assert file.ended


def test_positions_grow_in_the_order_of_reading_whatever_the_rows_were() -> None:
    (first, second) = feed(raw(7), raw(3)).fetch(5).fetched.records
    assert (first.offset, second.offset) == (0, 1)


def test_a_record_has_no_key_and_the_start_of_the_run_as_its_timestamp() -> None:
    (record,) = feed(raw(0, b"{1}")).fetch(1).fetched.records
    assert (record.key, record.value, record.headers) == (None, b"{1}", ())
    assert record.timestamp == START.timestamp() * 1000


def test_rejected_rows_leave_a_gap_and_are_handed_on_beside_the_answer() -> None:
    chunk = feed(raw(0), rejected(1), raw(2)).fetch(3)
    assert [record.offset for record in chunk.fetched.records] == [0, 2]
    assert chunk.rejected == [rejected(1)]


def test_what_is_not_kept_is_counted() -> None:
    file = feed(raw(0, b"a"), raw(1, b"b"), raw(2, b"a"), keeps=lambda value: value == b"a")
    assert [record.offset for record in file.fetch(3).fetched.records] == [0, 2]
    assert file.skipped == 1


def test_the_bytes_read_never_go_back() -> None:
    file = feed(raw(9), raw(2))
    file.fetch(1)
    file.fetch(1)
    assert file.consumed == 90


@pytest.mark.parametrize(
    ("time", "kept"),
    [
        ("2025-06-01T00:00:00Z", True),
        ("2025-06-01T00:00:00.000001Z", False),
        ("2025-06-01T02:00:00+02:00", True),
        ("2025-06-01T00:00:00-01:00", False),
    ],
)
def test_events_later_than_the_moment_are_not_kept(time: str, kept: bool) -> None:
    assert not_after(START)(order("ada", time)) is kept


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"[]", b'{"time": 1}', b'{"time": "\xff"}', b'{"time": "2030-01-01"}', b'{"x":' * 100_000],
    ids=["nothing", "broken", "a list", "a number", "not UTF-8", "naive", "deep"],
)
def test_what_has_no_time_that_can_be_read_is_kept_for_admission_to_judge(value: bytes) -> None:
    assert not_after(START)(value)
