"""The health of workers as they told it last: read from their folders, printed as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from schemas.health import LaneHealth, WorkerHealth, files, trouble

HEADINGS = ("worker", "lane", "state", "clock", "lag", "overdue since", "next deadline", "edition")


class Worker(NamedTuple):
    """A worker's folder, and what it told last; None where that can't be read."""

    name: str
    told: WorkerHealth | None

    def trouble(self, now: datetime) -> str | None:
        """What is wrong with it, or None."""
        return "its health file can't be read" if self.told is None else trouble(self.told, now)


def read(folder: Path) -> list[Worker]:
    """All workers of a data folder."""
    return [Worker(path.parent.name, _read(path)) for path in files(folder)]


def healthy(workers: Sequence[Worker], now: datetime) -> bool:
    """Whether there are workers, and each is as it should be."""
    return bool(workers) and not any(worker.trouble(now) for worker in workers)


def as_told(workers: Sequence[Worker], now: datetime) -> str:
    """All of it as one JSON object: `healthy`, and `workers` by name, each with its `trouble`."""
    told = {
        worker.name: {
            **(worker.told.model_dump(mode="json") if worker.told else {}),
            "trouble": worker.trouble(now),
        }
        for worker in workers
    }
    return json.dumps({"healthy": healthy(workers, now), "workers": told})


def show(workers: Sequence[Worker], now: datetime, folder: Path, people: Console) -> None:
    """Print the lanes as a table, and in a line each what is wrong."""
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for worker in workers:
        for lane in worker.told.lanes if worker.told else ():
            table.add_row(worker.name, *_row(lane), style=None if lane.state == "running" else "yellow")
    if table.row_count:
        people.print(table)
    for worker in workers:
        _show_floods(worker, people)
        if (wrong := worker.trouble(now)) is not None:
            people.print(f"{worker.name} {wrong}", style="bold red")
        elif worker.told is not None and not worker.told.lanes:
            people.print(
                f"{worker.name} has no lanes: there are more workers than lanes, or they are shared out just now"
            )
    if not workers:
        people.print(f"No worker keeps its store in {folder}.", style="bold red")


def _show_floods(worker: Worker, people: Console) -> None:
    for lane in worker.told.lanes if worker.told else ():
        if lane.flood:
            by_rule = ", ".join(f"{number:,} {rule}" for rule, number in lane.flood.items())
            told = f"{sum(lane.flood.values()):,} warnings fired while lane {lane.partition} caught up: {by_rule}"
            people.print(f"{worker.name}: {told}", style="yellow")


def _row(lane: LaneHealth) -> tuple[str, ...]:
    lag = ", ".join(f"{number:,} {name}" for name, number in lane.lag.items()) or "none"
    moments = (_moment(lane.overdue) or "none", _moment(lane.next_deadline))
    edition = "" if lane.edition is None else str(lane.edition)
    anew = f", {lane.judging_anew:,} to judge anew" if lane.judging_anew else ""
    return str(lane.partition), lane.state, _moment(lane.clock), lag, *moments, edition + anew


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _read(path: Path) -> WorkerHealth | None:
    try:
        return WorkerHealth.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
