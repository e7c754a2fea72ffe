"""Dead letters as they stand on their topic: all that are wanted, or one by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from monitor.adapters.kafka_logs import FACT_TOPICS, LogReader, Record, reading, retried
from monitor.cli.log_bar import LogBar
from monitor.cli.tables import console
from schemas.dead_letters import Reason
from schemas.errors import ConfigError
from schemas.letters import Letter
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, topic_name

RETRIABLE = (*FACT_TOPICS, "customers", "commands")
"""The inputs that a dead letter can go back to."""


class Wanted(NamedTuple):
    """Which dead letters; None leaves a question open."""

    reason: Reason | None = None
    customer: str | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether this is one of them."""
        return self.reason in (None, letter.reason) and self.customer in (None, letter.customer)


async def letters(settings: Settings, wanted: Wanted, *, only_open: bool) -> list[Letter]:
    """Those that are wanted, in order of time; `only_open`: less those that were put back.

    Raises `ConfigError` where a topic is missing, `StoreUnavailable`.
    """
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            found = [letter for letter in await read_letters(reader, bar) if wanted.takes(letter)]
            done = await put_back(reader, bar, found, settings) if only_open else frozenset[str]()
    return [letter for letter in found if str(letter.origin) not in done]


async def letter_named(name: str, settings: Settings) -> Letter:
    """The letter of this name. Raises `ConfigError` where there is none, `StoreUnavailable`."""
    for letter in await letters(settings, Wanted(), only_open=False):
        if letter.name == name:
            return letter
    raise no_letter(name)


def no_letter(name: str) -> ConfigError:
    """What to say of a name that no letter has."""
    remedy = "`churn-monitor dead-letters list` shows those that there are"
    return ConfigError(f"no dead letter {name!r}", key="LETTER", remedy=remedy)


async def read_letters(reader: LogReader, bar: LogBar) -> list[Letter]:
    """All dead letters, in order of time; of one lane, as they were written."""
    found: list[Letter] = []
    async for records in reader.whole(
        DEAD_LETTERS, await reader.partitions(DEAD_LETTERS), bar.begin(DEAD_LETTERS)
    ):
        found += [_read(record) for record in records]
    return sorted(found, key=lambda letter: letter.at)


async def put_back(
    reader: LogReader, bar: LogBar, of: Sequence[Letter], settings: Settings
) -> frozenset[str]:
    """The origins among these of which a second try stands on the inputs."""
    if not of:
        return frozenset()
    return frozenset(await retried(reader, _inputs(of, settings), min(letter.at for letter in of), bar.begin))


def input_of(letter: Letter, settings: Settings) -> str | None:
    """The input (name without prefix) that a letter came from, if it can go back there."""
    names = {topic_name(name, settings): name for name in RETRIABLE}
    return names.get(letter.origin.topic)


def _inputs(of: Iterable[Letter], settings: Settings) -> list[str]:
    return sorted({name for letter in of if (name := input_of(letter, settings)) is not None})


def _read(record: Record) -> Letter:
    try:
        return Letter.read(record)
    except ValueError as error:
        where = f"partition {record.partition}, offset {record.offset}"
        raise ConfigError(
            str(error), where=where, remedy="who else writes to this topic? Only workers should"
        ) from error
