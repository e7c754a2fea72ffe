"""Lanes' rows read from the changelog, and put back: checked, brought up to the last step, written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import LogReader, reading, refuse_workers, restore
from monitor.adapters.topics import co_partitioned
from monitor.cli.log_bar import LogBar
from monitor.cli.steps_read import Repeatable, known_rules, recorded, step_readers
from monitor.cli.verify_given import given_to_workers, step_of
from monitor.cli.verify_read import TopicsOfLane
from monitor.engine.outputs import STEPS, outputs
from monitor.engine.step import LaneRow, lane_key, lane_row_from_bytes
from monitor.offline.proof import Follower, Given
from monitor.offline.state_files import About, LaneState, StateWriter, check, read_about, read_lanes
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.topics import CHANGELOG


class LaneDone(NamedTuple):
    """What stands for a lane now: how many customers, after which step, at which moment; steps that were repeated."""

    lane: int
    customers: int
    step: int
    clock: datetime
    repeated: int = 0


async def export(
    settings: Settings, file: Path, wanted: Sequence[int] | None, people: Console
) -> list[LaneDone]:
    """Write lanes to a file. Raises `ConfigError`, `StoreUnavailable`."""
    lanes = _lanes(wanted, range(settings.partitions))
    about = About(app_id=settings.app_id, partitions=settings.partitions, written=WallClock().now())
    done = []
    with LogBar(people) as bar, StateWriter(file, about) as writer:
        async with reading(settings) as reader:
            for lane in lanes:
                rows = await TopicsOfLane(reader, lane, bar, settings).newest(CHANGELOG)
                if lane_key(lane) in rows:
                    writer.lane(lane, rows)
                    done.append(_done(lane, rows))
    return done


async def restore_lanes(
    settings: Settings,
    file: Path | None,
    wanted: Sequence[int] | None,
    rules: Sequence[Path],
    people: Console,
) -> list[LaneDone]:
    """Put lanes back, from a file or from nothing. Raises `ConfigError`, `StoreUnavailable`."""
    held = [lane for lane, _ in check(file)] if file is not None else range(settings.partitions)
    lanes = _lanes(wanted, held)
    if file is not None:
        _check_system(settings, file)
    await co_partitioned(settings)
    async with AsyncExitStack() as stack:
        readers = await stack.enter_async_context(step_readers(settings))
        main = await stack.enter_async_context(reading(settings))
        await _check_free(settings, main, lanes)
        given = await given_to_workers(settings, rules, main)
        bar = stack.enter_context(LogBar(people))
        restoring = _Restoring(settings, given, readers, bar)
        done = [await restoring.lane(each) for each in _from(file, lanes)]
        return [each for each in done if each is not None]


class _Restoring:
    """Brings lanes up to their last step, and writes them."""

    def __init__(
        self, settings: Settings, given: Given, readers: Mapping[str, LogReader], bar: LogBar
    ) -> None:
        self._settings, self._given, self._readers, self._bar = settings, given, readers, bar

    async def lane(self, begins: LaneState | int) -> LaneDone | None:
        """Put one lane back; None where it has never done a step."""
        lane, rows = (begins, {}) if isinstance(begins, int) else (begins.lane, begins.rows)
        follower = Follower(self._given, lane, rows)
        began = follower.lane_row
        if began is not None:
            await self._check_place(lane, began)
        self._bar.begin(f"lane {lane}: repeating its steps")
        repeated = 0
        async with (
            recorded(self._readers, lane, self._bar.show) as steps,
            aclosing(steps.after(began)) as following,
        ):
            async for each in following:
                self._follow(follower, each)
                repeated += 1
        if follower.lane_row is None:
            return None
        await restore(self._settings, lane, follower.rows)
        return _done(lane, follower.rows, repeated)

    def _follow(self, follower: Follower, each: Repeatable) -> None:
        """Repeat a step. Raises `ConfigError` where something else comes out than was told."""
        with known_rules(each.record):
            step = follower.follow(each.record, each.inputs)
        given = self._given
        told = outputs(step, longest=given.longest_letter, topics=given.topics)
        if all(output.value != each.told.value for output in told if output.topic == STEPS):
            where = f"lane {each.record.partition}, step {each.record.step}"
            raise ConfigError(
                "repeated, it is not the step that was done: records or rules are not those that it had",
                where=where,
                remedy="import an export that was made after it",
            )

    async def _check_place(self, lane: int, row: LaneRow) -> None:
        """Raises `ConfigError` where topics end before the lane's place: they are not those that it has read."""
        newest = (await self._readers[STEPS].newest(STEPS, [lane])).get(lane)
        told = step_of(newest).step if newest else 0
        if newest is not None and told < row.step:
            raise _elsewhere(lane, STEPS, f"step {told}", f"step {row.step}")
        for name, position in row.applied.items():
            _, end = (await self._readers[name].bounds(name, [lane]))[lane]
            if end < position:
                raise _elsewhere(lane, name, f"offset {end}", f"offset {position}")


def _lanes(wanted: Sequence[int] | None, there: Iterable[int]) -> list[int]:
    """The lanes that are wanted. Raises `ConfigError` for one that is not there."""
    known = list(there)
    for lane in wanted or ():
        if lane not in known:
            raise ConfigError(f"there is no lane {lane}", key="--lane", remedy=f"lanes are {known}")
    return sorted(set(wanted)) if wanted else known


def _from(file: Path | None, lanes: Sequence[int]) -> Iterator[LaneState | int]:
    if file is None:
        yield from lanes
    else:
        yield from (state for state in read_lanes(file) if state.lane in lanes)


def _check_system(settings: Settings, file: Path) -> None:
    about = read_about(file)
    if about.partitions != settings.partitions:
        problem = f"it is of {about.partitions} lanes, and here are {settings.partitions}"
        raise ConfigError(problem, where=str(file), key="partitions")


async def _check_free(settings: Settings, reader: LogReader, lanes: Sequence[int]) -> None:
    """Raises `ConfigError` where workers run, or rows stand already."""
    await refuse_workers(settings)
    if taken := await reader.newest(CHANGELOG, lanes):
        problem = f"there are rows already for lanes {', '.join(map(str, sorted(taken)))}"
        remedy = "bring back the others with --lane, or make the topic anew"
        raise ConfigError(problem, where="the changelog", remedy=remedy)


def _elsewhere(lane: int, topic: str, ends: str, known: str) -> ConfigError:
    problem = f"the topic ends at {ends}, and lane {lane} had come to {known}"
    return ConfigError(
        problem, where=f"topic {topic}", remedy="is this the system that it was exported from?"
    )


def _done(lane: int, rows: Mapping[bytes, bytes], repeated: int = 0) -> LaneDone:
    row = lane_row_from_bytes(rows[lane_key(lane)])
    return LaneDone(lane, len(rows) - 1, row.step, row.clock, repeated)
