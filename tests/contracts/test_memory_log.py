"""The contract of the log, in memory: the simulation's broker is as the real one where the protocol rests on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

import pytest

from monitor.engine.fetched import RawRecord
from monitor.engine.outputs import WARNINGS
from tests.contracts.logs import Log, LogContract, Read, write
from tests.simulation.broker import TRANSACTION_TIMEOUT, Broker, BrokerError
from tests.simulation.network import Network
from tests.simulation.ports import SimulatedProducer

T = TypeVar("T")

LITTLE = timedelta(milliseconds=1)


class Direct:
    """A network on which nothing takes time or goes wrong."""

    async def call(self, what: str, effect: Callable[[], T]) -> T:
        return effect()


class MemoryLog:
    """The port over the broker in memory; markers wait until they are asked for."""

    refusal: type[Exception] = BrokerError

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.broker = Broker(lambda: self._now, self.waiting.append)
        self._now = 0.0

    async def writer(self, name: str = "a") -> SimulatedProducer:
        network: Any = Direct()
        writer = SimulatedProducer(self.broker, cast("Network", network), lambda: 0, name, 0)
        await writer.start()
        return writer

    async def tell(self, *keys: str, value: bytes | None = b"x") -> None:
        self.broker.produce((WARNINGS, 0), [RawRecord(0, 0, key.encode(), value) for key in keys])

    async def read(self, start: int = 0, *, topic: str = WARNINGS, committed: bool = True) -> Read:
        self.broker.stable_end((topic, 0))
        records, following = self.broker.logs[topic, 0].read(start, 1000, committed=committed)
        return Read({record.offset: (record.key or b"").decode() for record in records}, following)

    async def bounds(self) -> tuple[int, int]:
        return self.broker.logs[WARNINGS, 0].start, self.broker.stable_end((WARNINGS, 0))

    async def applied(self, name: str = "a") -> int:
        return self.broker.applied.get(("orders", 0), 0)

    async def settled(self) -> None:
        for action in self.waiting:
            action()

    async def out_of_patience(self) -> None:
        self._now += (TRANSACTION_TIMEOUT + LITTLE).total_seconds()

    async def forgotten(self) -> None:
        for name in ("a", "b"):
            self.broker.forget(name)

    async def compacted(self) -> None:
        self.broker.logs[WARNINGS, 0].compact(tombstones=True)

    async def retained_from(self, offset: int) -> None:
        self.broker.logs[WARNINGS, 0].start = offset


class TestMemoryLog(LogContract):
    @pytest.fixture
    def log(self) -> Log:
        return MemoryLog()

    async def test_a_commit_shows_when_its_marker_is_written(self) -> None:
        log = MemoryLog()
        writer = await log.writer()
        await write(writer, "ada")
        await writer.commit({"orders": 7})
        assert (await log.read(), await log.applied()) == (({}, 0), 0)
        await log.settled()
        assert (await log.read(), await log.applied()) == (({0: "ada"}, 2), 7)

    async def test_nothing_can_be_committed_twice(self) -> None:
        log = MemoryLog()
        writer = await log.writer()
        await write(writer, "ada")
        await writer.commit({"orders": 1})
        with pytest.raises(BrokerError):
            await writer.commit({})
