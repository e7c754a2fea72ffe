"""Files of events as a history that rules can be run over: what is read, how, and up to when.

What comes of a run is for those who iterate it; this knows neither options nor a terminal.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.offline.blocks import STDIN
from monitor.offline.feeds import Feed, not_after
from monitor.offline.files import Source, sorted_records
from monitor.offline.records import AS_RECOGNISED, Columns, Tell, silence
from monitor.offline.replay import Replay, Stretch
from schemas.errors import ConfigError

USUAL = Limits(keyed=False)

Show = Callable[[int, datetime], None]
"""Told how many bytes on disk are read, and how far time has come."""


@dataclass(frozen=True)
class History:
    """The files, their columns, and the bounds that a worker would have; `until` None is the last event."""

    sources: Sequence[Source]
    columns: Columns = AS_RECOGNISED
    until: datetime | None = None
    limits: Limits = USUAL
    largest_row: int = 65_536

    @property
    def size(self) -> int:
        """All bytes on disk; 0 where they are not known."""
        return sum(source.size for source in self.sources)

    def refuse_overwriting(self, paths: Iterable[Path | None]) -> None:
        """Raise `ConfigError` if one of these, to be written, is a file of this history."""
        read = {source.path.resolve() for source in self.sources}
        for path in paths:
            if path is not None and path != STDIN and path.resolve() in read:
                raise ConfigError(
                    "would be written over while it is read", where=str(path), remedy="name another"
                )

    def run(
        self,
        rules: RuleSet,
        *,
        started: datetime,
        tell: Tell = silence,
        customers: Customers | None = None,
    ) -> Run:
        """Make these rules ready to run over the files; `tell` gets what the user should know of them.

        `customers` take the events, where that is not for all of them.
        """
        return Run(self, customers or self.everyone(rules), rules, started, tell)

    def everyone(self, rules: RuleSet) -> Customers:
        """All customers, none known yet, within the bound of a row."""
        return Customers(rules, lambda _: None, largest=self.largest_row)


class Run:
    """One run of rules over a history; ask for its stretches once."""

    def __init__(
        self, history: History, customers: Customers, rules: RuleSet, started: datetime, tell: Tell
    ) -> None:
        self.feeds = _feeds(history, started, tell)
        self.replay = Replay(
            self.feeds,
            rules,
            started=started,
            until=history.until,
            limits=history.limits,
            customers=customers,
        )

    @property
    def consumed(self) -> int:
        """How many bytes on disk are read by now."""
        return sum(feed.consumed for feed in self.feeds)

    @property
    def skipped(self) -> int:
        """How many events were left out because they lie behind the end."""
        return sum(feed.skipped for feed in self.feeds)

    def stretches(self, show: Show) -> Iterator[Stretch]:
        """What the files give rise to, piece by piece; `show` is told after each how far that is."""
        with _patient_collector():
            for stretch in self.replay:
                yield stretch
                show(self.consumed, stretch.clock)


def _feeds(history: History, started: datetime, tell: Tell) -> list[Feed]:
    keeps = None if history.until is None else not_after(history.until)
    return [
        Feed(
            f"{number} {source.path.name}",
            sorted_records(source.path, columns=history.columns, tell=tell),
            started,
            keeps,
        )
        for number, source in enumerate(history.sources, 1)
    ]


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Let the cyclic garbage collector rest: rows hold no cycles, and to walk all of them often is dear."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
