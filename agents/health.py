"""What a worker tells of itself: a file beside its store, replaced every few seconds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog

from monitor.engine.fetched import DAWN
from monitor.engine.look import Look
from schemas.health import FILE, LaneHealth, WorkerHealth

NONE: Mapping[str, int] = {}

SILENT = timedelta(seconds=10)
"""After so long without any answer, a lane waits for the broker."""

log = structlog.get_logger()


class HealthFile:
    """The file of one worker. What can't be written is told once, and keeps nobody from working."""

    def __init__(self, folder: Path, role: Literal["detect", "deliver"]) -> None:
        self._path = folder / FILE
        self._role: Literal["detect", "deliver"] = role
        self._failed = False

    def write(
        self,
        state: Literal["starting", "running", "stopping"],
        at: datetime,
        lanes: Iterable[LaneHealth] = (),
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Tell how the worker is at this moment."""
        told = WorkerHealth(
            role=self._role,
            pid=os.getpid(),
            at=at,
            state=state,
            lanes=tuple(lanes),
            counts=dict(counts or {}),
        )
        new = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(told.model_dump_json())
            new.replace(self._path)
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.warning("health.not_written", file=str(self._path), why=str(error))
            self._failed = True

    def remove(self) -> None:
        """Leave nothing behind: the worker has ended as it should."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def lane_health(
    partition: int,
    look: Look | None,
    since: datetime,
    now: datetime,
    late_allowance: timedelta | None,
    flood: Mapping[str, int] = NONE,
) -> LaneHealth:
    """How a lane is that was looked at; None is still recovering.

    `late_allowance` is how far the wall clock is followed behind, None on the event clock, where nothing is overdue.
    """
    if look is None:
        return LaneHealth(partition=partition, state="recovering", since=since)
    due = look.next_deadline
    is_overdue = due is not None and late_allowance is not None and due < now - late_allowance
    return LaneHealth(
        partition=partition,
        state="running" if look.heard is not None and now - look.heard < SILENT else "waiting",
        since=since,
        step=look.step,
        clock=look.clock if look.clock > DAWN else None,
        lag=dict(look.lag),
        waiting=dict(look.waiting),
        overdue=due if is_overdue else None,
        next_deadline=due,
        edition=look.edition,
        judging_anew=look.left,
        flood=dict(flood),
    )


def total(counts: Iterable[Counter[str]]) -> Counter[str]:
    """What all lanes counted since they were taken over."""
    return sum(counts, Counter[str]())
