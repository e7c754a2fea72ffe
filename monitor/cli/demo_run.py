"""A demo as the command runs it: a play, a stage, a view meanwhile, and the findings at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, assert_never

import msgspec
import typer
from rich.console import Console

from monitor.adapters.clock import WallClock
from monitor.adapters.rule_files import load_rules
from monitor.cli.tables import WIDE
from monitor.demo.files import play_of
from monitor.demo.findings import find
from monitor.demo.performance import Scene, Show, perform
from monitor.demo.player import partitions_by
from monitor.demo.plays import Play, as_judged
from monitor.demo.report import show_findings
from monitor.demo.shop import open_shop
from monitor.demo.stage import PARTITIONS, Stage, raised
from monitor.demo.view import LiveView, progress_line
from monitor.demo.workers import environment
from monitor.offline.records import Columns
from monitor.offline.sinks import json_lines

LINE_EACH = timedelta(seconds=5)
"""How often a line tells of the progress where there is no terminal."""

KEPT_EVENTS = "demo-events.jsonl"


class Shop(NamedTuple):
    """Which shop to generate."""

    seed: int
    customers: int
    days: int


class Orders(NamedTuple):
    """Which real orders to play."""

    path: Path
    columns: Columns


@dataclass(frozen=True)
class Job:
    """What is to be played, within what time, and what is to be left."""

    source: Shop | Orders
    rules: Path | None
    within: timedelta
    dump: Path | None
    keep: bool
    as_json: bool


def run(job: Job) -> None:
    """Play, and print what was found. Raises `ConfigError` and `StoreUnavailable`."""
    clock, people = WallClock(), Console(stderr=True, highlight=False)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of new topics that settle
    load_rules(job.rules)
    play = _play(job.source, clock, people)
    if job.dump:
        _dump(play, job.dump)
    with _telling(people) as tell, raised(keep=job.keep, rules=job.rules, tell=tell) as stage:
        began = clock.now()
        tell("")
        with _showing(people) as show:
            seen = asyncio.run(perform(stage, play, length=job.within, now=clock.now, show=show))
        took = clock.now() - began
        if job.keep:
            _dump(play, stage.servers.folder / KEPT_EVENTS)
            stage.kept = True
        tell("Stopping the workers and the servers" if not job.keep else "")
    findings = find(play, seen)
    if job.as_json:
        typer.echo(msgspec.json.encode(findings))
    else:
        show_findings(findings, took, _console())
    if job.keep:
        _tell_what_to_try(stage, people if job.as_json else _console())


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def _play(source: Shop | Orders, clock: WallClock, people: Console) -> Play:
    match source:
        case Shop():
            return open_shop(*source)
        case Orders(path, columns):
            return play_of(path, columns, clock.now(), lambda notice: print_line(people, notice))
        case _:
            assert_never(source)


def _dump(play: Play, path: Path) -> None:
    """Write the records in the order in which the lanes judge them."""
    with json_lines(path) as write:
        write(each.value for each in as_judged(play.deliveries, partitions_by(PARTITIONS)))


@contextmanager
def _telling(people: Console) -> Iterator[Callable[[str], None]]:
    """What is being done now: a line that changes on a terminal, otherwise line after line."""
    if not people.is_terminal:
        yield lambda what: print_line(people, what)
        return
    status = people.status("")

    def tell(what: str) -> None:
        status.update(what)
        (status.start if what else status.stop)()

    try:
        yield tell
    finally:
        status.stop()


def print_line(people: Console, what: str) -> None:
    """Print a line, unless it is empty."""
    if what:
        people.print(what, soft_wrap=True, markup=False)


@contextmanager
def _showing(people: Console) -> Iterator[Show]:
    if people.is_terminal:
        with LiveView(people) as view:
            yield view.show
    else:
        yield _Lines(people).show


class _Lines:
    """Tells of the progress in a line now and then, and when the act changes."""

    def __init__(self, people: Console) -> None:
        self._people = people
        self._act = ""
        self._told = timedelta(0)

    def show(self, scene: Scene) -> None:
        if scene.act != self._act or scene.elapsed - self._told >= LINE_EACH:
            self._act, self._told = scene.act, scene.elapsed
            print_line(self._people, progress_line(scene))


def _tell_what_to_try(stage: Stage, console: Console) -> None:
    """Print commands that show more of what is left up."""
    settings, topic = stage.settings, f"{stage.settings.topic_prefix}churn.warnings"
    exports = " \\\n    ".join(f"{name}={value}" for name, value in environment(settings).items())
    told = f"""
Servers, topics and workers are up. At a shell:

  export {exports}

  churn-monitor tail --from-beginning -n 10                   # the warnings, in words
  churn-monitor tail --redis --cursor me --from-beginning     # the same from Redis; again: it goes on
  churn-monitor topics check
  churn-monitor local kafka console-consumer --topic {topic} --from-beginning --max-messages 3
  churn-monitor replay {stage.servers.folder / KEPT_EVENTS}     # the same events without servers

  churn-monitor local down                                    # ends all of it, the workers too
"""
    console.print(told, markup=False, soft_wrap=True)
