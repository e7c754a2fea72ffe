"""A process that holds another: the held one ends when the holder's standard input does, however that came.

`python -m monitor.demo.leash FOLDER COMMAND...`: the owner keeps the other end of its standard input. When that
is closed, or the owner dies, the command is told to end (SIGTERM), and after a grace made to (SIGKILL). One byte
on it lets the command live on without an owner, for as long as FOLDER does.
"""

from __future__ import annotations

import select
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
        released = _wait_for_owner(held)
        while released and folder.exists() and held.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                held.wait(GLANCE.total_seconds())
    finally:
        _end(held)
    return held.returncode


def _wait_for_owner(held: subprocess.Popen[bytes]) -> bool:
    """Wait until the command ends or the owner speaks; whether it let go, and is not gone."""
    while held.poll() is None:
        if select.select([sys.stdin], [], [], GLANCE.total_seconds())[0]:
            return sys.stdin.buffer.read(1) != b""
    return False


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
