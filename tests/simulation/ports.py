"""The ports of an owner over the broker in memory: its producer, and rows that survive a crash on a local disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from agents.owner import Row
from monitor.engine.fetched import RawRecord
from monitor.engine.outputs import Output
from tests.simulation.broker import NEVER, Broker
from tests.simulation.network import Network


class SimulatedProducer:
    """One lane's transactions. `stamp` tells the broker's milliseconds."""

    def __init__(
        self, broker: Broker, network: Network, stamp: Callable[[], int], name: str, partition: int
    ) -> None:
        self.name = name
        self.epoch = NEVER
        self._broker = broker
        self._network = network
        self._stamp = stamp
        self._partition = partition

    async def start(self) -> None:
        """Settle what earlier owners left open, and fence them."""
        self.epoch = await self._network.call("init", lambda: self._broker.init(self.name))

    async def begin(self) -> None:
        """Nothing: the broker learns of a transaction with its first write."""

    async def write(self, topic: str, records: Sequence[Output]) -> int:
        place = topic, self._partition
        return await self._network.call(
            f"write {topic}",
            lambda: self._broker.write(
                self.name, self.epoch, place, [self._record(each) for each in records]
            ),
        )

    async def commit(self, applied: Mapping[str, int]) -> None:
        positions = {(name, self._partition): position for name, position in applied.items()}
        await self._network.call("commit", lambda: self._broker.commit(self.name, self.epoch, positions))

    async def close(self) -> None:
        """Nothing: what is left open waits for the next owner, or for the broker's patience."""

    def _record(self, output: Output) -> RawRecord:
        return RawRecord(0, self._stamp(), output.key, output.value, output.headers)


class DiskRows:
    """One partition's rows on a disk that outlives its process, complete up to `offset` of the changelog."""

    def __init__(self) -> None:
        self.offset = -1
        self.network: Network | None = None
        self._rows: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def items(self) -> Iterable[Row]:
        return self._rows.items()

    def put(self, rows: Sequence[Row], offset: int) -> None:
        self.apply(rows, offset)

    def apply(self, changes: Iterable[tuple[bytes, bytes | None]], offset: int) -> None:
        """Write rows, then the offset; the process may die before, between and after."""
        self._point("store")
        for key, value in changes:
            if value is not None:
                self._rows[key] = value
        self._point("store's offset")
        self.offset = offset
        self._point("stored")

    def _point(self, name: str) -> None:
        if self.network is not None:
            self.network.pass_point(name)
