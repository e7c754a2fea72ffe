"""The delivering worker: a Faust app of its own that copies the warning topic to Redis Streams.

Redis down means that this app stands still and Kafka holds the line; detection is another process.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import stamina
import structlog
from faust.types import TP

from agents.apps import batch_app
from agents.deliver_copy import PartitionCopy
from agents.health import HealthFile
from agents.transport import Batch, BatchApp
from monitor.adapters.clock import WallClock
from monitor.adapters.redis_streams import RedisStreams
from schemas.errors import StoreUnavailable
from schemas.health import EVERY, LaneHealth
from schemas.settings import Settings
from schemas.streams import WARNINGS
from schemas.topics import topic_name

TELL = timedelta(seconds=2)
"""How often the group's offsets are written: operators' tools show them, and nothing else reads them."""

LONGEST_PAUSE = timedelta(seconds=5)
"""Between two questions whether Redis is back."""

log = structlog.get_logger()


class Delivery:
    """The copies of the partitions that one process owns, and the app that feeds them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.topic = topic_name(WARNINGS, settings)
        self.clock = WallClock()
        self.streams = RedisStreams(settings)
        self.copies: dict[int, PartitionCopy] = {}
        self.app = batch_app(
            settings, f"{settings.app_id}-deliver", positions=self.positions, clock=self.clock
        )
        self.health = HealthFile(settings.data_dir, "deliver")
        self._committed: dict[tuple[str, int], int] = {}
        self._ends: dict[int, int] = {}
        self._away: dict[int, datetime] = {}
        _wire(self)

    def positions(self) -> dict[tuple[str, int], int]:
        """From where each partition is to be read, as far as it is taken over."""
        return {
            (self.topic, partition): copy.position
            for partition, copy in self.copies.items()
            if copy.position is not None
        }

    async def take(self, batch: Batch) -> None:
        """Copy a batch, however long Redis is away; where it doesn't connect, read from elsewhere."""
        if TP(self.topic, batch.partition) not in self.app.consumer.assignment():
            return
        try:
            self._ends[batch.partition] = batch.end
            wanted = await self._insist(self._copy(batch.partition), batch)
            if wanted is not None:
                await self.app.seek(self.topic, batch.partition, wanted)
        except Exception as error:  # an agent that raises drops its batch and goes on: better to end
            log.exception("delivery.failed", partition=batch.partition)
            await self.app.crash(error)

    async def tell(self) -> None:
        """Write to the group's offsets what was copied since we last did."""
        positions = self.positions()
        news = {place: at for place, at in positions.items() if self._committed.get(place) != at}
        if news and await self.app.write_offsets(news):
            self._committed = positions

    def watch(self) -> None:
        """Tell how all copies are."""
        now = self.clock.now()
        lanes = (self._health(copy, now) for _, copy in sorted(self.copies.items()))
        self.health.write("running" if self.app.generation > 0 else "starting", now, lanes)

    def let_go(self) -> None:
        """Forget all copies: what they know may be another worker's to change from now on."""
        self.copies.clear()
        self._away.clear()
        self._committed.clear()

    def _copy(self, partition: int) -> PartitionCopy:
        if partition not in self.copies:
            self.copies[partition] = PartitionCopy(
                partition,
                self.streams,
                length=self.settings.stream_length,
                log_start=lambda: self.app.log_start(self.topic, partition),
                now=self.clock.now,
            )
        return self.copies[partition]

    async def _insist(self, copy: PartitionCopy, batch: Batch) -> int | None:
        """Hand in a batch until Redis has it, with growing pauses; stamina logs each of them."""
        wanted = None
        async for attempt in stamina.retry_context(
            on=StoreUnavailable, attempts=None, timeout=None, wait_max=LONGEST_PAUSE
        ):
            if attempt.num > 1:
                self._away.setdefault(copy.partition, self.clock.now())
            with attempt:
                wanted = await copy.take(batch)
                if self._away.pop(copy.partition, None) is not None:
                    log.info("redis.back", partition=copy.partition)
        return wanted

    def _health(self, copy: PartitionCopy, now: datetime) -> LaneHealth:
        """How the copy of a partition is; without Redis it waits."""
        away, behind = (
            self._away.get(copy.partition),
            self._ends.get(copy.partition, 0) - (copy.position or 0),
        )
        return LaneHealth(
            partition=copy.partition,
            state="running" if away is None else "waiting",
            since=away or now,
            lag={WARNINGS: behind} if copy.position is not None and behind > 0 else {},
        )


def make_app(settings: Settings) -> BatchApp:
    """The app of role *deliver*, ready to be started."""
    return Delivery(settings).app


def _wire(delivery: Delivery) -> None:
    app = delivery.app

    @app.agent(app.inputs(delivery.topic, partitions=delivery.settings.partitions), name="copy")
    async def copy(stream: Any) -> None:
        try:
            async for batches in stream:
                for batch in batches:
                    await delivery.take(batch)
        finally:
            await delivery.streams.close()

    @app.timer(interval=TELL.total_seconds())  # type: ignore[untyped-decorator]
    async def tell() -> None:
        if not app.rebalancing:
            await delivery.tell()

    @app.timer(interval=EVERY.total_seconds())  # type: ignore[untyped-decorator]
    async def watch() -> None:
        delivery.watch()

    @app.on_before_shutdown.connect
    async def stop(*_args: Any, **_options: Any) -> None:
        delivery.health.remove()

    @app.on_partitions_revoked.connect
    async def revoked(*_args: Any, **_options: Any) -> None:
        delivery.let_go()
