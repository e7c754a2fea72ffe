"""A load as the command runs it: a bar over the topics, a bar over the files, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import typer
from rich.table import Table

from monitor.adapters.kafka_logs import FACT_TOPICS, Home, Known, Loadable, known_events, loading
from monitor.adapters.partitioners import home_of
from monitor.cli.log_bar import LogBar
from monitor.cli.replay_bar import ReplayBar
from monitor.cli.tables import console
from monitor.domain.words import counted
from monitor.offline.history import History
from monitor.offline.loads import FileEvents
from schemas.settings import Settings

LOOKS = 500
"""Events between two looks at the bar."""


@dataclass
class _Seen:
    """Who and when the events are about that were read."""

    customers: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, customer: str, time: datetime) -> None:
        self.customers.add(customer)
        self.first = min(self.first or time, time)
        self.last = max(self.last or time, time)


def run(history: History, settings: Settings, started: datetime, *, as_json: bool) -> bool:
    """Load, and tell what came of it; False where no event could be read. Raises `ConfigError`, `StoreUnavailable`."""
    events, seen = FileEvents(history, started, _notice), _Seen()
    known = asyncio.run(_known(settings))
    if known.clock is not None:
        late = f"Lanes have come to {known.clock:%Y-%m-%d %H:%M} already: what is older is taken in late."
        _notice(f"{late} Load before the first worker starts.")
    with ReplayBar(console(stderr=True), history.size, "loading") as bar:
        counts = asyncio.run(_load(settings, known, _loadable(events, seen, bar)))
    if as_json:
        typer.echo(json.dumps(_told(counts, events, seen)))
    else:
        _show(counts, events, seen)
    if seen.customers and settings.history_until is None:
        _notice(f"Next: churn-monitor worker --history-until {started:%Y-%m-%dT%H:%M:%SZ}")
    return bool(seen.customers)


async def _known(settings: Settings) -> Known:
    with LogBar(console(stderr=True)) as bar:
        return await known_events(settings, bar.begin)


async def _load(settings: Settings, known: Known, events: Iterator[Loadable]) -> dict[str, int]:
    async with loading(settings, known, _home(settings)) as loader:
        await loader.load(events)
    return loader.counts


def _home(settings: Settings) -> Home:
    """Where a key goes; where nothing is known of other producers, where Kafka's own would put it."""
    partitioner = "murmur2" if settings.partitioner == "trusted" else settings.partitioner
    return lambda key, partitions: home_of(key, partitions, partitioner) or 0


def _loadable(events: FileEvents, seen: _Seen, bar: ReplayBar) -> Iterator[Loadable]:
    for number, (fact, topic, value) in enumerate(events):
        seen.add(fact.subject, fact.time)
        yield Loadable(topic, fact.subject, value, fact.source, fact.id)
        if number % LOOKS == 0:
            bar.show(events.consumed, fact.time)


def _told(counts: dict[str, int], events: FileEvents, seen: _Seen) -> dict[str, object]:
    return {
        "loaded": {topic: counts.get(topic, 0) for topic in FACT_TOPICS},
        "known": counts.get("known", 0),
        "customers": len(seen.customers),
        "first": seen.first and seen.first.isoformat(),
        "last": seen.last and seen.last.isoformat(),
        "unreadable": {reason: losses.count for reason, losses in events.losses.items()},
        "passed_over": dict(events.passed_over),
        "behind_the_end": events.behind_the_end,
    }


def _show(counts: dict[str, int], events: FileEvents, seen: _Seen) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("loaded", ", ".join(f"{counts.get(topic, 0):,} {topic}" for topic in FACT_TOPICS))
    table.add_row("there already", f"{counts.get('known', 0):,}")
    if seen.first and seen.last:
        span = f"{seen.first:%Y-%m-%d} to {seen.last:%Y-%m-%d} (UTC)"
        table.add_row("read", f"{counted(len(seen.customers), 'customer')}, {span}")
    for kind, count in {**events.passed_over, "after --until": events.behind_the_end}.items():
        if count:
            table.add_row("left out", f"{count:,} {_WORDS.get(kind, kind)}")
    for reason, losses in events.losses.items():
        first = losses.examples[0]
        table.add_row("unreadable", f"{losses.count:,} {reason}; {first.place}: {first.detail}")
    console().print(table)


_WORDS = {"not_a_fact": "profiles or commands", "unknown_type": "of unknown type"}


def _notice(notice: str) -> None:
    console(stderr=True).print(notice, style="dim")
