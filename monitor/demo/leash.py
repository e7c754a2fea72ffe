"""A process that holds another: the held one ends when the holder's standard input does, however that came.

`python -m monitor.demo.leash FOLDER COMMAND...`: the owner keeps the other end of its standard input. When that
is closed, or the owner dies, the command is told to end (SIGTERM), and after a grace made to (SIGKILL). One byte
on it lets the command live on without an owner, for as long as the embedded servers of FOLDER do.
"""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

GLANCE = timedelta(milliseconds=250)
GRACE = timedelta(seconds=8)


def main(folder: Path, command: list[str]) -> int:
    """Run the command until it ends, or nobody wants it any more; its exit code."""
    held = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - what our own starter says
    try:
        if _wait_for_owner(held):
            _wait_for_servers(held, folder)
    finally:
        _end(held)
    return held.returncode


def _wait_for_owner(held: subprocess.Popen[bytes]) -> bool:
    """Wait until the command ends or the owner speaks; whether it let go, and is not gone."""
    while held.poll() is None:
        if select.select([sys.stdin], [], [], GLANCE.total_seconds())[0]:
            return sys.stdin.buffer.read(1) != b""
    return False


def _wait_for_servers(held: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the command or the servers of the folder end, and clear what outlives a throw-away folder."""
    # Imported when it is needed: until then, this process is to be small.
    from monitor.local import Servers  # noqa: PLC0415

    while held.poll() is None and (servers := Servers.find(folder)) is not None and servers.running():
        with suppress(subprocess.TimeoutExpired):
            held.wait(GLANCE.total_seconds())
    _end(held)
    if Servers.find(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)


def _end(held: subprocess.Popen[bytes]) -> None:
    if held.poll() is not None:
        return
    held.terminate()
    try:
        held.wait(GRACE.total_seconds())
    except subprocess.TimeoutExpired:
        held.kill()
        held.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
