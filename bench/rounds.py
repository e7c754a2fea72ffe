"""The run: one broker for all measures, several rounds of each, told while it goes."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import calibration, engine, lane, latency, offline, shipped, start
from bench.figures import Figure, Result
from bench.job import events
from bench.stage import Stage
from bench.truth import true_warnings
from monitor.local import Servers


class Measure(NamedTuple):
    """A way to take some figures."""

    figures: Sequence[Figure]
    take: Callable[[Stage], Awaitable[dict[str, float]]]


CALIBRATION = "calibration"
MEASURES: Mapping[str, Measure] = {
    CALIBRATION: Measure(calibration.FIGURES, calibration.measure),
    "engine": Measure(engine.FIGURES, engine.measure),
    "lane": Measure(lane.FIGURES, lane.measure),
    "offline": Measure(offline.FIGURES, offline.measure),
    "shipped": Measure(shipped.FIGURES, shipped.measure),
    "latency": Measure(latency.FIGURES, latency.measure),
    "start": Measure(start.FIGURES, start.measure),
}

Tell = Callable[[str], None]


def run(names: Sequence[str], rounds: int) -> dict[str, list[Result]]:
    """Take the figures of these measures, and the calibration; leaves nothing running, also after Ctrl-C."""
    chosen = [name for name in MEASURES if name == CALIBRATION or name in names]
    with (
        _progress(rounds * len(chosen)) as (tell, done),
        TemporaryDirectory(prefix="churn-monitor-bench-", ignore_cleanup_errors=True) as scratch,
    ):
        tell("making the events")
        told = list(events())
        truth = Counter(true_warnings(each.value for each in told))
        gc.freeze()
        with Servers.up(redis=False, tell=tell) as servers:
            stage = Stage(servers.kafka, Path(scratch), told, truth, tell)
            return asyncio.run(_rounds(chosen, rounds, stage, done))


async def _rounds(
    chosen: Sequence[str], rounds: int, stage: Stage, done: Callable[[], None]
) -> dict[str, list[Result]]:
    """Round by round rather than measure by measure: a slow minute of the machine then hits all alike."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    for number in range(1, rounds + 1):
        for name in chosen:
            taken[name].append(await MEASURES[name].take(stage.named(f"{name}, round {number}")))
            done()
    return {
        name: [Result(figure, [each[figure.name] for each in found]) for figure in MEASURES[name].figures]
        for name, found in taken.items()
    }


@contextmanager
def _progress(steps: int) -> Iterator[tuple[Tell, Callable[[], None]]]:
    """A bar on a terminal, lines elsewhere: how to tell what is done now, and that a step is done."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield console.print, lambda: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=steps)
        yield lambda told: progress.update(task, description=told), lambda: progress.advance(task)
