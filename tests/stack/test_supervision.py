"""What a supervisor sees: the health of a worker while it runs, and its exit code where it will not go on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.local import Servers
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.test_warnings_live import monitor
from tests.stack.workers import GLANCE, PATIENCE

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
"""
END = datetime(2026, 6, 10, tzinfo=UTC)


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(servers, prefix, tmp_path, RULES, clock="event") as stage:
        await stage.tell(Told("orders", b"ada", order("ada", "2026-06-01")))
        yield stage


async def health(stage: Stage) -> tuple[int, dict[str, Any]]:
    ran = await monitor(stage, "health", "--json", "--data-dir", stage.folder)
    return ran.code, json.loads(ran.out)


async def healthy(stage: Stage) -> dict[str, Any]:
    """Wait until the worker has told of both lanes, recovered and with nothing left to do."""
    until = time.monotonic() + PATIENCE.total_seconds()
    while True:
        code, told = await health(stage)
        lanes = told["workers"].get("worker", {}).get("lanes", [])
        if [lane["state"] for lane in lanes] == ["running"] * 2 and not any(lane["lag"] for lane in lanes):
            assert (code, told["healthy"]) == (0, True)
            return dict(told["workers"]["worker"])
        assert time.monotonic() < until, told
        await asyncio.sleep(GLANCE)


async def test_a_worker_tells_how_its_lanes_are_until_it_is_stopped(stage: Stage) -> None:
    assert await health(stage) == (1, {"healthy": False, "workers": {}})
    worker = stage.start()
    await stage.pass_time(END)
    await stage.applied()
    told = await healthy(stage)
    assert told["counts"]["applied"] == 1
    assert {lane["clock"] for lane in told["lanes"]} == {"2026-06-10T00:00:00Z"}
    assert "2026-06-15T00:00:00Z" in [lane["next_deadline"] for lane in told["lanes"]]
    assert (await worker.stop()).code == 0
    assert await health(stage) == (1, {"healthy": False, "workers": {}})


async def test_a_flood_of_bad_records_stops_the_worker_before_it_is_buried(stage: Stage) -> None:
    bad = (
        Told("orders", name.encode(), b"<html>", (), 0)
        for name, _ in zip(stage.customers(0), range(300), strict=False)
    )
    await stage.tell(*bad)
    worker = stage.start()
    assert (await worker.ended()).code == 4
    assert "dead_letter_share" in worker.log().splitlines()[-1]
    assert "broken_json" in worker.log().splitlines()[-1]
    assert await stage.read("churn.dead-letters") == []

    allowed = stage.start("allowing", dead_letter_share=1)
    await stage.applied()
    assert len(await stage.read("churn.dead-letters")) == 300
    assert not allowed.has_ended()
