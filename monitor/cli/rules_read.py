"""What the topics say of the rules of a running system: the editions, where the lanes are, which warnings stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import msgspec
import typer
from pydantic import ValidationError

from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import LogReader, Record, reading
from monitor.cli.log_bar import LogBar
from monitor.cli.tables import console
from monitor.offline.rule_editions import Published, has_followed
from schemas.editions import RulesApplied
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.steps import StepRecord
from schemas.topics import RULES

STANDING, STEPS = "churn.warnings.standing", "churn.steps"

LaneSteps = Mapping[int, StepRecord | None]
"""The newest step of each lane; None where there is none yet."""


class _Ruled(msgspec.Struct):
    rule: str


class _Standing(msgspec.Struct):
    """What counting needs of a warning."""

    data: _Ruled


_decode = msgspec.json.Decoder(_Standing).decode


class LiveRules(NamedTuple):
    """The editions on the topic in their order, the lanes, and what moment it is for them.

    `end` is the number that the next edition will have.
    """

    published: list[Published]
    end: int
    lanes: LaneSteps
    now: datetime


class RulesReader:
    """Reads on one connection, with a bar on a terminal. Every method raises `StoreUnavailable` and `ConfigError`."""

    def __init__(self, settings: Settings, reader: LogReader, bar: LogBar) -> None:
        self._settings = settings
        self._reader = reader
        self._bar = bar

    async def live(self) -> LiveRules:
        """The editions, and where the lanes are."""
        self._bar.begin(RULES)
        published: list[Published] = []
        end = 0
        async for records in self._reader.whole(RULES, await self._reader.partitions(RULES), self._bar.show):
            published += [told for record in records if (told := _published(record))]
            end = records[-1].offset + 1 if records else end
        partitions = await self._reader.partitions(STEPS)
        lanes = _steps(partitions, await self._reader.newest(STEPS, partitions))
        return LiveRules(published, end, lanes, self._now(lanes))

    async def standing(self) -> Counter[str]:
        """How many warnings of each rule stand now."""
        rules: dict[bytes, str] = {}
        self._bar.begin(STANDING)
        partitions = await self._reader.partitions(STANDING)
        async for records in self._reader.whole(STANDING, partitions, self._bar.show):
            for record in records:
                _count(rules, record)
        return Counter(rules.values())

    async def follow(self, number: int) -> AsyncGenerator[LaneSteps, None]:
        """The newest step of each lane, again and again; the bar says how many have followed to an edition."""
        partitions = await self._reader.partitions(STEPS)
        self._bar.begin("lanes that judge by it")
        async with aclosing(self._reader.follow_newest(STEPS, partitions)) as following:
            async for newest in following:
                lanes = _steps(partitions, newest)
                self._bar.show(sum(has_followed(step, number) for step in lanes.values()), len(lanes))
                yield lanes

    def _now(self, lanes: LaneSteps) -> datetime:
        """What moment it is for the lanes: on the event clock, that of the one that has come furthest."""
        clocks = [step.clock for step in lanes.values() if step is not None and step.clock is not None]
        return max(clocks) if clocks and self._settings.clock == "event" else WallClock().now()


@asynccontextmanager
async def reading_rules(settings: Settings) -> AsyncIterator[RulesReader]:
    """A reader on the broker of these settings. Raises `StoreUnavailable`."""
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            yield RulesReader(settings, reader, bar)


def _published(record: Record) -> Published | None:
    """The edition that a record holds; what workers pass over, we do too, and say so."""
    try:
        return Published(record.offset, RulesApplied.model_validate_json(record.value or b"null"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        typer.echo(
            f"churn-monitor: edition {record.offset} can't be read, and counts for nothing ({where}: {first['msg']})",
            err=True,
        )
        return None


def _steps(partitions: list[int], newest: Mapping[int, Record]) -> LaneSteps:
    read = {lane: StepRecord.model_validate_json(record.value or b"") for lane, record in newest.items()}
    return {lane: read.get(lane) for lane in partitions}


def _count(rules: dict[bytes, str], record: Record) -> None:
    key = record.key or b""
    if record.value is None:
        rules.pop(key, None)
        return
    try:
        rules[key] = _decode(record.value).data.rule
    except msgspec.MsgspecError as error:
        where = f"partition {record.partition}, offset {record.offset}"
        remedy = "this churn-monitor may be older than the workers"
        raise ConfigError(f"no warning that we know ({error})", where=where, remedy=remedy) from error
