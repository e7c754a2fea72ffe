"""A small process that takes servers down when the process that started them is gone, however it went.

Asking the kernel for it (PR_SET_PDEATHSIG) would be no better: that signal comes when the starting *thread*
ends, exists on Linux only, and leaves the folder behind.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from monitor.local.processes import Process, spawn

_PAUSE = timedelta(milliseconds=250)
_ROOT = Path(__file__).parents[2]


def watch(folder: Path) -> Process:
    """Start a watchdog for the servers of a folder; they are tied to the process that calls this."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return spawn(
        [sys.executable, "-m", __name__, str(folder), str(os.getpid())],
        cwd=folder,
        console=folder / "watchdog.log",
        env={**os.environ, "PYTHONPATH": path},
    )


def main(folder: Path, parent: int) -> None:
    """Wait for the parent's end, then stop what its folder's state file names."""
    while os.getppid() == parent:
        time.sleep(_PAUSE.total_seconds())
    # Imported when it is needed: until then, this process is to be small.
    from monitor.local.servers import Servers  # noqa: PLC0415

    if servers := Servers.find(folder):
        servers.down()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
