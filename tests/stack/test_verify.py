"""`churn-monitor verify` on the real servers: clean while workers run and at rest; what is planted is shown."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.local import Servers
from tests.events import event, order
from tests.stack.bad_records import BAD
from tests.stack.stage import Stage, Told, staged
from tests.stack.workers import COMMAND

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d, steps: [{severity: critical, times: 2}]}
  - {name: complains, kind: count, of: ticket.opened, n: 2, within: 30d}
"""
UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
WHOLE = "Clean: nothing is missing, doubled, out of order or different."


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def verify(stage: Stage, *words: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "verify",
        "--no-redis",
        *words,
        env={**os.environ, **stage.environment},
        cwd=stage.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Two workers over two lanes, of which one was killed; customers who order, complain, fall silent; bad records."""
    async with staged(servers, prefix, tmp_path, RULES, clock="event", idle_after="1s") as stage:
        customers = [*islice(stage.customers(0), 60), *islice(stage.customers(1), 60)]
        first, _ = await stage.share("first", "second")
        for day in ("2026-05-01", "2026-05-09", "2026-06-02"):
            told = [Told("orders", each.encode(), order(each, day)) for each in customers[:: int(day[-1])]]
            told += [
                Told("tickets", each.encode(), event("ticket.opened", each, day, ticket_id=f"{each}{day}"))
                for each in customers[:20]
            ]
            await stage.tell(*told)
            await stage.tell(*(Told("orders", bad.key, bad.value, bad.headers, 0) for bad in BAD.values()))
            if day.endswith("9"):
                await stage.warned(1)
                first.kill()
        await stage.pass_time(UNTIL)
        await stage.applied()
        yield stage


async def test_what_was_told_is_proven_running_and_at_rest(stage: Stage) -> None:
    running = await verify(stage)
    assert (running.code, running.out.splitlines()[-1]) == (0, WHOLE), running
    for worker in stage.workers[1:]:
        await worker.stop()
    ran = await verify(stage, "--at-rest", "--json")
    assert ran.code == 0, ran
    told: dict[str, Any] = json.loads(ran.out)
    assert told["clean"]
    assert sum(lane["told"]["churn.warnings"] for lane in told["lanes"]) == len(await stage.warnings()) > 100
    assert sum(lane["told"]["churn.dead-letters"] for lane in told["lanes"]) > 2 * len(BAD)
    await _a_warning_sent_again_is_shown(stage)


async def _a_warning_sent_again_is_shown(stage: Stage) -> None:
    again = (await stage.read("churn.warnings"))[0]
    await stage.tell(Told("churn.warnings", again.key, again.value, (), again.partition))
    await stage.tell(Told("orders", b"late", order("late", "2026-06-30"), (), 1))
    ran = await verify(stage, "--at-rest")
    assert ran.code == 1
    assert "doubled" in ran.out
    assert "not applied" in ran.out
    assert json.loads(again.value)["id"] in ran.out
