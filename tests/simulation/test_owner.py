"""An owner at its first doubt: whatever cuts a step short ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from agents.owner import Lost, Owner, Row
from agents.table import MemoryRows
from monitor.engine.editions import Editions
from monitor.engine.fetched import ASIDES, CLOCK, Fetched
from monitor.engine.outputs import Output
from tests.simulation.scenario import BEGIN, END, NAMES, RULES, Scenario
from tests.simulation.streams import milliseconds, passed
from tests.simulation.worker import make_lane


class Ledger:
    """A producer that commits when it is told to, and then perhaps fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.committed = 0
        self.begun = 0
        self.closed = False
        self.go = asyncio.Event()
        self.reached = asyncio.Event()
        self._fails = fails

    async def begin(self) -> None:
        self.begun += 1

    async def write(self, topic: str, records: Sequence[Output]) -> int:
        return 0

    async def commit(self, applied: Mapping[str, int]) -> None:
        self.reached.set()
        await self.go.wait()
        if self._fails:
            raise OSError("no answer")
        self.committed += 1

    async def close(self) -> None:
        self.closed = True


class FullDisk(MemoryRows):
    def put(self, rows: Sequence[Row], offset: int) -> None:
        raise OSError("no space left")


def owner(ledger: Ledger, rows: MemoryRows | None = None) -> Owner:
    """An owner that has one step to make."""
    made = Owner(
        0,
        ledger,
        lambda rows, row: make_lane(Scenario(1), Editions(RULES[0]), 0, rows, row),
        longest_letter=1000,
    )
    made.recover(rows or MemoryRows())
    for name in (*NAMES, *ASIDES):
        made.take(Fetched(name, 0, (), 0, 0, BEGIN), BEGIN)
    made.take(Fetched(CLOCK, 0, [passed(END, milliseconds(BEGIN))], 1, 1, BEGIN), BEGIN)
    for name in (*NAMES, *ASIDES):
        made.take(Fetched(name, 0, (), 0, 0, END), END)
    return made


async def advance(made: Owner) -> None:
    await made.advance(lambda: END)


async def test_a_commit_that_is_not_known_ends_the_owner() -> None:
    ledger = Ledger(fails=True)
    made = owner(ledger)
    ledger.go.set()
    with pytest.raises(Lost):
        await advance(made)
    await advance(made)
    assert (made.lane, ledger.begun) == (None, 1)


async def test_a_step_that_is_cancelled_ends_the_owner() -> None:
    ledger = Ledger()
    made = owner(ledger)
    task = asyncio.create_task(advance(made))
    await ledger.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await advance(made)
    assert (made.lane, ledger.begun) == (None, 1)


async def test_a_store_that_cannot_be_written_ends_the_owner() -> None:
    ledger = Ledger()
    made = owner(ledger, FullDisk())
    ledger.go.set()
    with pytest.raises(OSError, match="no space left"):
        await advance(made)
    assert made.lane is None


async def test_letting_go_waits_for_the_step_in_hand() -> None:
    ledger, rows = Ledger(), MemoryRows()
    made = owner(ledger, rows)
    step = asyncio.create_task(advance(made))
    await ledger.reached.wait()
    closing = asyncio.create_task(made.close())
    await asyncio.sleep(0)
    assert not ledger.closed
    ledger.go.set()
    await asyncio.gather(step, closing)
    assert (ledger.committed, ledger.closed, made.lane) == (1, True, None)
    assert list(rows.items())


async def test_an_owner_that_was_let_go_takes_nothing_and_commits_nothing() -> None:
    ledger = Ledger()
    made = owner(ledger)
    await made.close()
    ledger.go.set()
    assert made.take(Fetched("orders", 5, (), 5, 5, END), END) is None
    await advance(made)
    assert ledger.begun == 0
