"""Calls between processes, and what may go wrong at each point of them: the one place where fate strikes."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from random import Random
from typing import Any, Protocol, TypeVar

from tests.simulation.broker import BrokerError
from tests.simulation.loop import PROCESS, Died, Process, VirtualLoop

T = TypeVar("T")

PATIENCE = 3.0
"""Virtual seconds after which a caller gives up waiting for an answer."""


class Fate(Enum):
    """What happens at one point of the protocol."""

    FINE = "fine"
    LOST = "lost"
    DIES = "dies"
    PAUSES = "pauses"


class Fates(Protocol):
    """Tells what happens at a point, each time that one is reached."""

    def at(self, point: str) -> Fate: ...


class NoAnswer(BrokerError):
    """Whether it was done is not known."""


class Network:
    """Carries calls to the broker and answers back, each in a time of its own.

    A call has three points: `asked` (nothing has left), `sent` (it is on its way and will arrive) and `done` (it has
    had its effect, and the answer is on its way).
    """

    def __init__(self, loop: VirtualLoop, random: Random, fates: Fates, slow: float) -> None:
        self.fates = fates
        self.story: list[str] = []
        self.died: Callable[[Process], None] = lambda _: None
        self._loop = loop
        self._random = random
        self._slow = slow

    async def call(self, what: str, effect: Callable[[], T]) -> T:
        """Have `effect` done on the other side. Raises `BrokerError`; whether it was done may stay unknown."""
        process = PROCESS.get()
        answer: Any = self._loop.create_future()
        if await self._struck(process, f"{what} asked"):
            self._loop.outside(PATIENCE, self._answer, answer, None, NoAnswer(what))
            return await answer  # type: ignore[no-any-return]
        self._loop.outside(self.latency(), self._arrive, what, process, effect, answer)
        if await self._struck(process, f"{what} sent"):
            answer = self._loop.create_future()
            self._loop.outside(PATIENCE, self._answer, answer, None, NoAnswer(what))
        return await answer  # type: ignore[no-any-return]

    def latency(self) -> float:
        """How long something is on its way: mostly short, at times long."""
        return self._random.expovariate(1 / (0.5 if self._random.random() < self._slow else 0.01))

    def pass_point(self, point: str) -> None:
        """A point that waits for nobody. Raises `Died`."""
        process = PROCESS.get()
        if process is not None and self._told(process, point) is Fate.DIES:
            self.kill(process)
            raise Died(point)

    def kill(self, process: Process) -> None:
        """End a process: nothing of it moves any more."""
        if not process.alive:
            return
        process.alive = False
        process.backlog.clear()
        self.died(process)

    def pause(self, process: Process) -> None:
        """Stop a process for long; the others will take it for dead."""
        process.paused = True
        self._loop.outside(self._random.uniform(1, 15), self._loop.resume, process)

    async def _struck(self, process: Process | None, point: str) -> bool:
        """Whether the message is lost here; a process that pauses or dies here doesn't go on."""
        fate = self._told(process, point) if process is not None else Fate.FINE
        if fate is Fate.FINE or process is None:
            return False
        if fate is Fate.LOST:
            return True
        self._strike(process, fate)
        pause = self._loop.create_future()
        self._loop.call_soon(pause.set_result, None)
        await pause
        return False

    def _arrive(self, what: str, process: Process | None, effect: Callable[[], Any], answer: Any) -> None:
        result, error = None, None
        try:
            result = effect()
        except BrokerError as refused:
            error = refused
        fate = self._told(process, f"{what} done") if process is not None and process.alive else Fate.FINE
        if fate is Fate.LOST:
            self._loop.outside(PATIENCE, self._answer, answer, None, NoAnswer(what))
            return
        if process is not None:
            self._strike(process, fate)
        self._loop.outside(self.latency(), self._answer, answer, result, error)

    def _strike(self, process: Process, fate: Fate) -> None:
        if fate is Fate.DIES:
            self.kill(process)
        elif fate is Fate.PAUSES:
            self.pause(process)

    def _told(self, process: Process, point: str) -> Fate:
        fate = self.fates.at(point)
        if fate is not Fate.FINE:
            self.story.append(f"{self._loop.time():7.2f} {process.name}: {point}: {fate.value}")
        return fate

    @staticmethod
    def _answer(answer: Any, result: object, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
            answer.exception()  # a process that died will never look at it
