"""Detecting workers as child processes, by their real command line: started, stopped and killed by pid."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

COMMAND = (sys.executable, "-m", "monitor.cli.main")
PATIENCE = timedelta(seconds=30)
GLANCE = 0.05
SHOWN = 6_000
"""Characters of a log that a failure shows."""


class Ended(NamedTuple):
    """How a process ended, and how long that took."""

    code: int
    took: timedelta


class Worker:
    """One `churn-monitor worker --role detect` in a process of its own; its log is beside its store."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], *words: str) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                (*COMMAND, "worker", "--role", "detect", *words),
                env={**os.environ, **environment},
                cwd=folder,
                stdout=log,
                stderr=log,
            )

    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    def has_ended(self) -> bool:
        """Whether the process has ended, by itself or not."""
        return self._process.poll() is not None

    def lanes(self) -> set[int]:
        """The lanes that it owns and has recovered, as it has said last."""
        said = [line for line in self.log().splitlines() if " lanes." in line]
        last = re.search(r"lanes\.recovered +lanes=\[([\d, ]*)\]", said[-1]) if said else None
        return {int(lane) for lane in last[1].split(",") if lane} if last else set()

    def kill(self) -> None:
        """End it without a word, as an out-of-memory killer does."""
        self._process.kill()
        self._process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Ask it to end, and wait for that."""
        self._process.send_signal(number)
        return await self.ended()

    async def ended(self, *, within: timedelta = PATIENCE) -> Ended:
        """Wait for its end."""
        began = time.monotonic()
        while not self.has_ended():
            if time.monotonic() - began > within.total_seconds():
                self.kill()
                pytest.fail(f"{self.name} had not ended after {within}\n{self.log()[-SHOWN:]}")
            await asyncio.sleep(GLANCE)
        return Ended(self._process.returncode, timedelta(seconds=time.monotonic() - began))


def as_environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Settings as the variables that a process reads them from."""
    return {f"CHURN_MONITOR_{name.upper()}": str(value) for name, value in settings.items()}
