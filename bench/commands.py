"""Running `churn-monitor` as a child process: to its end, or as a worker that is watched from outside."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

import psutil

from schemas.settings import PREFIX, Settings
from schemas.spans import told_span

COMMAND = (sys.executable, "-m", "monitor.cli.main")
READY = re.compile(rb"lanes\.recovered.*lanes=\[\d")
PATIENCE = 180.0
GRACE = 15.0

T = TypeVar("T")


class Spent(NamedTuple):
    """Seconds that passed, and seconds of CPU (user and system)."""

    wall: float
    cpu: float

    def since(self, earlier: Spent) -> Spent:
        return Spent(self.wall - earlier.wall, self.cpu - earlier.cpu)


class Failed(Exception):
    """A command ended otherwise than it should; says what it had printed last."""


async def churn_monitor(*words: object, cwd: Path, **environment: str) -> Spent:
    """Run a command to its end; return what it took. Raises `Failed`."""
    before = _children()
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *map(str, words),
        cwd=cwd,
        env=_environment() | environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, err = await process.communicate()
    finally:
        await _end(process)
    if process.returncode:
        raise Failed(f"churn-monitor {words[0]} ended with {process.returncode}:\n{err.decode()}")
    return _children().since(before)


class Worker:
    """A detecting worker; make it with `detecting`."""

    def __init__(self, process: asyncio.subprocess.Process, began: float) -> None:
        self._process = process
        self._began = began
        self._lines: deque[bytes] = deque(maxlen=30)
        self._ready: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    async def ready(self) -> float:
        """Wait until its lanes are recovered and it reads; the seconds from its start to then."""
        return await self.alive(asyncio.shield(self._ready)) - self._began

    def spent(self) -> Spent:
        """What it took so far; only differences mean something."""
        times = psutil.Process(self._process.pid).cpu_times()
        return Spent(time.perf_counter(), times.user + times.system)

    def peak_memory(self) -> int:
        """The most bytes that were resident so far; where the system doesn't tell, those that are now."""
        with suppress(OSError):
            for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return int(psutil.Process(self._process.pid).memory_info().rss)

    async def alive(self, awaited: Awaitable[T]) -> T:
        """Wait for what the worker is to do. Raises `Failed` if the worker ends, or it takes too long."""
        waiting, ended = asyncio.ensure_future(awaited), asyncio.ensure_future(self._process.wait())
        try:
            await asyncio.wait({waiting, ended}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            why = f"ended with {self._process.returncode}" if ended.done() else f"took over {PATIENCE:.0f} s"
            raise Failed(f"the worker {why}:\n{b''.join(self._lines).decode()}")
        finally:
            waiting.cancel()
            ended.cancel()

    async def stop(self) -> float:
        """Tell it to end (SIGTERM); the seconds until it has."""
        began = time.perf_counter()
        await _end(self._process, signal.SIGTERM)
        await self._listening
        return time.perf_counter() - began

    async def _listen(self) -> None:
        """Drain what it prints, so that it never waits for us."""
        if self._process.stderr is None:
            raise AssertionError("a worker is started with a pipe")
        async for line in self._process.stderr:
            self._lines.append(line)
            if READY.search(line) and not self._ready.done():
                self._ready.set_result(time.perf_counter())


@asynccontextmanager
async def detecting(settings: Settings, cwd: Path) -> AsyncIterator[Worker]:
    """A worker of role *detect* with these settings, stopped at the end."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "worker",
        "--role=detect",
        cwd=cwd,
        env=_environment(settings),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us, and we end it in order
    )
    worker = Worker(process, began)
    try:
        yield worker
    finally:
        await worker.stop()


async def _end(process: asyncio.subprocess.Process, number: signal.Signals = signal.SIGKILL) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _children() -> Spent:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(time.perf_counter(), used.ru_utime + used.ru_stime)


def _environment(settings: Settings | None = None) -> dict[str, str]:
    """Our environment, with these settings and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)  # a start would compile everything anew, as no user's does
    given = {key: getattr(settings, key) for key in settings.model_fields_set} if settings else {}
    told = {f"{PREFIX}{key.upper()}": _told(value) for key, value in given.items() if value is not None}
    return ours | told | {"NO_COLOR": "1"}


def _told(value: object) -> str:
    return told_span(value) if isinstance(value, timedelta) else str(value)
