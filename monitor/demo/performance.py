"""One performance: the play is sent, the audience watches, and it ends when all of it was judged and told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from monitor.demo.audience import Reader, subscribe
from monitor.demo.player import Player
from monitor.demo.plays import Play
from monitor.demo.seen import Seen
from monitor.demo.stage import Stage
from schemas.errors import StoreUnavailable
from schemas.spans import told_span

FRAME = timedelta(milliseconds=125)
RATE_OVER = timedelta(seconds=2)

PATIENCE = timedelta(seconds=60)
"""How long nothing at all may move before the demo gives up."""

COPYING = timedelta(seconds=10)
"""How long the copy in Redis may stand still before it counts as all there will be."""


class Scene(NamedTuple):
    """A moment of the performance; `rate` is how many records a second are judged."""

    act: str
    play: Play
    seen: Seen
    sent: int
    rate: float
    elapsed: timedelta


Show = Callable[[Scene], None]
Now = Callable[[], datetime]


async def perform(stage: Stage, play: Play, *, length: timedelta, now: Now, show: Show) -> Seen:
    """Play it within `length`, and return what was seen when all of it was. Raises `StoreUnavailable`."""
    settings, seen = stage.settings, Seen()
    async with (
        Reader(settings, seen) as reader,
        Player(settings, play, length, now) as player,
        _Beside() as beside,
    ):
        scenes = _Scenes(stage, player, seen, beside, now, show)
        following = beside.run(reader.follow())
        beside.run(subscribe(settings, seen))
        await player.open()
        await scenes.until("the workers get ready", lambda: len(seen.clocks) == settings.partitions)
        beside.run(player.play())
        await scenes.until("playing", lambda: player.done)
        end = play.span.until
        await scenes.until("the last events are judged", lambda: seen.reached(end, settings.partitions))
        await beside.stop(following)
        await reader.read_to_end()
        await scenes.until("Redis gets the last of it", lambda: _is_copied(seen), gives_up=False)
    return seen


def _is_copied(seen: Seen) -> bool:
    return len(seen.in_redis) >= len({each.id for each in seen.told})


class _Beside:
    """Coroutines that run beside, and end with the block; `check` raises what one of them raised."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.append(task)
        return task

    def check(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def stop(self, *tasks: asyncio.Task[None]) -> None:
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Again if need be: redis-py loses a cancellation that comes together with an answer.
            await asyncio.wait(running, timeout=FRAME.total_seconds())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(*self._tasks)


class _Scenes:
    """Shows scene after scene, and notices when nothing moves any more."""

    def __init__(
        self, stage: Stage, player: Player, seen: Seen, beside: _Beside, now: Now, show: Show
    ) -> None:
        self._stage = stage
        self._player = player
        self._seen = seen
        self._beside = beside
        self._now = now
        self._show = show
        self._began = now()
        self._judged: deque[tuple[datetime, int]] = deque()

    async def until(self, act: str, done: Callable[[], bool], *, gives_up: bool = True) -> None:
        """Show what happens until it is done, or nothing has moved for too long."""
        moved, mark = self._now(), self._mark()
        while not done():
            self._stage.check()
            self._beside.check()
            if (here := self._mark()) != mark:
                moved, mark = self._now(), here
            elif self._now() - moved > (PATIENCE if gives_up else COPYING):
                return self._stuck(act) if gives_up else None
            self._show(self._scene(act))
            await asyncio.sleep(FRAME.total_seconds())
        self._show(self._scene(act))
        return None

    def _mark(self) -> tuple[int, ...]:
        seen = self._seen
        return self._player.sent, seen.judged, len(seen.clocks), len(seen.told), len(seen.in_redis)

    def _stuck(self, act: str) -> None:
        words = "\n".join(worker.last_words() for worker in self._stage.workers)
        problem = f"{act}: nothing has moved for {told_span(PATIENCE)}\n{words}"
        raise StoreUnavailable(problem, address=self._stage.settings.kafka)

    def _scene(self, act: str) -> Scene:
        now, judged = self._now(), self._judged
        judged.append((now, self._seen.judged))
        while len(judged) > 2 and now - judged[0][0] > RATE_OVER:
            judged.popleft()
        over = (now - judged[0][0]).total_seconds()
        rate = (judged[-1][1] - judged[0][1]) / over if over else 0.0
        return Scene(act, self._player.piece, self._seen, self._player.sent, rate, now - self._began)
