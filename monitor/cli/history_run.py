"""Rules over a history as commands run them: notices and a bar meanwhile, and a word on what was not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from monitor.cli.replay_bar import ReplayBar
from monitor.cli.tables import console
from monitor.domain.rules import RuleSet
from monitor.domain.words import counted
from monitor.engine.customers import Customers
from monitor.offline.history import History
from monitor.offline.records import silence
from monitor.offline.replay import Replay, Stretch
from schemas.errors import ConfigError

Take = Callable[[Stretch], object]


def run_over(
    history: History,
    rules: RuleSet,
    take: Take,
    *,
    started: datetime,
    label: str = "",
    again: bool = False,
    customers: Customers | None = None,
) -> Replay:
    """Run rules over a history to its end and hand on what they tell; with `again` all was told of the files before.

    `customers` take the events, where that is not for all of them. Raises `ConfigError` where not a single event could
    be applied.
    """
    people, seen = console(stderr=True), Counter[str]()
    run = history.run(rules, started=started, tell=silence if again else _notice, customers=customers)
    with ReplayBar(people, history.size, label) as bar:
        for stretch in run.stretches(bar.show):
            take(stretch)
            seen.update(applied=stretch.counts["applied"], lost=len(stretch.lost))
    if not seen["applied"]:
        raise ConfigError("no event of it could be applied", key="--history", remedy="`replay` tells why")
    if seen["lost"] and not again:
        _notice(f"{counted(seen['lost'], 'record')} could not be read; `replay` tells which")
    return run.replay


def _notice(notice: str) -> None:
    console(stderr=True).print(notice, style="dim")
