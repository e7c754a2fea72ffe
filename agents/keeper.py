"""Keeps one lane going: a task that commits its steps, and its inputs held back while they run ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

import structlog

from agents.logs import made_anew, too_short
from agents.owner import Lost, Owner
from agents.transport import Batch, BatchApp
from monitor.engine.fetched import DAWN, Fetched
from schemas.errors import ConfigError, TooManyDeadLetters

CROWDED, EASED = 16_000, 4_000
"""Waiting records of one input at which its reading pauses, and goes on."""

log = structlog.get_logger()


class Keeper:
    """One owner's life in a worker process. `names` maps topics to inputs."""

    def __init__(
        self, owner: Owner, app: BatchApp, names: dict[str, str], now: Callable[[], datetime]
    ) -> None:
        self.owner = owner
        self._app = app
        self._names = names
        self._now = now
        self._news = asyncio.Event()
        self._paused: set[str] = set()
        self._sought: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to commit steps, once the owner has recovered; a second start changes nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look for something to do: records came, or time has passed."""
        self._news.set()

    async def take(self, batch: Batch) -> None:
        """Hand a batch to the lane; where it doesn't connect, read again from where the lane stands."""
        fetched = Fetched(self._names[batch.topic], *batch[2:])
        if self._ends_too_soon(fetched) and await self._is_too_short(batch):
            return
        gap = self.owner.take(fetched, self._now())
        if gap is not None:
            await self._seek(batch, gap.wanted)
            return
        self._hold_back(batch.topic)
        self.wake()

    async def stop(self) -> None:
        """Finish the step in hand, and let go of the lane."""
        await self.owner.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def positions(self) -> dict[tuple[str, int], int]:
        """Where each input is to be read on; nothing before the lane has recovered."""
        lane = self.owner.lane
        if lane is None:
            return {}
        return {(topic, self.owner.partition): lane.fetched[name] for topic, name in self._names.items()}

    async def _run(self) -> None:
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self.owner.advance(self._now)
                self._ease()
        except Lost as error:
            log.warning("lane.lost", lane=self.owner.partition, why=str(error))
            self._app.rejoin()
        except TooManyDeadLetters as error:
            log.error("lane.stopped", lane=self.owner.partition, why=str(error))  # noqa: TRY400  theirs, not ours
            await self._app.crash(error)
        except Exception as error:
            log.exception("lane.failed", lane=self.owner.partition)
            await self._app.crash(error)

    def know(self, ids: Mapping[str, str]) -> None:
        """Hold the ids of the topics (by name) against those that the lane knows. Raises `ConfigError`."""
        lane = self.owner.lane
        if lane is None:
            return
        by_input = {self._names[topic]: each for topic, each in ids.items()}
        if (error := made_anew(self.owner.partition, lane.logs, by_input)) is not None:
            raise error
        lane.know(by_input)

    def _ends_too_soon(self, fetched: Fetched) -> bool:
        lane = self.owner.lane
        return lane is not None and fetched.end < lane.fetched[fetched.input]

    async def _is_too_short(self, batch: Batch) -> bool:
        """Ask again where the log ends: an answer may be old, and a new leader may not know yet."""
        end = await self._app.log_end(batch.topic, batch.partition)
        lane = self.owner.lane
        if lane is None or end is None or end >= (position := lane.fetched[self._names[batch.topic]]):
            return False
        await self.give_up(too_short(batch.partition, self._names[batch.topic], position, end))
        return True

    async def give_up(self, error: ConfigError) -> None:
        """Let go of the lane, and end the worker: somebody has to decide."""
        log.error("lane.stopped", lane=self.owner.partition, why=str(error))
        await self.owner.close()
        await self._app.crash(error)

    async def _seek(self, batch: Batch, wanted: int) -> None:
        """Go back to `wanted`; if the log starts after it, what lay between is lost and said so.

        Batches that were asked for before the last seek come from where reading stood then: they ask for no other.
        """
        if batch.asked < self._sought.get(batch.topic, DAWN):
            return
        start = await self._app.log_start(batch.topic, batch.partition)
        lane = self.owner.lane
        if lane is not None and start is not None and start > wanted:
            lost = lane.skip_to(self._names[batch.topic], start)
            log.error("input.lost_to_retention", topic=batch.topic, partition=batch.partition, positions=lost)
            self.owner.counts["lost_to_retention"] += lost
            wanted = start
        await self._app.seek(batch.topic, batch.partition, wanted)
        self._sought[batch.topic] = self._now()

    def _hold_back(self, topic: str) -> None:
        lane = self.owner.lane
        if lane is not None and topic not in self._paused and lane.waiting(self._names[topic]) > CROWDED:
            self._paused.add(topic)
            self._app.pause(topic, self.owner.partition)

    def _ease(self) -> None:
        lane = self.owner.lane
        for topic in [each for each in self._paused if lane and lane.waiting(self._names[each]) < EASED]:
            self._paused.discard(topic)
            self._app.resume(topic, self.owner.partition)
