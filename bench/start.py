"""Start: the embedded servers, and a worker without rows, with 50,000 rows, and with its folder lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench.commands import churn_monitor, detecting
from bench.figures import Expected, Figure
from bench.job import BEGIN, Told, event_json
from bench.lane import applied
from bench.log import load, reading
from bench.stage import Stage
from monitor.adapters.topics import ensure
from schemas.settings import Settings

ROWS = 50_000

FIGURES = (
    Figure("servers", "`local up`, everything in the cache", "s", 2),
    Figure("first", "worker, no rows", "s", 2),
    Figure("again", f"worker, {ROWS:,} rows in RocksDB", "s", 2),
    Figure("anew", f"worker, {ROWS:,} rows from the changelog", "s", 2),
    Figure("stop", "worker told to stop, until it has ended", "s", 2, Expected("at most", 5)),
)


async def measure(stage: Stage) -> dict[str, float]:
    """Seconds from the start of a command to when it is of use."""
    stage.tell("the servers")
    servers = await _servers(stage.scratch)
    settings = stage.settings(clock="event", idle_after=timedelta(seconds=1))
    await ensure(settings)
    stage.tell("a worker without rows")
    async with reading(settings, "churn.steps") as steps, detecting(settings, stage.scratch) as worker:
        first = await worker.ready()
        await load(settings, _single_orders())
        await worker.alive(applied(steps, settings, ROWS))
        stop = await worker.stop()
    stage.tell(f"a worker with {ROWS:,} rows")
    again = await _ready(settings, stage.scratch)
    shutil.rmtree(settings.data_dir)
    stage.tell("a worker whose folder is lost")
    anew = await _ready(settings, stage.scratch)
    return {"servers": servers, "first": first, "again": again, "anew": anew, "stop": stop}


async def _ready(settings: Settings, scratch: Path) -> float:
    async with detecting(settings, scratch) as worker:
        return await worker.ready()


async def _servers(scratch: Path) -> float:
    """Bring servers up and down by command, beside any that the user has."""
    where, state = ("--dir", scratch / "servers"), str(scratch / "state")
    try:
        return (await churn_monitor("local", "up", *where, cwd=scratch, XDG_STATE_HOME=state)).wall
    finally:
        await churn_monitor("local", "down", *where, cwd=scratch, XDG_STATE_HOME=state)
        shutil.rmtree(where[1])


def _single_orders() -> Iterator[Told]:
    for number in range(ROWS):
        time, customer = BEGIN + timedelta(seconds=number), f"cust-{number:06d}"
        order = {"order_id": f"o-{number}", "amount": 20.0, "currency": "EUR", "items": 1}
        yield Told("orders", customer, event_json("order.placed", customer, time, order, f"single-{number}"))
