"""An asyncio loop on virtual time, whose processes can be paused and killed between any two of their moves.

What is due runs in the order of its time; how long everything takes is for others to draw from the seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Args = TypeVarTuple("Args")


class Died(BaseException):
    """The process ends here; what is left of its stack must do nothing any more."""


class Process:
    """What runs and ends together: its moves wait while it is paused, and are never made once it is dead."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.backlog: list[asyncio.TimerHandle] = []


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)
"""Whose move this is; None is the world outside, which neither pauses nor dies."""

Queued = tuple[float, int, asyncio.TimerHandle, Process | None]


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs moves one by one; time stands still within a move, and jumps to the next one."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self._now = 0.0
        self._queue: list[Queued] = []
        self._order = count()
        self._tasks: list[asyncio.Task[Any]] = []

    def time(self) -> float:
        return self._now

    def run(self, until: float) -> None:
        """Make every move up to this moment."""
        asyncio._set_running_loop(self)  # noqa: SLF001  what every loop has to do
        try:
            while self._queue and self._queue[0][0] <= until:
                self._move(*heappop(self._queue))
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001
        self._now = until

    def spawn(self, process: Process, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task of this process; whatever it starts is of the same process."""
        context = Context()
        context.run(PROCESS.set, process)
        task = self.create_task(work, context=context)
        task.add_done_callback(self._look_at, context=Context())
        return task

    def end(self) -> None:
        """Take down what is left of all tasks."""
        for task in self._tasks:
            if not task.done():
                task.get_coro().close()

    def outside(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        """Have this done by the world, whatever becomes of the process that asks for it."""
        self.call_later(delay, callback, *args, context=Context())

    def resume(self, process: Process) -> None:
        """Let a paused process make the moves that have come due meanwhile."""
        process.paused = False
        backlog, process.backlog = process.backlog, []
        for handle in backlog:
            heappush(self._queue, (self._now, next(self._order), handle, process))

    def call_soon(
        self, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now, callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        context = copy_context() if context is None else context
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._queue, (when, next(self._order), handle, context.get(PROCESS)))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, **options)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")  # none: a task of a process that died
        if error is not None and not isinstance(error, Died):
            self.failures.append(f"{context.get('message')}: {error!r}")

    def _look_at(self, task: asyncio.Task[Any]) -> None:
        """What a process is made of ends with it, and never by a mistake."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Died):
            self.failures.append(f"{task.get_coro()}: {error!r}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing: a cancelled move is left out when its time comes."""

    def _move(self, when: float, _: int, handle: asyncio.TimerHandle, process: Process | None) -> None:
        self._now = when
        if handle.cancelled() or (process is not None and not process.alive):
            return
        if process is not None and process.paused:
            process.backlog.append(handle)
            return
        handle._run()  # noqa: SLF001  what every loop has to do
