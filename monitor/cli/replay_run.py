"""A replay as the command runs it: files in, lines out, a bar meanwhile, a summary at the end."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console

from monitor.cli.replay_bar import ReplayBar
from monitor.cli.replay_summary import Report, show_standing, show_summary
from monitor.cli.tables import WIDE
from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.outputs import warning_json
from monitor.offline.feeds import Feed, not_after
from monitor.offline.files import Source, sorted_records
from monitor.offline.records import Columns, Tell
from monitor.offline.replay import Replay, Stretch
from monitor.offline.sinks import Sink, json_lines, lost_json
from monitor.offline.standing import count_standing, standing_at
from monitor.offline.tally import Tally
from schemas.errors import ConfigError
from schemas.settings import Settings

Now = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """What is to be replayed, and where what comes of it goes.

    `outputs` get warnings as JSON lines: their transitions, or with `lists_standing` those that stand in the
    end. `shows` says that stdout is for people.
    """

    settings: Settings
    rules: RuleSet
    sources: list[Source]
    columns: Columns
    until: datetime | None
    lists_standing: bool
    shows: bool
    outputs: list[Path]
    dead_letters: Path | None


def run(job: Job, now: Now) -> bool:
    """Replay, and tell what came of it; False where not a single event could be applied."""
    _refuse_overwriting(job)
    started, tally, to_people = now(), Tally(), _console(stderr=True)
    feeds = _feeds(job, started, lambda notice: to_people.print(notice, style="dim"))
    replay = _replay(job, feeds, started)
    with ExitStack() as stack:
        stack.enter_context(_patient_collector())
        sinks = [stack.enter_context(json_lines(path)) for path in job.outputs]
        losses = [stack.enter_context(json_lines(path)) for path in (job.dead_letters,) if path]
        bar = stack.enter_context(ReplayBar(to_people, sum(source.size for source in job.sources)))
        for stretch in replay:
            tally.add(stretch)
            _write(losses, map(lost_json, stretch.lost))
            if not job.lists_standing:
                _write(sinks, _told(stretch))
            bar.show(sum(feed.consumed for feed in feeds), stretch.clock)
        took = now() - started
        if job.lists_standing:
            _tell_standing(job, replay, sinks)
    customers, standing = count_standing(replay.customers.standing())
    skipped = sum(feed.skipped for feed in feeds)
    report = Report(tally, customers, standing, replay.began, replay.clock, skipped, took)
    show_summary(report, job.rules, _console(stderr=not job.shows or job.lists_standing))
    return tally.records["applied"] > 0


def _feeds(job: Job, started: datetime, tell: Tell) -> list[Feed]:
    keeps = None if job.until is None else not_after(job.until)
    return [
        Feed(
            f"{number} {source.path.name}",
            sorted_records(source.path, columns=job.columns, tell=tell),
            started,
            keeps,
        )
        for number, source in enumerate(job.sources, 1)
    ]


def _replay(job: Job, feeds: Sequence[Feed], started: datetime) -> Replay:
    settings = job.settings
    limits = Limits(keyed=False, largest=settings.max_event_bytes, future_skew=settings.future_skew)
    return Replay(
        feeds, job.rules, started=started, until=job.until, limits=limits, largest_row=settings.max_row_bytes
    )


def _told(stretch: Stretch) -> Iterator[bytes]:
    return (warning_json(each) for each in stretch.transitions if not each.shadow)


def _tell_standing(job: Job, replay: Replay, sinks: Sequence[Sink]) -> None:
    if job.until is None:
        raise AssertionError("a list of who stands is asked for at a moment")
    standing = standing_at(replay.customers.standing(), job.rules, job.until)
    _write(sinks, map(msgspec.json.encode, standing))
    if job.shows:
        show_standing(standing, job.until, _console(stderr=False))


def _write(sinks: Sequence[Sink], lines: Iterator[bytes]) -> None:
    if sinks:
        told = list(lines)
        for sink in sinks:
            sink(told)


def _refuse_overwriting(job: Job) -> None:
    read = {source.path.resolve() for source in job.sources}
    for path in (*job.outputs, job.dead_letters):
        if path is not None and path != Path("-") and path.resolve() in read:
            raise ConfigError(
                "would be written over while it is read", where=str(path), remedy="name another"
            )


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, markup=False, highlight=False)
    return (
        console if console.is_terminal else Console(stderr=stderr, markup=False, highlight=False, width=WIDE)
    )


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Let the cyclic garbage collector rest: rows hold no cycles, and to walk all of them often is dear."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
