"""Dead letters put back: which, what stands in the way of each, and where the others stand then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from monitor.adapters.kafka_logs import LogReader, Retrial, reading, retrying
from monitor.adapters.partitioners import home_of
from monitor.cli.dead_letters_read import Wanted, input_of, no_letter, put_back, read_letters
from monitor.cli.log_bar import LogBar
from monitor.cli.tables import console
from schemas.dead_letters import Reason
from schemas.errors import ConfigError
from schemas.letters import Letter, Origin
from schemas.settings import Settings

AT_ONCE = 1_000
"""Records of one transaction."""


class Asked(NamedTuple):
    """What to put back: by name, or all of them, or those of a reason or customer; one of them changed."""

    names: tuple[str, ...]
    everything: bool = False
    reason: Reason | None = None
    customer: str | None = None
    value: bytes | None = None
    key: str | None = None

    @property
    def changes(self) -> bool:
        """Whether the record is put back other than it came."""
        return self.value is not None or self.key is not None

    def check(self) -> None:
        """Raises `ConfigError` where nothing is asked for, or one change for several."""
        filtered = self.everything or self.reason is not None or self.customer is not None
        if not self.names and not filtered:
            raise ConfigError(
                "nothing to put back", key="LETTER", remedy="name some, or give --all, --reason or --customer"
            )
        if self.names and filtered:
            raise ConfigError("names and filters exclude each other", key="LETTER", remedy="give either")
        if self.changes and len(self.names) != 1:
            key = "--value" if self.value is not None else "--key"
            raise ConfigError("it changes one record", key=key, remedy="name the one LETTER that is meant")


class Done(NamedTuple):
    """What came of it: where each stands now (None: only a dry run), which stood there already, which can't go back."""

    back: Mapping[str, Origin | None]
    before: Sequence[str]
    refused: Mapping[str, str]

    def told(self) -> dict[str, object]:
        """As plain values, for JSON."""
        back = {name: place and str(place) for name, place in self.back.items()}
        return {"back": back, "before": list(self.before), "refused": dict(self.refused)}


async def run(asked: Asked, settings: Settings, *, dry_run: bool) -> Done:
    """Put back what is asked for. Raises `ConfigError`, `StoreUnavailable`.

    The inputs are read for second tries only after every other writer of such has been shut out.
    """
    asked.check()
    with LogBar(console(stderr=True)) as bar:
        async with reading(settings) as reader:
            chosen = _chosen(asked, await read_letters(reader, bar))
            if dry_run:
                plan = await _plan(reader, bar, asked, chosen, settings)
                return Done(dict.fromkeys(plan.retrials), plan.before, plan.refused)
            async with retrying(settings) as retrier:
                plan = await _plan(reader, bar, asked, chosen, settings)
                names, retrials = list(plan.retrials), list(plan.retrials.values())
                places: list[Origin] = []
                for start in range(0, len(names), AT_ONCE):
                    places += await retrier.put_back(retrials[start : start + AT_ONCE])
    return Done(dict(zip(names, places, strict=True)), plan.before, plan.refused)


class _Plan(NamedTuple):
    retrials: dict[str, Retrial]
    before: list[str]
    refused: dict[str, str]


def _chosen(asked: Asked, found: Sequence[Letter]) -> list[Letter]:
    if not asked.names:
        wanted = Wanted(asked.reason, asked.customer)
        return [letter for letter in found if wanted.takes(letter)]
    by_name = {letter.name: letter for letter in found}
    for name in asked.names:
        if name not in by_name:
            raise no_letter(name)
    return [letter for letter in found if letter.name in asked.names]


async def _plan(
    reader: LogReader, bar: LogBar, asked: Asked, chosen: Sequence[Letter], settings: Settings
) -> _Plan:
    done = await put_back(reader, bar, chosen, settings)
    counts: dict[str, int] = {}
    plan = _Plan({}, [], {})
    for letter in chosen:
        name = input_of(letter, settings)
        if str(letter.origin) in done:
            plan.before.append(letter.name)
        elif (hindrance := _hindrance(letter, asked, name)) is not None:
            plan.refused[letter.name] = hindrance
        elif name is not None:
            if name not in counts:
                counts[name] = len(await reader.partitions(name))
            plan.retrials[letter.name] = _retrial(letter, asked, counts[name], settings)
    return plan


def _hindrance(letter: Letter, asked: Asked, name: str | None) -> str | None:
    """What stands in the way of putting a letter back, and the remedy."""
    if name is None:
        return f"{letter.origin.topic} is no input that takes records back: tell it anew there"
    if letter.is_cut and asked.value is None:
        return f"only {len(letter.value)} of its {letter.length} bytes are left: give it whole, with --value"
    return None


def _retrial(letter: Letter, asked: Asked, partitions: int, settings: Settings) -> Retrial:
    """The record as it goes back: to where its key belongs, or where it stood if nothing is known of that."""
    key = letter.key if asked.key is None else asked.key.encode()
    home = home_of(key, partitions, settings.partitioner) if key is not None else None
    place = letter.origin.partition if home is None else home
    value = letter.value if asked.value is None else asked.value
    return Retrial(letter.origin, letter.origin.topic, place, key, value, letter.headers)
