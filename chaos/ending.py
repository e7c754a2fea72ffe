"""The end of a run: all is put right, everything must be caught up, and is then proven, twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from rich.console import Console

from chaos.judge import Judge, Stands, standing
from chaos.resting import GLANCE, left_to_apply, left_to_copy, not_there_yet, nothing
from chaos.standstill import Standstill, by_fault, standstills
from chaos.town import Town
from monitor.adapters.kafka_logs import LogReader, reading
from monitor.cli.verify_run import Verdict, verify
from monitor.engine.outputs import STANDING, STEPS, WARNINGS

AHEAD = timedelta(minutes=3)
"""How far ahead of the wall clock the moment of the last judgement lies, so that all lanes stand there exactly."""


@dataclass
class Ending:
    """What was found; `wrong` is told in words, and empty where all is well."""

    wrong: list[str] = field(default_factory=list)
    verdict: Verdict | None = None
    caught_up: float = 0.0
    stopped: Mapping[str, int | None] = field(default_factory=dict)
    stand: int = 0
    judged: int = 0
    events: int = 0
    readers: int = 0
    standstill: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Of each kind of fault, how long lanes stood still: the median, and the most, in seconds."""


async def end(town: Town, selling: asyncio.Task[None]) -> Ending:
    """Let everything come to rest, and look whether it is as it must be."""
    found = Ending()
    await town.heal()
    town.shop.stop()
    await selling
    began = time.monotonic()
    async with reading(town.settings) as reader:
        town.tell("waiting until all is applied")
        found.wrong += await nothing(lambda: left_to_apply(reader, town), "not all is applied")
        found.caught_up = time.monotonic() - began
        moment = datetime.now(UTC) + AHEAD
        await _pass_time(town, moment)
        found.wrong += await nothing(lambda: not_there_yet(reader, town, moment), "lanes are not at the end")
        found.wrong += await nothing(lambda: left_to_copy(reader, town), "Redis has not caught up")
        await asyncio.sleep(2 * GLANCE)
        town.tell("stopping the workers")
        found.stopped = {
            name: await worker.stop() for name, worker in town.crew.workers.items() if worker.wanted
        }
        found.wrong += [f"{name} ended with {code}" for name, code in found.stopped.items() if code != 0]
        await _read_to_end(reader, town, found)
        await _judge(reader, town, moment, found)
        found.standstill = by_fault(town.story, await _pauses(reader, town))
    town.tell("repeating every step")
    verdict = await verify(town.settings, (), at_rest=True, redis=True, console=Console(quiet=True))
    found.verdict = verdict
    found.wrong += [f"{count} {kind}" for kind, count in verdict.counts.items()]
    return found


async def _pass_time(town: Town, until: datetime) -> None:
    told = {"specversion": "1.0", "id": "the-end", "source": "/chaos", "type": "time.passed"}
    value = msgspec.json.encode({**told, "time": until, "data": {"until": until}})
    await town.shop.tell("clock", records=[(None, value)])


async def _read_to_end(reader: LogReader, town: Town, found: Ending) -> None:
    """Hold what the readers saw, who were there all the time, against the topic."""
    told: dict[int, list[int]] = {lane: [] for lane in range(town.settings.partitions)}
    async with aclosing(reader.whole(WARNINGS, range(town.settings.partitions))) as batches:
        async for records in batches:
            for record in records:
                told[record.partition].append(record.offset)
    town.readers.hurry()
    found.wrong += await nothing(lambda: _behind(town, told), "a slow reader has not come to the end")
    await town.readers.stop()
    found.readers = len(town.readers.seen)
    found.wrong += [
        f"reader {n} saw something else" for n, seen in enumerate(town.readers.seen) if seen != told
    ]


async def _behind(town: Town, told: Mapping[int, list[int]]) -> list[int]:
    return [
        n
        for n, seen in enumerate(town.readers.seen)
        if any(len(seen[lane]) < len(told[lane]) for lane in told)
    ]


async def _pauses(reader: LogReader, town: Town) -> list[Standstill]:
    """The pauses of all lanes, from the stamps of their steps."""
    stamps: dict[int, list[float]] = {lane: [] for lane in range(town.settings.partitions)}
    async with aclosing(reader.whole(STEPS, stamps)) as batches:
        async for records in batches:
            for record in records:
                stamps[record.partition].append(record.timestamp / 1000 - town.began_at)
    return [pause for lane, told in stamps.items() for pause in standstills(lane, told)]


async def _judge(reader: LogReader, town: Town, moment: datetime, found: Ending) -> None:
    judge, stands = Judge(town.shop.prefix), dict[bytes, bytes | None]()
    lanes = range(town.settings.partitions)
    for name in ("orders", "tickets", "contacts"):
        async with aclosing(reader.whole(name, lanes)) as batches:
            async for records in batches:
                for record in records:
                    judge.take(record.key, record.value)
    async with aclosing(reader.whole(STANDING, lanes)) as batches:
        async for records in batches:
            stands |= {record.key or b"": record.value for record in records}
    must, are = judge.stands(moment), standing(value for value in stands.values() if value)
    found.stand, found.judged, found.events = len(are), len(must), judge.events
    found.wrong += [f"the judge misses {_named(each)}" for each in sorted(must - are, key=str)[:5]]
    found.wrong += [f"the judge knows nothing of {_named(each)}" for each in sorted(are - must, key=str)[:5]]
    lost = town.shop.facts - judge.events
    if lost > town.shop.counts["not acknowledged"]:
        found.wrong.append(f"{lost} events are not on the inputs, and were acknowledged")


def _named(each: Stands) -> str:
    return f"{each.rule} of {each.customer}{'' if each.about is None else f' about {each.about}'}"
