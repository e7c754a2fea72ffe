"""The workers: real ones, each on a leash, started again by us when they end by themselves, as a supervisor does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from schemas.settings import PREFIX

ROOT = Path(__file__).parents[1]
GLANCE = 0.1
AGAIN = 1.0
"""Seconds until a worker that has ended is started again."""

GRACE = 30.0
SAID = re.compile(
    r"\b(lane\.lost|lane\.failed|lanes\.taken_over|lanes\.recovered|store\.\w+|clock\.stepped|Traceback)\b"
)


class Worker:
    """One `churn-monitor worker` of a role, with a folder and a clock of its own."""

    def __init__(self, name: str, role: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.role = role
        self.home = folder / name
        self.home.mkdir(exist_ok=True)
        self.store = self.home / "data"
        self.clock = self.home / "clock"
        self.clock.write_text("0")
        self.log = self.home / "worker.log"
        self.wanted = False
        self.ends: Counter[str] = Counter()
        """How it ended when it was told to, by exit code."""
        self._folder = folder
        self._environment = environment
        self._leash: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def start(self) -> None:
        """Start it; the same store again, if there is one."""
        self.wanted, self._pid = True, 0
        command = [sys.executable, "-m", "chaos.stepped", "worker", "--role", self.role]
        command += ["--data-dir", str(self.store)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        own = {"PYTHONPATH": path, "CHAOS_CLOCK": str(self.clock), "PYTHONFAULTHANDLER": "1"}
        with self.log.open("ab") as log:
            self._leash = subprocess.Popen(
                [sys.executable, "-m", "monitor.demo.leash", str(self._folder), *command],
                cwd=self.home,
                env={**kept, **self._environment, **own},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The worker's own process; 0 while there is none."""
        if not self._pid and self._leash is not None and self._leash.poll() is None:
            with suppress(psutil.Error):
                self._pid = next((child.pid for child in psutil.Process(self._leash.pid).children()), 0)
        return self._pid

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._leash is not None and self._leash.poll() is None

    @property
    def code(self) -> int | None:
        """The exit code of its last run; None while it runs."""
        return self._leash.poll() if self._leash is not None else None

    def send(self, number: signal.Signals) -> None:
        """Send the worker a signal."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def ended(self, within: float = GRACE) -> int | None:
        """Wait for its end; the exit code, or None if it took too long and was killed."""
        self.wanted = False
        until = time.monotonic() + within
        while self.runs():
            if time.monotonic() > until:
                self.send(signal.SIGKILL)
                until += within
                await asyncio.sleep(GLANCE)
                if not self.runs():
                    return None
            await asyncio.sleep(GLANCE)
        return self.code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """End it with a signal."""
        self.wanted = False
        self.send(number)
        code = await self.ended()
        if number == signal.SIGTERM:
            self.ends[str(code)] += 1
        return code

    def let_go(self) -> None:
        """Have it ended by its leash, without waiting."""
        self.wanted = False
        self.send(signal.SIGCONT)
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.close()

    def wait(self) -> None:
        """Wait until nothing of it is left."""
        if self._leash is not None:
            self._leash.wait()

    def said(self) -> Counter[str]:
        """What it has logged that matters here, by name of the event."""
        if not self.log.exists():
            return Counter()
        return Counter(SAID.findall(self.log.read_text(errors="replace")))


class Crew:
    """All workers by name; `restarts` are those that ended by themselves, by name and exit code."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.workers: dict[str, Worker] = {}
        self.restarts: Counter[str] = Counter()
        self._folder = folder
        self._environment = environment

    def hire(self, name: str, role: str = "detect") -> Worker:
        """A worker, started; the one of that name, if it was there before."""
        worker = self.workers.get(name) or Worker(name, role, self._folder, self._environment)
        self.workers[name] = worker
        if not worker.runs():
            worker.start()
        return worker

    def detecting(self) -> list[Worker]:
        """The workers that judge and are meant to run."""
        return [each for each in self.workers.values() if each.role == "detect" and each.wanted]

    async def watch(self) -> None:
        """Start again whoever ends by itself, for ever."""
        while True:
            await asyncio.sleep(GLANCE)
            for worker in self.workers.values():
                if worker.wanted and not worker.runs():
                    self.restarts[f"{worker.name} exit {worker.code}"] += 1
                    await asyncio.sleep(AGAIN)
                    if worker.wanted:
                        worker.start()

    def let_go(self) -> None:
        """End everybody, and wait for it."""
        for worker in self.workers.values():
            worker.let_go()
        for worker in self.workers.values():
            worker.wait()
