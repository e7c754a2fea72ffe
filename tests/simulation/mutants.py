"""Workers that break one law of the commit protocol each: the simulation has to notice every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from agents.owner import CHANGELOG, Owner, Row, Rows, by_topic
from agents.table import MemoryRows
from monitor.domain.state import from_bytes, to_bytes
from monitor.engine.fetched import DAWN, Fetched
from monitor.engine.merge import Connection
from monitor.engine.outputs import WARNINGS, Output, outputs
from monitor.engine.step import LaneRow, Step, is_lane_key
from tests.simulation.broker import BrokerError
from tests.simulation.ports import DiskRows, SimulatedProducer
from tests.simulation.worker import LONGEST_LETTER, WatchedLane, Worker


class StoreFirst(Worker):
    """Writes the local store before the commit is known."""

    class owner(Owner):  # noqa: N801  the worker's own way of naming it
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            assert self._rows is not None
            end = len(self._producer._broker.logs[CHANGELOG, self.partition].entries)  # type: ignore[attr-defined]  # noqa: SLF001
            self._rows.put(rows, end + len(rows) - 1)
            return await super()._transact(step, rows)


class GoesOn(Worker):
    """Goes on with its lane after a step whose commit is not known."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            with suppress(BrokerError):
                return await super()._transact(step, rows)
            return 0


class TriesAgain(Worker):
    """Takes a commit without an answer for one that failed, and does it again."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            with suppress(BrokerError):
                return await super()._transact(step, rows)
            return await super()._transact(step, rows)


class TellsApart(Worker):
    """Commits warnings in one transaction, and state and positions in the next."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            told = by_topic(outputs(step, longest=LONGEST_LETTER))
            await self._producer.begin()
            if WARNINGS in told:
                await self._producer.write(WARNINGS, told.pop(WARNINGS))
                await self._producer.commit({})
            offset = await self._producer.write(CHANGELOG, [Output(CHANGELOG, *row) for row in rows])
            for topic, records in told.items():
                await self._producer.write(topic, records)
            await self._producer.commit(step.lane.applied)
            return offset


class FencesNobody(Worker):
    """Has a transactional id of its own in each life, so that no earlier owner is fenced."""

    def producer(self, partition: int) -> SimulatedProducer:
        producer = super().producer(partition)
        producer.name += f"-{self.process.name}-{self.world.loop.time()}"
        return producer


class FencesLate(Worker):
    """Recovers first, and makes its producers then."""

    _early: dict[int, Rows]

    async def take_over(self, partitions: tuple[int, ...]) -> None:
        self._early = {lane: await super(FencesLate, self).recovered(lane) for lane in partitions}
        await super().take_over(partitions)

    async def recovered(self, partition: int) -> Rows:
        return self._early[partition]


class RecoversUncommitted(Worker):
    """Recovers rows out of transactions that never were."""

    async def recovered(self, partition: int) -> Rows:
        return await self.recover_rows(self.rows(partition), partition, committed=False)


class BelievesTheGroup(Worker):
    """Goes on from the group's positions, as they are told before the lane is fenced."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._told: Mapping[tuple[str, int], int] = {}

    async def take_over(self, partitions: tuple[int, ...]) -> None:
        broker = self.world.broker
        places = [place for place in broker.logs if place[1] in partitions]
        self._told = {place: broker.unsettled(place) for place in places}
        await super().take_over(partitions)

    def make_lane(
        self, producer: SimulatedProducer, partition: int, rows: Rows, row: LaneRow | None
    ) -> WatchedLane:
        if row is not None:
            told = {name: self._told.get((name, partition), 0) for name in row.applied}
            row = msgspec.structs.replace(row, applied=told)
        return super().make_lane(producer, partition, rows, row)


class TakesAnything(Worker):
    """Takes every batch for the next one."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        accept = lane.accept

        def take(fetched: Fetched, now: datetime) -> Connection:
            return accept(fetched._replace(start=lane.fetched[fetched.input]), now)

        lane.accept = take  # type: ignore[method-assign]
        return lane


class OffsetFirst(Worker):
    """Writes the store's offset before its rows."""

    class Disk(DiskRows):
        def put(self, rows: Sequence[Row], offset: int) -> None:
            self.offset = offset
            super().put(rows, offset)

    def rows(self, partition: int) -> Any:
        self.world.disks.setdefault((self.process.name, partition), self.Disk())
        return super().rows(partition)


class KeepsItsBuffers(Worker):
    """Commits the positions that were fetched, not those that were applied."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        row = lane._row  # noqa: SLF001

        def fetched() -> LaneRow:
            return msgspec.structs.replace(row(), applied=lane.fetched)

        lane._row = fetched  # type: ignore[method-assign]  # noqa: SLF001
        return lane


class ForgetsWhatTimeItIs(Worker):
    """Begins every life of a lane at the dawn of time."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        lane.clock = DAWN
        return lane


class LooksOnce(Worker):
    """Takes new rules for judged by once a step was made under them."""

    def make_lane(
        self, producer: SimulatedProducer, partition: int, rows: Rows, row: LaneRow | None
    ) -> WatchedLane:
        row = msgspec.structs.replace(row, unjudged=False) if row is not None else None
        return super().make_lane(producer, partition, rows, row)


class WaitsForNoProfiles(Worker):
    """Applies facts before it has read the profiles."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        lane._bound = lambda now: lane._inputs.bound(now, lane._timing.idle_after)  # type: ignore[method-assign]  # noqa: SLF001
        return lane


class TellsNoSteps(Worker):
    """Leaves out the record of a step that told nothing."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            if step.transitions or step.changed:
                return await super()._transact(step, rows)
            await self._producer.begin()
            offset = await self._producer.write(CHANGELOG, [Output(CHANGELOG, *row) for row in rows])
            await self._producer.commit(step.lane.applied)
            return offset


class SendsTwice(Worker):
    """Puts some warnings on their topic twice, in one transaction."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            told = by_topic(outputs(step, longest=LONGEST_LETTER))
            await self._producer.begin()
            offset = await self._producer.write(CHANGELOG, [Output(CHANGELOG, *row) for row in rows])
            for topic, records in told.items():
                await self._producer.write(topic, records * (2 if topic == WARNINGS else 1))
            await self._producer.commit(step.lane.applied)
            return offset


class SkipsDeadlines(Worker):
    """Lets every third deadline pass without looking at the customer."""

    def make_lane(self, *given: Any) -> WatchedLane:
        lane = super().make_lane(*given)
        customers, numbers = lane.customers, count(1)
        fire = customers.fire

        def sometimes() -> None:
            if next(numbers) % 3:
                fire()
            else:
                customers.deadlines.pop()

        vars(customers)["fire"] = sometimes
        return lane


class CommitsFirst(Worker):
    """Commits the lane's row, and with it the positions, in a transaction before that of all that follows from them."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            await self._producer.begin()
            await self._producer.write(CHANGELOG, [Output(CHANGELOG, *rows[-1])])
            await self._producer.commit(step.lane.applied)
            return await super()._transact(step, rows)


class BeginsAnew(Worker):
    """Has its producer begin anew where the broker knows it no more, and goes on with its lane."""

    class owner(Owner):  # noqa: N801
        async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
            with suppress(BrokerError):
                return await super()._transact(step, rows)
            await cast("SimulatedProducer", self._producer).start()
            return await super()._transact(step, rows)


class CountsRecords(Worker):
    """Takes the number of records for the way that the position has come."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        accept = lane.accept

        def take(fetched: Fetched, now: datetime) -> Connection:
            came = fetched.start + len(fetched.records)
            return accept(fetched._replace(next=came) if fetched.records else fetched, now)

        lane.accept = take  # type: ignore[method-assign]
        return lane


class SkipsToTheEnd(Worker):
    """Goes on from the end of a log of which retention has passed its position."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        skip_to, logs = lane.skip_to, self.world.broker.logs

        def skip(name: str, position: int) -> int:
            return skip_to(name, max(position, logs[name, lane.place.partition].stable_end))

        lane.skip_to = skip  # type: ignore[method-assign]
        return lane


class LosesInSilence(Worker):
    """Goes on behind what retention took, and tells nobody that it is lost."""

    def make_lane(self, *args: Any) -> WatchedLane:
        lane = super().make_lane(*args)
        skip_to = lane.skip_to

        def skip(name: str, position: int) -> int:
            skip_to(name, position)
            lane.lost.clear()
            return 0

        lane.skip_to = skip  # type: ignore[method-assign]
        return lane


class ForgivesOnTakeover(Worker):
    """Forgets with each takeover which rules are off for a customer because they raised."""

    def make_lane(
        self, producer: SimulatedProducer, partition: int, rows: Rows, row: LaneRow | None
    ) -> WatchedLane:
        forgiven = MemoryRows()
        forgiven.put([(key, _with_all_on(key, raw)) for key, raw in rows.items()], 0)
        return super().make_lane(producer, partition, forgiven, row)


def _with_all_on(key: bytes, raw: bytes) -> bytes:
    return raw if is_lane_key(key) else to_bytes(replace(from_bytes(raw), off=()))


MUTANTS = (
    CommitsFirst,
    BeginsAnew,
    CountsRecords,
    SkipsToTheEnd,
    LosesInSilence,
    ForgivesOnTakeover,
    SendsTwice,
    SkipsDeadlines,
    StoreFirst,
    GoesOn,
    TriesAgain,
    TellsApart,
    FencesNobody,
    FencesLate,
    RecoversUncommitted,
    BelievesTheGroup,
    TakesAnything,
    OffsetFirst,
    KeepsItsBuffers,
    ForgetsWhatTimeItIs,
    LooksOnce,
    WaitsForNoProfiles,
    TellsNoSteps,
)

PLANTED = [pytest.param(each, marks=[pytest.mark.slow] if each is OffsetFirst else []) for each in MUTANTS]
"""The same for tests; one harm is so seldom that it takes many worlds to meet it."""
