"""Coming to rest after the last fault: what has yet to be applied, to be reached in time, to be copied."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime

import msgspec

from chaos.town import Town
from monitor.adapters.kafka_logs import LogReader
from monitor.adapters.redis_streams import RedisStreams
from monitor.cli.verify_given import INPUTS
from monitor.engine.outputs import STEPS, WARNINGS
from schemas.errors import StoreUnavailable
from schemas.steps import StepRecord

PATIENCE = 120.0
"""Seconds within which all must be caught up after the last fault."""

GLANCE = 0.3


async def nothing(missing: Callable[[], Awaitable[object]], otherwise: str) -> list[str]:
    """Wait until nothing is missing any more; what is wrong if that takes too long."""
    until, left = time.monotonic() + PATIENCE, None
    while time.monotonic() < until:
        try:
            if not (left := await missing()):
                return []
        except StoreUnavailable as error:
            left = error
        await asyncio.sleep(GLANCE)
    return [f"{otherwise} within {PATIENCE:.0f} s: {left}"]


async def _steps(reader: LogReader, town: Town) -> dict[int, StepRecord]:
    newest = await reader.newest(STEPS, range(town.settings.partitions))
    return {lane: StepRecord.model_validate_json(record.value or b"") for lane, record in newest.items()}


async def left_to_apply(reader: LogReader, town: Town) -> list[str]:
    """The inputs whose last record no step has reached."""
    applied = await _positions(reader, town)
    missing = []
    for name in INPUTS:
        newest = await reader.newest(name, range(town.settings.partitions))
        missing += [
            f"{name} {lane}: {applied.get((lane, name), 0)} of {record.offset + 1}"
            for lane, record in newest.items()
            if applied.get((lane, name), 0) <= record.offset
        ]
    return missing


async def _positions(reader: LogReader, town: Town) -> dict[tuple[int, str], int]:
    """How far each input was applied."""
    positions: dict[tuple[int, str], int] = {}
    async with aclosing(reader.whole(STEPS, range(town.settings.partitions))) as batches:
        async for records in batches:
            for record in records:
                step = msgspec.json.decode(record.value or b"", type=_Ranges)
                positions |= {(step.partition, name): end for name, (_, end) in step.ranges.items()}
    return positions


class _Ranges(msgspec.Struct):
    partition: int
    ranges: dict[str, tuple[int, int]]


async def not_there_yet(reader: LogReader, town: Town, moment: datetime) -> list[int]:
    """The lanes whose clock does not stand at this moment."""
    steps = await _steps(reader, town)
    return [
        lane for lane in range(town.settings.partitions) if lane not in steps or steps[lane].clock != moment
    ]


async def left_to_copy(reader: LogReader, town: Town) -> list[int]:
    """The lanes of which the newest warning is not in Redis."""
    streams = RedisStreams(town.settings)
    try:
        newest = await reader.newest(WARNINGS, range(town.settings.partitions))
        return [lane for lane, record in newest.items() if await streams.last(lane) != record.offset]
    finally:
        await streams.close()
