"""Warnings as they stand on their topics: all that stand now, and one with its whole life."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from monitor.adapters.kafka_logs import LogReader, Record, reading
from monitor.cli.log_bar import LogBar
from monitor.cli.tables import console
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.warnings import WarningEvent

STANDING, WARNINGS = "churn.warnings.standing", "churn.warnings"


class Told(NamedTuple):
    """A transition of a warning, as it is and as it was read, and the lane that told it."""

    event: WarningEvent
    raw: bytes
    partition: int


async def standing(settings: Settings) -> list[Told]:
    """The warnings that stand now, each as it was told last. Raises `StoreUnavailable`."""
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            return await _standing(reader, bar)


async def find(warning: str, settings: Settings) -> Told:
    """What was told last of a warning with this id. Raises `ConfigError` where none is known, `StoreUnavailable`."""
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            return await _find(reader, bar, warning)


async def life(warning: str, settings: Settings) -> list[Told]:
    """What was told of a warning, in order, as far as the topics still hold it. Raises as `find` does."""
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            latest = await _find(reader, bar, warning)
            return await _told(reader, bar, warning, [latest.partition]) or [latest]


async def _find(reader: LogReader, bar: LogBar, warning: str) -> Told:
    """Among those that stand, which are few, and only then among all that were ever told."""
    for each in await _standing(reader, bar):
        if each.event.data.warning == warning:
            return each
    told = await _told(reader, bar, warning, await reader.partitions(WARNINGS))
    if not told:
        remedy = "`churn-monitor warnings list` shows those that stand"
        raise ConfigError(f"no warning {warning!r} stands or was told", key="WARNING", remedy=remedy)
    return told[-1]


async def _standing(reader: LogReader, bar: LogBar) -> list[Told]:
    newest: dict[bytes, Told] = {}
    bar.begin(STANDING)
    async for records in reader.whole(STANDING, await reader.partitions(STANDING), bar.show):
        for record in records:
            key = record.key or b""
            if record.value is None:
                newest.pop(key, None)
            else:
                newest[key] = _read(record, record.value)
    return list(newest.values())


async def _told(reader: LogReader, bar: LogBar, warning: str, partitions: list[int]) -> list[Told]:
    mark, found = warning.encode(), list[Told]()
    bar.begin(WARNINGS)
    async for records in reader.whole(WARNINGS, partitions, bar.show):
        for record in records:
            if record.value is not None and mark in record.value:
                found.append(_read(record, record.value))
    return [each for each in found if each.event.data.warning == warning]


def _read(record: Record, raw: bytes) -> Told:
    try:
        return Told(WarningEvent.model_validate_json(raw), raw, record.partition)
    except ValidationError as error:
        where = f"partition {record.partition}, offset {record.offset}"
        what = str(error).splitlines()[0]
        remedy = "this churn-monitor may be older than the workers"
        raise ConfigError(f"no warning that we know ({what})", where=where, remedy=remedy) from error
