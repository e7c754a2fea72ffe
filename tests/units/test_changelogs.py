"""What is handed on of a changelog connects: nothing that was fetched and dropped is missing in the rows."""

from __future__ import annotations

from typing import NamedTuple

from agents.changelogs import Reading
from monitor.engine.fetched import RawRecord


class Got(NamedTuple):
    start: int
    records: list[RawRecord]
    next: int


def got(start: int, *offsets: int, to: int) -> Got:
    return Got(start, [RawRecord(offset, 0, b"k", b"v") for offset in offsets], to)


def sought(position: int) -> Reading[str]:
    reading = Reading[str]()
    reading.sought({"lane": position})
    return reading


def test_answers_that_follow_on_each_other_connect() -> None:
    reading = sought(10)
    for answer in (got(10, 10, 12, to=13), got(13, to=13), got(13, 14, to=16)):
        assert reading.gap("lane", answer) is None
        reading.handed("lane", answer)


def test_an_empty_answer_at_the_end_does_not_stand_for_records_that_were_dropped() -> None:
    reading = sought(10)
    assert reading.gap("lane", got(500, to=500)) == 10


def test_records_behind_dropped_ones_are_read_again_from_where_the_last_were() -> None:
    reading = sought(10)
    reading.handed("lane", got(10, 10, 11, to=12))
    assert reading.gap("lane", got(20, 20, to=21)) == 12
    assert reading.gap("lane", got(12, 13, to=21)) is None


def test_an_answer_that_a_seek_has_torn_does_not_connect() -> None:
    reading = sought(10)
    assert reading.gap("lane", got(10, 80, 81, to=10)) == 10


def test_what_is_known_already_is_harmless() -> None:
    reading = sought(10)
    reading.handed("lane", got(10, 10, 11, to=12))
    old = got(5, 5, 6, to=7)
    assert reading.gap("lane", old) is None
    reading.handed("lane", old)
    assert reading.gap("lane", got(13, 13, to=14)) == 12


def test_a_seek_begins_anew() -> None:
    reading = sought(10)
    reading.handed("lane", got(10, to=50))
    reading.sought({"lane": 3})
    assert reading.gap("lane", got(50, to=50)) == 3
    assert reading.gap("another", got(50, to=50)) is None
