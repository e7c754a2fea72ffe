"""The copy of a partition is exact, whatever is fetched, forgotten, repeated or restarted on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.deliver_copy import PartitionCopy
from agents.transport import Batch
from monitor.adapters.redis_streams import MemoryStreams
from monitor.engine.fetched import RawRecord
from schemas.errors import StoreUnavailable

LENGTH = 40
DAWN = datetime(2026, 6, 1, tzinfo=UTC)

Offsets = st.lists(st.integers(1, 3), max_size=60).map(
    lambda gaps: [sum(gaps[: n + 1]) - 1 for n in range(len(gaps))]
)
"""Where records stand: markers and aborted transactions leave gaps."""

Fault = st.sampled_from(
    ["empty", "down", "restart", "old batch", "lost seek", "retention", "none", "none", "none", "none"]
)
Steps = st.lists(st.tuples(Fault, st.integers(0, 9)), max_size=40)


class World:
    """A log of one partition, the consumer's position in it, and a copy that takes what it fetches."""

    def __init__(self, offsets: Sequence[int]) -> None:
        self.offsets = list(offsets)
        self.start, self.end = 0, 0
        self.streams = MemoryStreams(LENGTH)
        self.fetched = 0
        self.moments = 0
        self.handed: list[Batch] = []
        self.copy = self.new_copy()

    @property
    def full(self) -> int:
        """Where the log ends once all is written: behind the last record's marker."""
        return max(self.offsets, default=-1) + 2

    def now(self) -> datetime:
        self.moments += 1
        return DAWN + timedelta(seconds=self.moments)

    async def log_start(self) -> int:
        return self.start

    def new_copy(self) -> PartitionCopy:
        return PartitionCopy(0, self.streams, length=LENGTH, log_start=self.log_start, now=self.now)

    def fetch(self, positions: int) -> Batch:
        asked = self.now()
        start = (
            self.fetched if self.start <= self.fetched <= self.end else self.start
        )  # reset to the earliest
        following = min(start + positions, self.end)
        records = [RawRecord(o, 0, b"ada", b"{}") for o in self.offsets if start <= o < following]
        self.fetched = following
        return Batch("churn.warnings", 0, start, records, following, self.end, asked)

    async def take(self, batch: Batch) -> None:
        self.handed.append(batch)
        try:
            wanted = await self.copy.take(batch)
        except StoreUnavailable:
            self.streams.down = False
            wanted = await self.copy.take(batch)
        if wanted is not None:
            self.fetched = wanted

    async def suffer(self, fault: str, size: int) -> None:
        match fault:
            case "empty":
                self.streams.empty()
            case "down":
                self.streams.down = True
            case "restart":
                self.copy, self.fetched = self.new_copy(), self.start
            case "old batch" if self.handed:
                await self.take(self.handed[-1 - size % len(self.handed)])
            case "lost seek":
                self.fetched = min(self.fetched + size, self.end)
            case "retention":
                self.start = min(self.start + size, self.end)

    async def run_out(self) -> None:
        self.end = self.full
        for _ in range(20):
            await self.take(self.fetch(1_000)._replace(asked=self.now() + timedelta(hours=1)))


async def _after(offsets: Sequence[int], steps: Sequence[tuple[str, int]]) -> World:
    world = World(offsets)
    for fault, size in steps:
        world.end = min(world.end + size, world.full)
        await world.suffer(fault, size)
        await world.take(world.fetch(size))
    await world.run_out()
    return world


@given(Offsets, Steps)
def test_the_stream_is_the_end_of_the_log(offsets: list[int], steps: list[tuple[str, int]]) -> None:
    world = asyncio.run(_after(offsets, steps))
    copied = [each.offset for each in world.streams.entries(0)]
    kept = [offset for offset in offsets if offset >= world.start]
    assert copied == sorted(set(copied))
    assert copied[-1:] == kept[-1:] or not kept
    held = [offset for offset in kept if copied and offset >= copied[0]]
    assert [offset for offset in copied if offset >= world.start] == held


@given(Offsets, Steps)
def test_no_record_that_was_there_is_skipped_without_a_gap_that_shows(
    offsets: list[int], steps: list[tuple[str, int]]
) -> None:
    world = asyncio.run(_after(offsets, steps))
    for entry in world.streams.entries(0):
        assert not [offset for offset in offsets if entry.after < offset < entry.offset]


@given(Offsets, Steps)
def test_without_loss_each_entry_follows_the_one_before(
    offsets: list[int], steps: list[tuple[str, int]]
) -> None:
    world = asyncio.run(_after(offsets, [step for step in steps if step[0] != "retention"]))
    entries = world.streams.entries(0)
    assert [entry.after for entry in entries[1:]] == [entry.offset for entry in entries[:-1]]


@given(Offsets, Offsets, Steps)
def test_a_topic_made_anew_begins_the_stream_anew(
    old: list[int], new: list[int], steps: list[tuple[str, int]]
) -> None:
    async def story() -> World:
        world = await _after(old, steps)
        world.offsets = [offset for offset in new if offset < max(old, default=0) - 2]
        world.start = 0
        await world.run_out()
        return world

    world = asyncio.run(story())
    copied = [each.offset for each in world.streams.entries(0)]
    if world.end < max(old, default=-1):
        assert copied == world.offsets[len(world.offsets) - len(copied) :]
        assert copied[-1:] == world.offsets[-1:]
