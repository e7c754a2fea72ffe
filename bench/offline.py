"""Offline: the same events from three files through `churn-monitor replay`."""

from __future__ import annotations

from typing import NamedTuple

from bench import exact
from bench.commands import churn_monitor
from bench.exact import answer_of
from bench.figures import Expected, Figure
from bench.job import RULES, TOPICS
from bench.stage import Stage

FIGURES = (
    Figure("events_per_second", "pace, start-up not counted", "events/s", 0, Expected("at least", 60_000)),
    Figure("whole", "the whole command", "s", 2),
    Figure("start_up", "of which start-up", "s", 2),
    Figure("cpu_per_event", "CPU, start-up not counted", "µs/event", 1),
    *exact.FIGURES,
)


class Run(NamedTuple):
    """The figures of one replay, and the transitions of warnings that it told."""

    figures: dict[str, float]
    told: list[bytes]


async def measure(stage: Stage) -> dict[str, float]:
    """The job by its own two rules, held against the truth."""
    run = await run_replay(stage, "--rules", RULES)
    return {**run.figures, **answer_of(run.told).against(stage.truth)}


async def run_replay(stage: Stage, *options: object) -> Run:
    """Replay one single event, then all: what the second takes longer is what the events take."""
    files = [stage.scratch / f"{topic}.jsonl" for topic in TOPICS]
    for topic, file in zip(TOPICS, files, strict=True):
        file.write_bytes(b"".join(each.value + b"\n" for each in stage.told if each.topic == topic))
    single = stage.scratch / "single.jsonl"
    single.write_bytes(stage.told[0].value + b"\n")
    warnings = stage.scratch / "warnings.jsonl"
    options = (*options, "--output", warnings)
    stage.tell("replaying one event")
    start_up = await churn_monitor("replay", single, *options, cwd=stage.scratch)
    stage.tell("replaying all events")
    whole = await churn_monitor("replay", *files, *options, cwd=stage.scratch)
    spent, events = whole.since(start_up), len(stage.told)
    figures = {
        "events_per_second": events / spent.wall,
        "whole": whole.wall,
        "start_up": start_up.wall,
        "cpu_per_event": spent.cpu / events * 1e6,
    }
    return Run(figures, warnings.read_bytes().splitlines())
