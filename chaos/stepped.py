"""`churn-monitor` on a host whose clock can be stepped: `CHAOS_CLOCK` names a file that says by how many seconds.

All of the process that asks for the time of day is told the stepped time: the clock adapter, and the Kafka client. The
monotonic clock goes on, as it does on a real host.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

from monitor.adapters import clock
from monitor.cli.main import main

_file = Path(os.environ["CHAOS_CLOCK"])
_real = time.time
_read = [-1.0, 0.0]
_EVERY = 0.02


def _step() -> float:
    if time.monotonic() - _read[0] > _EVERY:
        _read[:] = time.monotonic(), float(_file.read_text() or 0)
    return _read[1]


class _Stepped(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return dt.datetime.fromtimestamp(_real() + _step(), tz)


if __name__ == "__main__":
    time.time = lambda: _real() + _step()
    vars(clock)["datetime"] = _Stepped
    main()
