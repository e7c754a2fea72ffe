"""The wall clock: the one place that reads the machine's time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

NOTICEABLE = timedelta(seconds=1)


class WallClock:
    """Wall time, read once at start, then moved by the monotonic clock: a step of the host's clock is not followed."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._monotonic = time.monotonic()
        self._told = timedelta(0)

    def now(self) -> datetime:
        """The moment that it is now."""
        return self._began + timedelta(seconds=time.monotonic() - self._monotonic)

    def of_host(self, milliseconds: int) -> datetime:
        """A moment just told by the host's own clock, in milliseconds since 1970, on this clock; not later than now.

        Told before the host was stepped back, it would lie in the future otherwise, and lanes' clocks would follow it.
        """
        return self.now() - timedelta(seconds=max(0.0, time.time() - milliseconds / 1000))

    def stepped(self) -> timedelta | None:
        """How far the host's clock was stepped since this last told of it; None for less than a second."""
        step = datetime.now(UTC) - self.now() - self._told
        if abs(step) < NOTICEABLE:
            return None
        self._told += step
        return step
