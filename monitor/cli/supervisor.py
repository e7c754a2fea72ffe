"""Several worker processes under one: starts them, starts again those that end by themselves, stops them together."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import NamedTuple

import structlog

GLANCE = timedelta(milliseconds=200)
GRACE = timedelta(seconds=8)
MOST_RESTARTS = 5
"""How often one worker is started again before all give up."""

LASTING = (2, 3, 4)
"""Exit codes of what another start would meet again: settings, servers, an input full of bad records."""

log = structlog.get_logger()


class Part(NamedTuple):
    """One worker process: a name for messages, and the arguments of `churn-monitor worker`."""

    name: str
    arguments: tuple[str, ...]


class Supervisor:
    """Runs its parts until SIGTERM or SIGINT; `run` gives the exit code."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._running: dict[Part, subprocess.Popen[bytes]] = {}
        self._restarts = dict.fromkeys(parts, 0)
        self._stopping = False

    def run(self) -> int:
        """0 after being told to stop, otherwise the exit code of the worker that could not be kept running."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for part in self._parts:
            self._start(part)
        code = 0
        while self._running and not self._stopping and not code:
            code = self._look()
        self._end_all()
        return code

    def _start(self, part: Part) -> None:
        command = [sys.executable, "-m", "monitor.cli.main", "worker", *part.arguments]
        self._running[part] = subprocess.Popen(command, start_new_session=True)
        log.info("worker.started", worker=part.name, pid=self._running[part].pid)

    def _look(self) -> int:
        """Wait a moment; restart what ended. The exit code of a worker that is not to be restarted."""
        first = next(iter(self._running.values()))
        with suppress(subprocess.TimeoutExpired):
            first.wait(GLANCE.total_seconds())
        for part, process in list(self._running.items()):
            code = process.poll()
            if code is None or self._stopping:
                continue
            if code in LASTING or self._restarts[part] >= MOST_RESTARTS:
                log.error("worker.gave_up", worker=part.name, code=code)
                return code if code > 0 else 1
            self._restarts[part] += 1
            log.warning("worker.ended", worker=part.name, code=code, restart=self._restarts[part])
            self._start(part)
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _end_all(self) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for process in self._running.values():
            try:
                process.wait(GRACE.total_seconds())
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
