"""What Faust's consumer is to the keepers of lanes: answers in batches from positions of its own, and odd ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from agents.transport import Batch
from tests.simulation.broker import Broker, Place
from tests.simulation.network import Network


class SimulatedConsumer:
    """Stands where the app stands. `odd` is how often it answers as it should not, but may."""

    def __init__(
        self, broker: Broker, network: Network, random: Random, now: Callable[[], datetime], odd: float
    ) -> None:
        self.positions: dict[Place, int] = {}
        self.odd = odd
        self.rejoin: Callable[[], None] = lambda: None
        self.crashed: Callable[[Exception], None] = lambda _: None
        self._broker = broker
        self._network = network
        self._random = random
        self._now = now
        self._paused: set[Place] = set()
        self._before: list[Batch] = []

    def assign(self, positions: dict[Place, int]) -> None:
        """Read these, and nothing else, from these positions on."""
        self.positions = dict(positions)
        self._paused.clear()

    async def crash(self, error: Exception) -> None:
        self.crashed(error)

    async def seek(self, topic: str, partition: int, position: int) -> None:
        await self._network.call("seek", lambda: None)
        if (topic, partition) in self.positions:
            self.positions[topic, partition] = position

    async def log_start(self, topic: str, partition: int) -> int:
        return await self._network.call("log start", lambda: self._broker.logs[topic, partition].start)

    async def log_end(self, topic: str, partition: int) -> int:
        return await self._network.call("log end", lambda: self._broker.stable_end((topic, partition)))

    def pause(self, topic: str, partition: int) -> None:
        self._paused.add((topic, partition))

    def resume(self, topic: str, partition: int) -> None:
        self._paused.discard((topic, partition))

    async def poll(self) -> list[Batch]:
        """Ask for some of the partitions; what comes may have been asked for before a seek."""
        random = self._random
        places = [place for place in self.positions if place not in self._paused and random.random() < 0.7]
        random.shuffle(places)
        asked = self._now()
        wanted = [(place, self.positions[place]) for place in places]
        answers = await self._network.call("fetch", lambda: [self._batch(*each, asked) for each in wanted])
        for (place, position), batch in zip(wanted, answers, strict=True):
            if self.positions.get(place) == position:
                self.positions[place] = batch.next
        return [each for batch in answers for each in self._distorted(batch)]

    def _batch(self, place: Place, position: int, asked: datetime) -> Batch:
        log = self._broker.logs[place]
        end = self._broker.stable_end(place)
        start = max(position, log.start)
        records, following = log.read(start, self._random.choice((0, 1, 2, 5, 100)))
        return Batch(*place, start, records, following, end, asked)

    def _distorted(self, batch: Batch) -> list[Batch]:
        """The batch; or twice, or never, or an old one before it; or torn by a seek, or before the place is lost."""
        place = batch.topic, batch.partition
        self._before = [*self._before[-8:], batch]
        if self._random.random() >= self.odd or place not in self.positions:
            return [batch]
        match self._random.choice(("twice", "never", "old", "torn", "lost")):
            case "twice":
                return [batch, batch]
            case "never":
                return []
            case "old":
                return [self._random.choice(self._before), batch]
            case "torn":
                position = self._random.choice((batch.start, self._random.randint(0, batch.end)))
                self.positions[place] = position
                return [batch._replace(start=position, next=position)]
            case _:
                self.positions[place] = self._random.randint(0, batch.end)
                return [batch]
