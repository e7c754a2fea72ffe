"""A worker process of the simulation: the real owners, keepers and lanes, driven as the Faust worker drives them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, NamedTuple, cast

from agents.keeper import Keeper
from agents.owner import CHANGELOG, Owner, Rows
from agents.table import MemoryRows
from agents.transport import BatchApp
from monitor.adapters.partitioners import belongs_to
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import FIRST, Edition, Editions
from monitor.engine.fetched import ASIDES, DAWN
from monitor.engine.lane import Lane, Place
from monitor.engine.step import LaneRow, is_lane_key
from tests.simulation.broker import Broker, BrokerError
from tests.simulation.consumer import SimulatedConsumer
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.network import Network
from tests.simulation.partition import Epoch
from tests.simulation.ports import DiskRows, SimulatedProducer
from tests.simulation.scenario import BEGIN, EVERY, NAMES, Lost, Scenario

if TYPE_CHECKING:
    from tests.simulation.group import Group

LONGEST_LETTER = 10_000
HEARTBEAT = 0.7
TICK = 0.6
DEPLOYED = 12.0
"""When the rules change, where a scenario has later ones: for every process that starts afterwards."""


class Surroundings(NamedTuple):
    """What all workers of one world share."""

    given: Scenario
    loop: VirtualLoop
    network: Network
    broker: Broker
    random: Random
    group: Group
    disks: dict[tuple[str, int], DiskRows]
    lost: dict[tuple[str, Epoch], list[Lost]]
    published: list[Edition]


class WatchedLane(Lane):
    """A lane that remembers what it was told is lost."""

    lost: list[Lost]

    def skip_to(self, name: str, position: int) -> int:
        self.lost.append(Lost(self.place.partition, name, self.fetched[name], position))
        return super().skip_to(name, position)


def make_lane(
    given: Scenario, editions: Editions, partition: int, rows: Rows, row: LaneRow | None
) -> WatchedLane:
    """A lane over recovered rows, made as the worker makes it."""
    rules = editions.of(row.edition if row else FIRST).rules
    customers = Customers(
        rules,
        rows.get,
        names=lambda: (key.decode() for key, _ in rows.items() if not is_lane_key(key)),
        belongs=belongs_to(partition, given.lanes, "murmur2"),
        kept=given.kept,
    )
    own = ((key, raw) for key, raw in rows.items() if not is_lane_key(key))
    after = row.left_to_judge(rules.version) if row else None
    customers.load(own, row.clock if row else DAWN, after, row.outages if row else ())
    place = Place(partition, given.lanes, editions)
    return WatchedLane(place, (*NAMES, *ASIDES), customers, timing=given.timing, limits=Limits(), row=row)


class Worker:
    """One process: its consumer, and a keeper for each lane that the group gave it."""

    owner: type[Owner] = Owner

    def __init__(self, world: Surroundings, name: str) -> None:
        self.process = Process(name)
        self.keepers: dict[int, Keeper] = {}
        self.world = world
        self._skew = timedelta(seconds=world.random.uniform(-1, 1) * world.given.skew)
        later = world.given.later if world.loop.time() > DEPLOYED else None
        self.editions = Editions(later or world.given.rules, world.published)
        self._generation = 0
        self._wanted: tuple[int, ...] = ()
        self._news = asyncio.Event()
        self.consumer = SimulatedConsumer(
            world.broker, world.network, world.random, self.now, world.given.odd_answers
        )
        self.consumer.rejoin = lambda: world.group.rebalance(f"{name} asks")
        self.consumer.crashed = self.crashed

    def start(self) -> None:
        """Begin to work; lanes come when the group gives them."""
        for work in (self._work(), self._read(), self._beat()):
            self.world.loop.spawn(self.process, work)

    def now(self) -> datetime:
        """The wall time, as this machine has it."""
        return BEGIN + timedelta(seconds=self.world.loop.time()) + self._skew

    def stamp(self) -> int:
        """Milliseconds, as the broker has them."""
        return round((BEGIN.timestamp() + self.world.loop.time()) * 1000)

    def assigned(self, generation: int, partitions: tuple[int, ...]) -> None:
        """The group's word: these lanes are ours from this generation on. An older word that comes late is void."""
        if generation < self._generation:
            return
        self._generation, self._wanted = generation, partitions
        self._news.set()

    def crashed(self, error: BaseException) -> None:
        """The process can't go on. What is not the broker's fault is ours."""
        if not isinstance(error, BrokerError):
            self.world.loop.failures.append(f"{self.process.name} crashed: {error!r}")
        self.world.network.kill(self.process)

    async def take_over(self, partitions: tuple[int, ...]) -> None:
        """Let go of all lanes; fence and settle whoever had ours; recover, and go on from the lane rows."""
        self.consumer.assign({})
        keepers, self.keepers = self.keepers, {}
        await asyncio.gather(*(keeper.stop() for keeper in keepers.values()))
        for partition in partitions:
            producer = self.producer(partition)
            await producer.start()
            self.keepers[partition] = self._keeper(partition, producer)
        for partition, keeper in self.keepers.items():
            rows = await self.recovered(partition)
            keeper.owner.recover(rows)
            keeper.start()
        self.consumer.assign(self.positions())

    def producer(self, partition: int) -> SimulatedProducer:
        """A producer of this lane's transactional id, whoever runs the lane."""
        world = self.world
        return SimulatedProducer(world.broker, world.network, self.stamp, f"app-{partition}", partition)

    def positions(self) -> dict[tuple[str, int], int]:
        return {place: at for keeper in self.keepers.values() for place, at in keeper.positions().items()}

    def rows(self, partition: int) -> MemoryRows | DiskRows:
        """The rows from before, where they are on a disk."""
        if not self.world.given.on_disk:
            return MemoryRows()
        disk = self.world.disks.setdefault((self.process.name, partition), DiskRows())
        disk.network = self.world.network
        return disk

    async def recovered(self, partition: int) -> Rows:
        """The rows, brought up to the end that the changelog had when this was asked."""
        return await self.recover_rows(self.rows(partition), partition, committed=True)

    async def recover_rows(self, rows: MemoryRows | DiskRows, partition: int, *, committed: bool) -> Rows:
        broker, network = self.world.broker, self.world.network
        place = CHANGELOG, partition
        log = broker.logs[place]
        end = await network.call("end", lambda: broker.stable_end(place) if committed else len(log.entries))
        at = rows.offset + 1 if isinstance(rows, DiskRows) else 0
        while at < end:
            most = self.world.random.choice((3, 20, 500))
            records, at = await network.call("recover", self._reading(partition, at, most, committed))
            rows.apply([(record.key or b"", record.value) for record in records], at - 1)
        return rows

    def make_lane(
        self, producer: SimulatedProducer, partition: int, rows: Rows, row: LaneRow | None
    ) -> WatchedLane:
        lane = make_lane(self.world.given, self.editions, partition, rows, row)
        lane.lost = self.world.lost.setdefault((producer.name, producer.epoch), [])
        return lane

    def _reading(self, partition: int, at: int, most: int, committed: bool) -> Callable[[], tuple[list, int]]:  # type: ignore[type-arg]
        return lambda: self.world.broker.logs[CHANGELOG, partition].read(at, most, committed=committed)

    def _keeper(self, partition: int, producer: SimulatedProducer) -> Keeper:
        make = partial(self.make_lane, producer, partition)
        owner = self.owner(partition, producer, make, longest_letter=LONGEST_LETTER)
        app = cast("BatchApp", self.consumer)
        return Keeper(owner, app, {name: name for name in EVERY}, self.now)

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.take_over(self._wanted)
            except BrokerError as error:
                self.crashed(error)
                return

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(self.world.random.uniform(0.1, TICK))
            if not self.consumer.positions:
                continue
            for keeper in self.keepers.values():
                keeper.wake()
            try:
                for batch in await self.consumer.poll():
                    if batch.partition in self.keepers:
                        await self.keepers[batch.partition].take(batch)
            except BrokerError:
                continue

    async def _beat(self) -> None:
        while True:
            self.world.group.heard(self)
            await asyncio.sleep(HEARTBEAT)
