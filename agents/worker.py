"""The detecting worker: one Faust app that reads all inputs in batches and runs a lane for each partition."""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta
from typing import Any

import structlog

from agents.apps import batch_app
from agents.flood import Flood
from agents.health import HealthFile, lane_health, total
from agents.keeper import Keeper
from agents.logs import rows_lost
from agents.owner import Owner, Rows
from agents.producer import KafkaProducer
from agents.rulebook import Rulebook
from agents.table import CustomerTable
from agents.transport import Batch, BatchApp
from agents.watchdog import Watchdog
from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import lanes_begun
from monitor.adapters.partitioners import belongs_to
from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import FIRST
from monitor.engine.fetched import ASIDES, CLOCK, DAWN
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.step import LaneRow, is_lane_key, lane_key, lane_row_from_bytes
from schemas.errors import ConfigError
from schemas.health import EVERY
from schemas.settings import Settings
from schemas.topics import topic_name

FACTS = ("orders", "tickets", "contacts")
"""The inputs that move a lane's clock, in rank order."""

TICK = timedelta(milliseconds=250)
"""How often a lane looks whether time alone makes something due."""

LOOK = timedelta(seconds=10)
"""How often to look whether the inputs' topics are still the same."""

KEPT_ROWS = 100_000
"""Customers that each lane keeps in memory, before the store."""

log = structlog.get_logger()


class Detection:
    """The lanes of one worker process, by partition, and the app that feeds them.

    A dead letter is cut to `longest_letter` bytes.
    """

    def __init__(self, settings: Settings, rules: RuleSet, *, longest_letter: int) -> None:
        self.settings = settings
        self.rulebook = Rulebook(settings, rules)
        self.longest_letter = longest_letter
        self.clock = WallClock()
        self.keepers: dict[int, Keeper] = {}
        self.health = HealthFile(settings.data_dir, "detect")
        self.watchdog = Watchdog(settings.stall_after)
        self._taken_over = self.clock.now()
        self.names = {topic_name(name, settings): name for name in (*FACTS, *ASIDES, CLOCK)}
        self.app = batch_app(settings, settings.app_id, positions=self.positions, clock=self.clock)
        self.table = CustomerTable(
            self.app,
            taken_over=self.take_over,
            name="customers",
            partitions=settings.partitions,
            key_type=bytes,
            value_type=bytes,
            on_recover=self.recovered,
        )
        self.app.tables.add(self.table)
        _wire(self)

    def positions(self) -> dict[tuple[str, int], int]:
        """From where each partition is to be read."""
        return {place: at for keeper in self.keepers.values() for place, at in keeper.positions().items()}

    async def take_over(self, partitions: set[int]) -> None:
        """Let go of all lanes and make producers for ours, which fences and settles whoever had them before."""
        await self.let_go()
        self.watchdog.rest()
        self._taken_over = self.clock.now()
        await self.rulebook.start()
        for partition in sorted(partitions):
            producer = KafkaProducer(self.settings, partition)
            await producer.start()
            owner = Owner(
                partition,
                producer,
                self._lane(partition),
                longest_letter=self.longest_letter,
                topics={name: topic for topic, name in self.names.items()},
                letter_share=self.settings.dead_letter_share,
            )
            if self.settings.clock == "wall":
                owner.flood = Flood(partition, self.settings.flood_from, self.settings.late_allowance)
            self.keepers[partition] = Keeper(owner, self.app, self.names, self.clock.now)
        log.info("lanes.taken_over", lanes=sorted(partitions), generation=self.app.generation)

    async def recovered(self) -> None:
        """Make the lanes from the rows that recovery brought; Faust then asks `positions`, and inputs flow."""
        try:
            keepers, new = [*self.keepers.items()], set[int]()
            for partition, keeper in keepers:
                with self.table.trusted(partition):
                    rows = self.table.rows(partition)
                    if (raw := rows.get(lane_key(partition))) is not None:
                        await self.rulebook.reach(lane_row_from_bytes(raw).edition)
                    else:
                        new.add(partition)
                    keeper.owner.recover(rows)
            await self.look_for_rows(new)
            await self.look_at_topics()
            for _, keeper in keepers:
                keeper.start()
            gc.unfreeze()  # lanes that were let go since the last time
            gc.collect()
            gc.freeze()  # what has been recovered stays; the collector need not walk it again
            log.info("lanes.recovered", lanes=sorted(self.keepers))
        except ConfigError as error:
            log.error("lanes.stopped", why=str(error))  # noqa: TRY400  somebody has to decide
            await self.app.crash(error)
        except Exception as error:  # Faust swallows what a recovery callback raises
            log.exception("lanes.not_recovered")
            await self.app.crash(error)

    async def look_for_rows(self, new: set[int]) -> None:
        """Raises `ConfigError` where lanes that seem to be new have done steps: their rows were lost."""
        if new and (lost := new & await lanes_begun(self.settings, self.names.values())):
            raise rows_lost(lost)

    async def look_at_topics(self) -> None:
        """Hold the topics of the inputs against those that the lanes know. Raises `ConfigError`."""
        ids = await self.app.topic_ids([*self.names])
        for keeper in self.keepers.values():
            keeper.know(ids)

    async def let_go(self) -> None:
        """End all lanes, each with its step in hand finished."""
        keepers, self.keepers = self.keepers, {}
        await asyncio.gather(*(keeper.stop() for keeper in keepers.values()))

    async def take(self, batch: Batch) -> None:
        """Hand a batch to its lane, if that is ours and ready."""
        keeper = self.keepers.get(batch.partition)
        if keeper is not None:
            await keeper.take(batch)

    def tick(self) -> None:
        """Let every lane look at the clock; a step of the host's is told, not followed."""
        step = self.clock.stepped()
        self.rulebook.raise_failure()
        if step is not None:
            log.warning("clock.stepped", by=str(step), followed=False)
        for keeper in self.keepers.values():
            keeper.wake()

    def watch(self) -> None:
        """Tell how all lanes are. Raises `Stalled` where one stands still."""
        now, settings = self.clock.now(), self.settings
        looks = {
            partition: lane.look() if (lane := keeper.owner.lane) is not None else None
            for partition, keeper in self.keepers.items()
        }
        self.watchdog.watch(looks, now)
        allowance = settings.late_allowance if settings.clock == "wall" else None
        lanes = (
            lane_health(
                each,
                look,
                self.watchdog.since(each, now) if look else self._taken_over,
                now,
                allowance,
                self.keepers[each].owner.flood.fired,
            )
            for each, look in sorted(looks.items())
        )
        counts = total(keeper.owner.counts for keeper in self.keepers.values())
        self.health.write("running" if self.app.generation > 0 else "starting", now, lanes, counts)

    def _lane(self, partition: int) -> Any:
        settings = self.settings
        timing = Timing(
            settings.clock == "wall", settings.late_allowance, _idle_after(settings), settings.history_until
        )
        limits = Limits(largest=settings.max_event_bytes, future_skew=settings.future_skew)
        editions = self.rulebook.editions
        place = Place(partition, settings.partitions, editions)

        def make(rows: Rows, row: LaneRow | None) -> Lane:
            rules = editions.of(row.edition if row else FIRST).rules
            customers = Customers(
                rules,
                rows.get,
                names=lambda: (key.decode() for key, _ in rows.items() if not is_lane_key(key)),
                belongs=belongs_to(partition, settings.partitions, settings.partitioner),
                largest=settings.max_row_bytes,
                kept=KEPT_ROWS,
            )
            own = ((key, raw) for key, raw in rows.items() if not is_lane_key(key))
            after = row.left_to_judge(rules.version) if row else None
            customers.load(own, row.clock if row else DAWN, after, row.outages if row else ())
            return Lane(place, (*FACTS, *ASIDES), customers, timing=timing, limits=limits, row=row)

        return make


def _idle_after(settings: Settings) -> timedelta:
    """On the wall clock an input that is caught up holds back nobody; on the event clock only after a while."""
    return settings.idle_after if settings.clock == "event" else timedelta(0)


def _wire(detection: Detection) -> None:
    app: BatchApp = detection.app
    inputs = app.inputs(*detection.names, partitions=detection.settings.partitions, together=True)

    @app.agent(inputs, name="observe")
    async def observe(stream: Any) -> None:
        async for batches in stream:
            for batch in batches:
                await detection.take(batch)

    async def tick() -> None:
        if not app.rebalancing:
            detection.tick()

    async def let_go(*sender: Any, **options: Any) -> None:
        await detection.let_go()

    async def watch() -> None:
        detection.watch()

    async def stop(*sender: Any, **options: Any) -> None:
        detection.watchdog.rest()
        await detection.let_go()
        await detection.rulebook.stop()
        detection.health.remove()

    app.timer(interval=TICK.total_seconds())(tick)
    app.timer(interval=EVERY.total_seconds())(watch)
    app.timer(interval=LOOK.total_seconds())(detection.look_at_topics)
    app.on_partitions_revoked.connect(let_go)
    app.on_before_shutdown.connect(stop)
