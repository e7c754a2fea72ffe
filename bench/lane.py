"""The lane: the whole job, preloaded, through one worker process with transactions and RocksDB."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bench import exact
from bench.commands import detecting
from bench.exact import NONE, StepBook, answer_of
from bench.figures import Expected, Figure
from bench.log import committed, load, polled, reading, tell_time
from bench.stage import Stage
from monitor.adapters.topics import ensure
from schemas.settings import Settings

FIGURES = (
    Figure("events_per_second", "pace", "events/s", expected=Expected("at least", 45_000)),
    Figure("cpu_per_event", "CPU of the worker", "µs/event", 1, Expected("at most", 22)),
    Figure("peak_memory", "its peak memory", "MB"),
    Figure("steps", "steps committed"),
    Figure("gaps", "gaps between them", expected=NONE),
    *exact.FIGURES,
)


class Run(NamedTuple):
    """The figures of one run of the lane, and the transitions of warnings that it told."""

    figures: dict[str, float]
    told: list[bytes]


async def measure(stage: Stage) -> dict[str, float]:
    """The job by its own two rules, held against the truth."""
    run = await run_lane(stage, stage.settings(clock="event"))
    return {**run.figures, **answer_of(run.told).against(stage.truth)}


async def run_lane(stage: Stage, settings: Settings) -> Run:
    """From the moment the worker reads to the last commit, seen by a reader of what is committed."""
    until = time_of(stage.told[-1].value)
    stage.tell("loading the broker")
    await ensure(settings)
    await load(settings, stage.told)
    await tell_time(settings, until)
    stage.tell("the worker works")
    async with reading(settings, "churn.steps") as steps, detecting(settings, stage.scratch) as worker:
        await worker.ready()
        before = worker.spent()
        book = await worker.alive(applied(steps, settings, len(stage.told), until))
        spent, memory = worker.spent().since(before), worker.peak_memory()
    stage.tell("checking its warnings")
    figures = {
        "events_per_second": book.applied / spent.wall,
        "cpu_per_event": spent.cpu / book.applied * 1e6,
        "peak_memory": memory / 1e6,
        "steps": book.steps,
        "gaps": book.gaps,
    }
    return Run(figures, await committed(settings, "churn.warnings"))


async def applied(steps: Any, settings: Settings, events: int, until: datetime | None = None) -> StepBook:
    """Read steps until all events are applied, and every lane's clock has come to `until`."""
    book = StepBook()
    while book.applied < events or (until is not None and book.reached(until) < settings.partitions):
        for value in await polled(steps):
            book.note(value)
    return book


def time_of(event: bytes) -> datetime:
    """When an event happened."""
    return datetime.fromisoformat(msgspec.json.decode(event)["time"])
