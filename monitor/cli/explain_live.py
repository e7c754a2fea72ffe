"""`churn-monitor explain` of a running system: the row that a worker keeps, and what it told of the customer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from typing import NamedTuple

import typer
from pydantic import ValidationError

from monitor.adapters.kafka_logs import FoundRow, LogReader, Record, Rows, find_row, reading
from monitor.adapters.partitioners import belongs_to
from monitor.adapters.rule_files import told_path
from monitor.cli.log_bar import LogBar
from monitor.cli.moments import parse_moment, parse_zone
from monitor.cli.tables import console
from monitor.domain.rules import compile_rules
from monitor.domain.words import counted, on_day
from monitor.offline.explain import NEWEST, Change, Explanation
from monitor.offline.one_customer import near_ids
from monitor.offline.running import change_told, explained_row, kept
from schemas.editions import RulesApplied
from schemas.errors import ConfigError
from schemas.rules import RuleFile, rules_version
from schemas.settings import Settings
from schemas.topics import RULES
from schemas.warnings import WarningEvent

TOLD_ON = {"churn.warnings": False, "churn.shadow": True}
"""Where transitions are told, and whether those are of shadow rules."""


class Read(NamedTuple):
    """What the topics hold of a customer."""

    row: FoundRow
    told: list[Change]
    rules: RuleFile
    """Those to explain by."""


def explained_live(
    who: str, settings: Settings, file: RuleFile, at: str | None, zone: str | None
) -> Explanation:
    """Explain a customer by the row that a worker keeps, at the lane's clock or at a moment after it.

    Raises `ConfigError` for a customer of whom there is no row and for a moment that has gone by, `StoreUnavailable`.
    """
    timezone = parse_zone(zone)
    read = asyncio.run(_read(who, settings, file))
    rules = compile_rules(read.rules)
    row = kept(read.row.raw, read.row.lane, read.row.partition, rules)
    place = row.place
    _note_other_rules(settings, place.rules, rules.version)
    moment = place.clock if at is None else parse_moment(at, timezone, option="--at", now=place.clock)
    if moment < place.clock:
        problem = f"{on_day(moment)} has gone by: the row is of {on_day(place.clock)}"
        raise ConfigError(problem, key="--at", remedy="for the past give --history, with --until")
    return explained_row(who, row, read.rules, rules, read.told, moment)


async def _read(who: str, settings: Settings, file: RuleFile) -> Read:
    def homes(partitions: int) -> Collection[int]:
        key = who.encode()
        return [each for each in range(partitions) if belongs_to(each, partitions, settings.partitioner)(key)]

    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            bar.begin("the changelog of the rows")
            rows = await find_row(reader, who, homes, bar.show)
            if rows.found is None:
                raise _unknown(who, rows)
            _note_other_home(who, rows.found, homes(rows.partitions), settings)
            told = [
                change for topic in TOLD_ON for change in await _told(reader, topic, who, rows.found, bar)
            ]
            rules = await _in_force(reader, rows.found.lane.rules, settings, file, bar)
    return Read(rows.found, told, rules)


async def _in_force(
    reader: LogReader, version: str, settings: Settings, file: RuleFile, bar: LogBar
) -> RuleFile:
    """The rules of this version, out of the file or the topic of rules; the file if neither has them.

    A file that was asked for is taken in any case.
    """
    asked = settings.origins()["rules"].startswith("option")
    if asked or rules_version(file) == version:
        return file
    bar.begin(RULES)
    async for records in reader.whole(RULES, await reader.partitions(RULES), bar.show):
        for record in records:
            edition = _edition(record)
            if edition is not None and rules_version(edition) == version:
                return edition
    return file


def _edition(record: Record) -> RuleFile | None:
    """The rules that were put in force; None for a record that lanes pass over, too."""
    try:
        return RulesApplied.model_validate_json(record.value or b"").data.rules
    except ValidationError:
        return None


async def _told(reader: LogReader, topic: str, who: str, found: FoundRow, bar: LogBar) -> list[Change]:
    """The newest changes that a topic tells of a customer."""
    key, newest = who.encode(), deque[bytes](maxlen=NEWEST)
    bar.begin(topic)
    async for records in reader.whole(topic, [found.partition], bar.show):
        newest.extend(record.value for record in records if record.key == key and record.value)
    return [change for raw in newest for change in _change(raw, shadow=TOLD_ON[topic])]


def _change(raw: bytes, *, shadow: bool) -> list[Change]:
    """The change that an event tells; none for what a newer version may have told."""
    try:
        return [change_told(WarningEvent.model_validate_json(raw), shadow=shadow)]
    except ValidationError:
        return []


def _unknown(who: str, rows: Rows) -> ConfigError:
    near = " or ".join(map(repr, near_ids(who, rows.others)))
    looked = f"looked through {rows.searched} of {counted(rows.partitions, 'lane')}"
    remedy = f"did you mean {near}?" if near else "give an id as it stands in the events"
    return ConfigError(f"no row of {who!r} in the running system, {looked}", key="CUSTOMER", remedy=remedy)


def _note_other_home(who: str, found: FoundRow, homes: Collection[int], settings: Settings) -> None:
    if found.partition not in homes:
        _note(
            f"{who!r} stands in lane {found.partition}, where {settings.partitioner} would not put it: "
            "set `partitioner` to that of your producers"
        )


def _note_other_rules(settings: Settings, lanes: str, here: str) -> None:
    if lanes != here:
        _note(
            f"the lane judges by other rules (version {lanes}) than {told_path(settings.rules)} holds "
            f"({here}): what stands is the lane's, what is to come and why is by the file; "
            "give the workers' with --rules"
        )


def _note(text: str) -> None:
    typer.echo(f"churn-monitor: {text}", err=True)
