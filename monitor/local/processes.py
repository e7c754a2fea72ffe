"""Child processes that outlive their starter: a pid is trusted only together with its time of birth.

A recycled pid must never be taken for a server of ours, let alone be sent a signal.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psutil

PAUSE = timedelta(milliseconds=30)
"""Between two looks at a process or a port."""

PATIENCE = timedelta(seconds=15)
"""Between SIGTERM and SIGKILL."""


class Process(msgspec.Struct, frozen=True):
    """A process, known by its pid and its time of birth (an opaque text, equal for one process only)."""

    pid: int
    birth: str

    def alive(self) -> bool:
        if child := _children.get(self):
            child.poll()
        return birth_of(self.pid) == self.birth

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone is left alone."""
        if self.alive():
            os.kill(self.pid, number)

    def ended(self, within: timedelta) -> bool:
        """Wait until the process has ended, and tell whether it has."""
        for _ in range(within // PAUSE):
            if not self.alive():
                self._reap()
                return True
            time.sleep(PAUSE.total_seconds())
        return False

    def stop(self, patience: timedelta = PATIENCE) -> None:
        """Ask the process to end (SIGTERM), and end it (SIGKILL) when it has not done so in time."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a process that was paused could not act on it
        if not self.ended(patience):
            self.signal(signal.SIGKILL)
            self.ended(PATIENCE)

    def _reap(self) -> None:
        if child := _children.pop(self, None):
            child.wait()

    def listens_on(self, port: int) -> bool:
        """Tell whether it is this process that listens on the TCP port."""
        try:
            connections = psutil.Process(self.pid).net_connections("tcp")
        except psutil.Error:
            return False
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections)

    def started(self) -> datetime | None:
        """The instant of its start, or None when it is gone."""
        try:
            return datetime.fromtimestamp(psutil.Process(self.pid).create_time(), UTC)
        except psutil.NoSuchProcess:
            return None

    def memory(self) -> int | None:
        """Resident bytes, or None when it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return None


# Our own children, kept so that the dead among them are reaped.
_children: dict[Process, subprocess.Popen[bytes]] = {}


def birth_of(pid: int) -> str | None:
    """When the process was born, or None when there is none or only its corpse."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _birth_by_wall_clock(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # Ticks since boot: unlike the wall-clock time of a start, they survive a step of the host's clock.
    fields = stat.rpartition(")")[2].split()
    state, ticks = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}/{ticks}"


def _birth_by_wall_clock(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def spawn(
    command: Sequence[str], *, cwd: Path, console: Path, env: Mapping[str, str] | None = None
) -> Process:
    """Start a process in a session of its own, so that neither Ctrl-C nor our end reaches it.

    What it prints is appended to `console`.
    """
    with console.open("ab") as out:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(child.pid, birth_of(child.pid) or "gone")
    _children[process] = child
    return process
