"""Ends a worker that stands still, so that another start may get it on: a lane without progress, or a dead loop."""

from __future__ import annotations

import faulthandler
from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.engine.look import Look
from schemas.errors import Stalled

FRESH = timedelta(seconds=30)
"""An answer younger than this says that the broker is there."""


class Watchdog:
    """Watches one worker's lanes. One that could get on and made no step for `patience` has stalled."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._got_on: dict[int, tuple[int, datetime]] = {}

    def watch(self, lanes: Mapping[int, Look | None], now: datetime) -> None:
        """Look at our lanes; nothing is expected of a worker that has none, or some (None) that recover yet.

        Raises `Stalled`.
        """
        recovered = {partition: look for partition, look in lanes.items() if look is not None}
        if recovered and len(recovered) == len(lanes):
            self.look(recovered, now)
            self.keep_alive()
        else:
            self.rest()

    def look(self, lanes: Mapping[int, Look], now: datetime) -> None:
        """Look at lanes that could get on. Raises `Stalled`."""
        self._got_on = {partition: self._progress(partition, look, now) for partition, look in lanes.items()}
        for partition, look in lanes.items():
            if not _could_get_on(look, now):
                self._got_on[partition] = look.step, now
            elif now - self.since(partition, now) >= self._patience:
                raise Stalled(_told(partition, look, self._patience))

    def since(self, partition: int, now: datetime) -> datetime:
        """When a lane last made a step, or had nothing to do, as far as this has seen."""
        return self._got_on.get(partition, (0, now))[1]

    def keep_alive(self) -> None:
        """Have the process end, with a traceback of what it does, unless this is called again in time.

        No loop is needed for it: it works where the loop hangs.
        """
        faulthandler.dump_traceback_later(self._patience.total_seconds(), exit=True)

    def rest(self) -> None:
        """Expect nothing for a while: recovery may take long in one piece."""
        faulthandler.cancel_dump_traceback_later()
        self._got_on.clear()

    def _progress(self, partition: int, look: Look, now: datetime) -> tuple[int, datetime]:
        before = self._got_on.get(partition)
        return before if before is not None and before[0] == look.step else (look.step, now)


def _could_get_on(look: Look, now: datetime) -> bool:
    """Whether records wait, and nobody outside keeps them: the broker answers, also for inputs that others wait for."""
    answers = [look.heard] if look.held_by is None else [look.heard, look.held_by]
    return bool(look.waiting) and all(told is not None and now - told < FRESH for told in answers)


def _told(partition: int, look: Look, patience: timedelta) -> str:
    waiting = ", ".join(f"{number} of {name}" for name, number in look.waiting.items())
    return f"lane {partition} made no step for {patience} though records wait ({waiting}); its last was {look.step}"
