"""Silence is noticed though nothing more is ever told: on the wall clock, on event time, through stops and starts."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from monitor.local import Servers
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.steps import gaps

QUIET, ALLOWANCE = timedelta(seconds=4), timedelta(seconds=1)
RULES = "{{version: 1, rules: [{{name: overdue, kind: silence, of: order.placed, quiet_for: {}}}]}}"
ON_THE_WALL = {"late_allowance": "1s"}
SOON = timedelta(seconds=3)
"""How long after a silence grew too long its warning may take to be read, on a busy machine."""

AT_ONCE = timedelta(seconds=5)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def placed(customer: str, at: datetime) -> Told:
    return Told("orders", customer.encode(), order(customer, at.isoformat()))


def since(warning: dict[str, object]) -> datetime:
    """Since when a warning holds."""
    content = warning["data"]
    assert isinstance(content, dict)
    return datetime.fromisoformat(content["since"])


@asynccontextmanager
async def buying(stage: Stage, customer: str) -> AsyncIterator[None]:
    """Meanwhile, this customer keeps buying."""

    async def buy() -> None:
        while True:
            await stage.tell(placed(customer, datetime.now(UTC)))
            await asyncio.sleep(ALLOWANCE / timedelta(seconds=2))

    task = asyncio.create_task(buy())
    try:
        yield
    finally:
        task.cancel()


async def test_on_the_wall_clock_whoever_falls_silent_is_warned_soon(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    rules = RULES.format("4s")
    async with staged(servers, prefix, tmp_path, rules, **ON_THE_WALL) as stage:
        among_others, busy = islice(stage.customers(0), 2)
        all_alone, long_gone = islice(stage.customers(1), 2)
        gone_at = datetime.now(UTC) - timedelta(hours=2)
        await stage.tell(placed(long_gone, gone_at))
        await stage.share("worker")
        last = datetime.now(UTC)
        async with buying(stage, busy):
            await stage.tell(placed(among_others, last), placed(all_alone, last))
            warnings = await stage.warned(3)
            read = datetime.now(UTC)
        told = {warning["subject"]: since(warning) for warning in warnings}
        assert told == {
            long_gone: gone_at + QUIET,
            among_others: last + QUIET,
            all_alone: last + QUIET,
        }
        assert last + QUIET + ALLOWANCE < read < last + QUIET + ALLOWANCE + SOON


async def test_on_event_time_nobody_is_warned_until_time_has_passed(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES.format("14d"), clock="event") as stage:
        customers = [next(stage.customers(partition)) for partition in range(2)]
        due = BEGIN + timedelta(days=14)
        await stage.tell(*(placed(customer, BEGIN) for customer in customers))
        stage.start()
        await stage.pass_time(due - timedelta(microseconds=1))
        await stage.applied()
        assert await stage.warnings() == []
        await stage.pass_time(due)
        told = {warning["subject"]: since(warning) for warning in await stage.warned(2)}
        assert told == dict.fromkeys(customers, due)


@pytest.mark.parametrize("store", ["rocksdb", "memory"])
async def test_a_worker_that_is_told_to_stop_in_the_middle_goes_on_where_it_was(
    servers: Servers, prefix: str, tmp_path: Path, store: str
) -> None:
    async with staged(
        servers, prefix, tmp_path, RULES.format("1d"), clock="event", idle_after="1s", store=store
    ) as stage:
        customers = list(islice((f"buyer-{number}" for number in range(9_000)), 9_000))
        worker = stage.start()
        await stage.tell(*orders(customers[:3_000]))
        await stage.warned(1)
        await stage.tell(*orders(customers[3_000:], after=timedelta(days=30)))
        ended = await worker.stop()
        assert (ended.code, "error" in worker.log()) == (0, False), worker.log()
        assert ended.took < AT_ONCE
        assert len(await stage.warnings()) < len(customers)
        stage.start()
        await stage.pass_time(BEGIN + timedelta(days=60))
        await stage.applied()
        assert sorted(each["subject"] for each in await stage.warnings()) == sorted(customers)
        assert gaps(await stage.steps()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_worker_ends_at_once_and_in_order(
    servers: Servers, prefix: str, tmp_path: Path, number: signal.Signals
) -> None:
    async with staged(servers, prefix, tmp_path, RULES.format("1d")) as stage:
        (worker,) = await stage.share("worker")
        await asyncio.sleep(2)  # stopped before its own recovery is over, Faust tells a traceback
        ended = await worker.stop(number)
        assert ended.code == 0
        assert ended.took < AT_ONCE
        assert "Traceback" not in worker.log()


def orders(customers: Iterable[str], after: timedelta = timedelta(0)) -> list[Told]:
    """An order of each, a minute apart."""
    return [
        placed(customer, BEGIN + after + timedelta(minutes=number))
        for number, customer in enumerate(customers)
    ]
