"""How a worker is: what it writes beside its store every few seconds, and what an operator's probe reads there."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Instant

FILE = "health.json"
"""The name of the file in a worker's data folder."""

EVERY = timedelta(seconds=2)
"""How often it is written."""

STALE = timedelta(seconds=30)
"""A file older than this was left by a worker that is no more, or stands still."""


class LaneHealth(BaseModel):
    """One lane. `lag` are records that were not applied yet, by input, as far as the broker's last answers tell.

    `overdue` is the oldest deadline that should have fired by now. `since` is when it last got on, or came into its
    state.
    """

    model_config = ConfigDict(frozen=True)

    partition: int
    state: Literal["recovering", "running", "waiting"]
    since: Instant
    step: int | None = None
    clock: Instant | None = None
    lag: dict[str, int] = {}
    waiting: dict[str, int] = {}
    overdue: Instant | None = None
    next_deadline: Instant | None = None
    edition: int | None = None
    flood: dict[str, int] = Field(
        {}, description="Warnings that fired in the last catch-up, by rule, if they were a flood."
    )
    judging_anew: int = Field(0, description="Customers that wait to be judged by new rules.")


class WorkerHealth(BaseModel):
    """One worker process at a moment; `waiting` lanes wait for a server that does not answer."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    role: Literal["detect", "deliver"]
    pid: int
    at: Instant
    state: Literal["starting", "running", "stopping"]
    lanes: tuple[LaneHealth, ...] = ()
    counts: dict[str, int] = {}


def trouble(told: WorkerHealth, now: datetime) -> str | None:
    """What is wrong with a worker that told this, or None."""
    if now - told.at > STALE:
        return f"has not been heard of since {told.at:%Y-%m-%d %H:%M:%S}Z: it has ended, or stands still"
    if told.state == "starting":
        return "is still starting"
    stuck = [lane.partition for lane in told.lanes if lane.state == "waiting" and now - lane.since > STALE]
    if stuck:
        return f"waits for a server that does not answer (lanes {', '.join(map(str, stuck))})"
    return None


def files(folder: Path) -> list[Path]:
    """The health files of all workers of this host that keep their stores in or below a folder."""
    return sorted((*folder.glob(FILE), *folder.glob(f"*/{FILE}")))
