"""The copy of a partition: the cases that the laws leave open, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agents.deliver_copy import LOOK, PartitionCopy
from agents.transport import Batch
from monitor.adapters.redis_streams import Copy, MemoryStreams
from monitor.engine.fetched import RawRecord

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def streams() -> MemoryStreams:
    return MemoryStreams(100)


def copy_of(streams: MemoryStreams, log_start: int = 0) -> PartitionCopy:
    async def told() -> int:
        return log_start

    return PartitionCopy(0, streams, length=100, log_start=told, now=lambda: NOON)


def batch(start: int, *offsets: int, end: int = 0, asked: datetime = LATER, value: bytes = b"{}") -> Batch:
    records = [RawRecord(offset, 0, b"ada", value) for offset in offsets]
    after = max(offsets, default=start - 1) + 1
    return Batch("churn.warnings", 0, start, records, after, max(end, after), asked)


async def test_taking_over_goes_on_behind_the_last_entry(streams: MemoryStreams) -> None:
    await streams.append(0, None, [Copy(7, 6, b"{}", b"ada", "")])
    assert await copy_of(streams).take(batch(0, 0, 1, end=20)) == 8


async def test_a_stream_that_is_not_there_begins_as_far_back_as_it_may_be_long(
    streams: MemoryStreams,
) -> None:
    assert await copy_of(streams).take(batch(0, end=1_000)) == 900


async def test_it_does_not_begin_before_the_log_does(streams: MemoryStreams) -> None:
    assert await copy_of(streams, log_start=950).take(batch(0, end=1_000)) == 950


async def test_the_type_stands_beside_the_event(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    await copy.take(batch(0, 0, value=b'{"type":"warning.firing"}'))
    assert streams.entries(0) == [Copy(0, -1, b'{"type":"warning.firing"}', b"ada", "warning.firing")]


async def test_what_is_no_event_is_copied_without_a_type(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    await copy.take(batch(0, 0, value=b"\xff"))
    assert streams.entries(0) == [Copy(0, -1, b"\xff", b"ada", "")]


async def test_an_old_answer_does_not_make_it_begin_anew(streams: MemoryStreams) -> None:
    await streams.append(0, None, [Copy(500, 499, b"{}", b"ada", "")])
    copy = copy_of(streams)
    await copy.take(batch(0, end=100, asked=NOON - timedelta(seconds=1)))
    assert await copy.take(batch(0, end=100, asked=NOON - timedelta(seconds=1))) is None
    assert await streams.last(0) == 500


async def test_an_end_told_since_then_before_what_was_copied_makes_it_begin_anew(
    streams: MemoryStreams,
) -> None:
    await streams.append(0, None, [Copy(500, 499, b"{}", b"ada", "")])
    copy = copy_of(streams)
    await copy.take(batch(0, end=50))
    assert await copy.take(batch(0, end=50)) == 0
    assert await streams.last(0) is None


async def test_an_old_batch_from_further_on_is_passed_over(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    assert await copy.take(batch(5, 5, asked=NOON - timedelta(seconds=1))) is None
    assert streams.entries(0) == []


@pytest.mark.parametrize("start", [0, 14, 40])
async def test_a_batch_from_elsewhere_than_it_says_is_passed_over(streams: MemoryStreams, start: int) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0, end=60))
    torn = batch(12, 12, 13, 14, 15, end=60)._replace(start=start, next=start)
    assert await copy.take(torn) is None
    assert (copy.position, streams.entries(0)) == (0, [])


async def test_what_retention_took_shows_as_a_gap(streams: MemoryStreams) -> None:
    await streams.append(0, None, [Copy(0, -1, b"{}", b"ada", "")])
    copy = copy_of(streams, log_start=30)
    await copy.take(batch(0))
    assert await copy.take(batch(30, 31)) is None
    assert [(each.after, each.offset) for each in streams.entries(0)] == [(-1, 0), (29, 31)]


async def test_an_entry_by_somebody_else_makes_it_look_where_it_stands(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    await streams.append(0, None, [Copy(10**12, 0, b"{}", b"ada", "")])
    await copy.take(batch(0, 0, 1))
    assert copy.position == 10**12 + 1
    assert await copy.take(batch(2, end=2)) == 0


async def test_an_idle_copy_looks_now_and_then_whether_redis_was_emptied(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    await copy.take(batch(0, 0))
    streams.empty()
    assert await copy.take(batch(1, asked=LATER + LOOK / 2)) is None
    assert await copy.take(batch(1, asked=LATER + LOOK)) == 0


async def test_a_tombstone_is_no_warning(streams: MemoryStreams) -> None:
    copy = copy_of(streams)
    await copy.take(batch(0))
    await copy.take(batch(0, 0)._replace(records=[RawRecord(0, 0, b"ada", None)]))
    assert streams.entries(0) == []
    assert copy.position == 1
