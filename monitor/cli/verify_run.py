"""Proving that a system told what it had to: lane after lane, its steps repeated from the beginning."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from monitor.adapters.kafka_logs import LogReader, group_offsets, reading
from monitor.cli.log_bar import LogBar
from monitor.cli.steps_read import Cursor, known_rules, recorded, step_readers
from monitor.cli.verify_given import INPUTS, given_to_workers, step_of
from monitor.cli.verify_read import TopicsOfLane
from monitor.engine.fetched import ASIDES
from monitor.engine.outputs import STANDING, STEPS, WARNINGS
from monitor.offline.proof import FACTS, NAMED, Divergence, Given, LaneProof, Proven, Seen, copied
from monitor.offline.proof.divergence import readable
from schemas.settings import Settings
from schemas.topics import CHANGELOG

SETTLING = timedelta(seconds=1)
"""Within this, a transaction that shows on one topic shows on all of them."""


class Lane(NamedTuple):
    """What was found of one lane; `lag` are records of inputs that no step has reached."""

    proven: Proven
    lag: Mapping[str, int]
    copies: int
    told: Sequence[str]


class Verdict(NamedTuple):
    """What was found of all lanes."""

    lanes: Sequence[Lane]

    @property
    def counts(self) -> Counter[str]:
        """How many divergences there are of each kind."""
        return sum((lane.proven.found.counts for lane in self.lanes), Counter[str]())

    @property
    def first(self) -> Divergence | None:
        """The first divergence of the first lane that has one."""
        return next((each for lane in self.lanes for each in lane.proven.found.first), None)

    def total(self, topic: str) -> int:
        """The records on an output."""
        return sum(lane.proven.told.get(topic, 0) for lane in self.lanes)


async def verify(
    settings: Settings, files: Sequence[Path | None], *, at_rest: bool, redis: bool, console: Console
) -> Verdict:
    """Prove all lanes. Raises `ConfigError` where topics, rules or the beginning of the steps are missing."""
    async with AsyncExitStack() as stack:
        readers = await stack.enter_async_context(step_readers(settings))
        main = await stack.enter_async_context(reading(settings))
        given = await given_to_workers(settings, files, main)
        groups = await group_offsets(settings, INPUTS) if at_rest else {}
        with LogBar(console) as bar:
            prover = _Prover(settings, given, readers, main, bar, at_rest=at_rest, redis=redis)
            return Verdict([await prover.lane(lane, groups) for lane in range(settings.partitions)])


class _Prover:
    def __init__(
        self,
        settings: Settings,
        given: Given,
        readers: Mapping[str, LogReader],
        main: LogReader,
        bar: LogBar,
        *,
        at_rest: bool,
        redis: bool,
    ) -> None:
        self._settings, self._given, self._readers, self._main = settings, given, readers, main
        self._bar = bar
        self._at_rest = at_rest
        self._redis = redis

    async def lane(self, lane: int, groups: Mapping[tuple[str, int], int]) -> Lane:
        """Read what was seen, then repeat the steps; whatever comes meanwhile may be there or not."""
        topics = TopicsOfLane(self._main, lane, self._bar, self._settings)
        newest = (await self._main.newest(STEPS, [lane])).get(lane)
        settled = step_of(newest).step if newest else 0
        if not self._at_rest:
            await asyncio.sleep(SETTLING.total_seconds())
        seen = {topic: await topics.seen(topic) for topic in NAMED}
        standing, rows = await topics.newest(STANDING), await topics.newest(CHANGELOG)
        proof = LaneProof(self._given, lane, seen, rows=rows, standing=standing, settled=settled)
        lag = await self._repeat(lane, proof)
        proven = proof.end()
        self._hold_groups(proven, groups)
        copies = await self._hold_copies(topics, seen[WARNINGS], proven)
        await _show_seen(topics, proven)
        return Lane(proven, lag, copies, await _events(topics, proven))

    async def _repeat(self, lane: int, proof: LaneProof) -> dict[str, int]:
        """Hand the proof one step after the other; the lag of each input after them."""
        self._bar.begin(f"lane {lane}: repeating its steps")
        async with recorded(self._readers, lane, self._bar.show) as steps:
            async with aclosing(steps.after(None)) as following:
                async for each in following:
                    with known_rules(each.record):
                        proof.step(each.told, each.record, each.inputs)
                    if proof.broken:
                        return {}
            return await self._lag(lane, proof, steps.inputs)

    async def _lag(self, lane: int, proof: LaneProof, cursors: Mapping[str, Cursor]) -> dict[str, int]:
        lag = {}
        for name, cursor in cursors.items():
            lag[name], first = await cursor.left()
            if self._at_rest and lag[name]:
                what = f"{lag[name]} records of {name}, from offset {first} on, were applied by no step"
                proof.found.add(Divergence("not applied", lane, name, proof.course.step, what, offset=first))
        return lag

    def _hold_groups(self, proven: Proven, groups: Mapping[tuple[str, int], int]) -> None:
        for (name, lane), offset in groups.items():
            applied = proven.applied.get(name, 0)
            if lane == proven.lane and offset != applied and proven.steps:
                what = f"the group's offset of {name} is {offset}, the steps came to {applied}"
                proven.found.add(Divergence("not applied", lane, name, proven.steps, what, offset=offset))

    async def _hold_copies(self, topics: TopicsOfLane, told: Seen, proven: Proven) -> int:
        if not self._redis:
            return 0
        places, length = await topics.copies(), self._settings.stream_length
        for wrong in copied(proven.lane, told.places(), places, length=length, at_rest=self._at_rest):
            proven.found.add(wrong)
        return len(places)


async def _show_seen(topics: TopicsOfLane, proven: Proven) -> None:
    """Put beside what the first divergence expects what stands there."""
    first = proven.found.first[0] if proven.found.first else None
    if first is not None and first.topic in NAMED and first.seen is None and first.offset is not None:
        value = await topics.value_at(first.topic, first.offset)
        proven.found.first[0] = first._replace(seen=readable(value))


async def _events(topics: TopicsOfLane, proven: Proven) -> list[str]:
    """The last events of the customer whom the first divergence is about, in words."""
    first = proven.found.first[0] if proven.found.first else None
    if first is None or first.customer is None or proven.at_first is None:
        return []
    told = []
    for name in (*FACTS, *ASIDES):
        for record in await topics.events_of(first.customer, name, proven.at_first.get(name, 0)):
            value = (record.value or b"a tombstone").decode(errors="replace")
            told.append(f"{name} {record.offset}: {value}")
    return told
