"""A simulated world from beginning to end: a storm of faults, then calm, in which everything must come to its end."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from structlog.testing import capture_logs

from agents import keeper as keepers
from agents.owner import CHANGELOG
from monitor.engine import lane as lanes
from monitor.engine.editions import Edition
from monitor.engine.fetched import COMMANDS
from tests.simulation.broker import Broker, Place
from tests.simulation.group import Group
from tests.simulation.loop import Process, VirtualLoop
from tests.simulation.network import Fates, Network
from tests.simulation.partition import Epoch
from tests.simulation.ports import DiskRows
from tests.simulation.scenario import EVERY, NAMES, Chance, Lost, Scenario
from tests.simulation.streams import Sent, last_moment, sent
from tests.simulation.worker import DEPLOYED, Surroundings, Worker

PATIENCE = 240.0
"""Virtual seconds of calm within which all must be applied."""

AFTERWARDS = 16.0
"""Virtual seconds that the world goes on then, so that whoever was paused shows what they do."""


class End(NamedTuple):
    """A world at its end, for the oracle."""

    given: Scenario
    broker: Broker
    disks: dict[tuple[str, int], DiskRows]
    lost: dict[tuple[str, Epoch], list[Lost]]
    workers: list[Worker]
    story: list[str]
    failures: list[str]


def run(given: Scenario, *, fates: Fates | None = None, worker: type[Worker] = Worker) -> End:
    """The world of a scenario, run to its end; `fates` in place of those that its seed draws."""
    world = _World(given, fates, worker)
    crowded, eased = given.crowded, given.crowded // 3
    with (
        capture_logs(),
        patch.multiple(keepers, CROWDED=crowded, EASED=eased),
        patch.multiple(lanes, MOST_RECORDS=given.most, MOST_DEADLINES=given.most, SLICE=min(given.most, 4)),
    ):
        return world.run()


class _World:
    def __init__(self, given: Scenario, fates: Fates | None, worker: type[Worker]) -> None:
        self.given = given
        self.random = Random(given.seed)  # noqa: S311  to be repeated, not to be secret
        self.loop = VirtualLoop()  # type: ignore[abstract]  # sockets and the like are never asked for
        self.fates = fates or Chance(self.random, given.strikes)
        self.network = Network(self.loop, self.random, self.fates, given.slow)
        self.network.died = self.restart
        self.broker = Broker(self.loop.time, self.later)
        self.group = Group(self.loop, self.random, given.lanes)
        self.shared = Surroundings(
            given, self.loop, self.network, self.broker, self.random, self.group, {}, {}, []
        )
        self.make_worker = worker
        self.workers: list[Worker] = []

    def run(self) -> End:
        self.send(sent(self.given, self.random))
        for number in range(self.given.workers):
            self.begin(f"w{number}")
        for published in self.given.editions:
            self.loop.outside(published.at, self.publish, published.edition)
        self.loop.outside(1.0, self.each_second)
        self.loop.run(self.given.lasts)
        self.calm()
        while (late := self.missing()) and self.loop.time() < self.given.lasts + PATIENCE:
            self.loop.run(self.loop.time() + 1)
        stuck = [f"not applied after {PATIENCE} s of calm: {late}"] if late else []
        self.loop.run(self.loop.time() + AFTERWARDS)
        self.loop.end()
        story = sorted([*self.network.story, *self.group.story])
        failures = [*stuck, *self.loop.failures]
        living = [worker for worker in self.workers if worker.process.alive]
        return End(self.given, self.broker, self.shared.disks, self.shared.lost, living, story, failures)

    def begin(self, name: str) -> None:
        worker = self.make_worker(self.shared, name)
        self.workers.append(worker)
        worker.start()

    def restart(self, process: Process) -> None:
        """Whoever dies comes back after a while, with nothing but its disk."""
        self.loop.outside(self.random.uniform(0.5, 10), self.begin, process.name)

    def publish(self, edition: Edition) -> None:
        """An edition stands in its topic; who lives hears of it in a while, who comes later reads it at once."""
        self.shared.published.append(edition)
        for worker in self.workers:
            if worker.process.alive:
                self.loop.outside(self.network.latency(), self.hear, worker)

    def hear(self, worker: Worker) -> None:
        for edition in self.shared.published:
            if edition.number > worker.editions.newest:
                worker.editions.add(edition)

    def later(self, action: Callable[[], None]) -> None:
        self.loop.outside(self.random.expovariate(1 / 0.05), action)

    def send(self, batches: list[Sent]) -> None:
        for batch in batches:
            if self.given.preloaded:
                self.arrives(batch)
            else:
                self.loop.outside(batch.at, self.arrives, batch)

    def arrives(self, batch: Sent) -> None:
        """Records reach their log; those in a producer's transaction count only if that is committed."""
        if batch.outcome is None:
            self.broker.produce(batch.place, batch.records)
            return
        name = f"{batch.place}"
        epoch = self.broker.init(name)
        self.broker.write(name, epoch, batch.place, batch.records)
        if batch.outcome:
            self.broker.commit(name, epoch, {})
        if self.given.preloaded:
            self.broker.init(name)

    def each_second(self) -> None:
        """What goes on in the world by itself."""
        given, random = self.given, self.random
        self.group.look()
        self.loop.outside(1.0, self.each_second)
        if self.loop.time() >= given.lasts:
            return
        if random.random() < given.rebalances:
            self.group.turn += 1
            self.group.rebalance("the world turns")
        if given.later and random.random() < 0.2 and self.loop.time() > DEPLOYED:
            self.network.kill(random.choice(self.workers).process)
        if random.random() < given.forgets:
            self.broker.forget(f"app-{random.randrange(given.lanes)}")
        if given.compacts and random.random() < 0.2:
            for lane in range(given.lanes):
                self.broker.logs[CHANGELOG, lane].compact()
        if given.loses and random.random() < 0.05:
            log = self.broker.logs[random.choice((*NAMES, COMMANDS)), random.randrange(given.lanes)]
            log.start = random.randint(log.start, log.stable_end)

    def calm(self) -> None:
        """The storm is over: nothing goes wrong any more, the paused wake up, the last moment is told."""
        if isinstance(self.fates, Chance):
            self.fates.raging = False
        for worker in self.workers:
            worker.consumer.odd = 0.0
            if worker.process.paused:
                self.loop.outside(self.random.uniform(0, 10), self.loop.resume, worker.process)
        for lane in range(self.given.lanes):
            self.arrives(last_moment(lane, self.given.lasts))

    def missing(self) -> dict[Place, tuple[int, int]]:
        """The inputs that are not applied to their end: how far they are, and how far they should be."""
        places = [(name, lane) for name in EVERY for lane in range(self.given.lanes)]
        ends = {place: self._last(place) for place in places}
        applied = self.broker.applied
        return {
            place: (applied.get(place, 0), end) for place, end in ends.items() if applied.get(place, 0) < end
        }

    def _last(self, place: Place) -> int:
        """The position after the last record that counts and is still there."""
        log = self.broker.logs[place]
        return next(
            (
                at + 1
                for at in range(log.stable_end - 1, log.start - 1, -1)
                if (e := log.entries[at]) and e.counts
            ),
            0,
        )
