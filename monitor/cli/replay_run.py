"""A replay as the command runs it: files in, lines out, a bar meanwhile, a summary at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.cli.replay_bar import ReplayBar
from monitor.cli.replay_summary import Report, show_standing, show_summary
from monitor.cli.tables import console
from monitor.domain.rules import RuleSet
from monitor.engine.events import change_json, warning_json
from monitor.offline.history import History
from monitor.offline.lives import count_lives
from monitor.offline.replay import Replay, Stretch
from monitor.offline.sinks import Sink, json_lines, lost_json
from monitor.offline.standing import count_standing, standing_at
from monitor.offline.tally import Tally

Now = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """What is to be replayed, and where what comes of it goes.

    `outputs` get warnings as JSON lines: their transitions, or with `lists_standing` those that stand in the
    end. `shows` says that stdout is for people.
    """

    history: History
    rules: RuleSet
    lists_standing: bool
    shows: bool
    outputs: list[Path]
    changes: Path | None
    dead_letters: Path | None


def run(job: Job, now: Now) -> bool:
    """Replay, and tell what came of it; False where not a single event could be applied."""
    job.history.refuse_overwriting([*job.outputs, job.changes, job.dead_letters])
    started, tally, to_people = now(), Tally(), console(stderr=True)
    reading = job.history.run(
        job.rules, started=started, tell=lambda notice: to_people.print(notice, style="dim")
    )
    replay = reading.replay
    with ExitStack() as stack:
        sinks = [stack.enter_context(json_lines(path)) for path in job.outputs]
        becoming = [stack.enter_context(json_lines(path)) for path in (job.changes,) if path]
        losses = [stack.enter_context(json_lines(path)) for path in (job.dead_letters,) if path]
        bar = stack.enter_context(ReplayBar(to_people, job.history.size))
        for stretch in reading.stretches(bar.show):
            tally.add(stretch)
            _write(losses, map(lost_json, stretch.lost))
            _write(becoming, map(change_json, stretch.changes))
            if not job.lists_standing:
                _write(sinks, _told(stretch))
        took = now() - started
        if job.lists_standing:
            _tell_standing(job, replay, sinks)
    customers, standing = count_standing(replay.customers.standing())
    lives = count_lives(replay.customers.standing())
    report = Report(tally, customers, standing, lives, replay.began, replay.clock, reading.skipped, took)
    show_summary(report, job.rules, console(stderr=not job.shows or job.lists_standing))
    return tally.records["applied"] > 0


def _told(stretch: Stretch) -> Iterator[bytes]:
    return (warning_json(each) for each in stretch.transitions if not each.shadow)


def _tell_standing(job: Job, replay: Replay, sinks: Sequence[Sink]) -> None:
    if job.history.until is None:
        raise AssertionError("a list of who stands is asked for at a moment")
    standing = standing_at(replay.customers.standing(), job.rules, job.history.until)
    _write(sinks, map(msgspec.json.encode, standing))
    if job.shows:
        show_standing(standing, job.history.until, console())


def _write(sinks: Sequence[Sink], lines: Iterator[bytes]) -> None:
    if sinks:
        told = list(lines)
        for sink in sinks:
            sink(told)
