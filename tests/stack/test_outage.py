"""After an outage: what came in meanwhile counts, what is due is told in due order, and a flood is reported."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.local import Servers
from schemas.health import EVERY
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.steps import gaps
from tests.stack.test_warnings_live import monitor

RULES = "{version: 1, rules: [{name: overdue, kind: silence, of: order.placed, quiet_for: 6h}]}"
HOUR = timedelta(hours=1)
GONE = 4
"""Customers of each lane who stop buying during the outage."""

ENOUGH = GONE + 1
"""Of late warnings for a flood; one more customer of each lane comes back late."""


class Day:
    """A day of orders on both lanes, which ends an hour ago."""

    def __init__(self, stage: Stage) -> None:
        self.ends = datetime.now(UTC) - HOUR
        self._placed: list[tuple[datetime, str]] = []
        self.due: dict[str, list[tuple[str, datetime]]] = {}
        for lane in range(2):
            names = islice(stage.customers(lane), GONE + 3)
            self._steady(next(names), next(names))
            self._late(next(names))
            for place, name in enumerate(names):
                self._gone(name, HOUR * (place + 1))

    def told(self) -> list[Told]:
        return [
            Told("orders", name.encode(), order(name, at.isoformat())) for at, name in sorted(self._placed)
        ]

    def _steady(self, *names: str) -> None:
        """Every five hours an order, the last of which prevents what would be due before the worker is up again."""
        for name in names:
            self._order(name, *(self.ends - 5 * each * HOUR for each in range(5)))

    def _late(self, name: str) -> None:
        first, last = self.ends - 20 * HOUR, self.ends - HOUR
        self._order(name, first, last)
        self.due[name] = [("warning.firing", first + 6 * HOUR), ("warning.resolved", first + 6 * HOUR)]

    def _gone(self, name: str, after: timedelta) -> None:
        last = self.ends - 22 * HOUR + after
        self._order(name, last - HOUR, last)
        self.due[name] = [("warning.firing", last + 6 * HOUR)]

    def _order(self, name: str, *moments: datetime) -> None:
        self._placed += [(each, name) for each in moments]


def by_customer(warnings: list[dict[str, Any]]) -> dict[str, list[tuple[str, datetime]]]:
    told = defaultdict(list)
    for each in warnings:
        told[each["subject"]].append((each["type"], datetime.fromisoformat(each["data"]["since"])))
    return dict(told)


async def flooded(stage: Stage) -> list[dict[str, Any]]:
    """The health of the lanes once it was written again: lanes are there a little after their last warning."""
    await asyncio.sleep(2 * EVERY.total_seconds())
    told = await monitor(stage, "health", "--json", "--data-dir", stage.folder)
    return list(json.loads(told.out)["workers"]["worker"]["lanes"])


async def test_a_day_of_backlog_is_told_as_if_nobody_had_been_away(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES, flood_from=ENOUGH) as stage:
        (before,) = await stage.share("worker")
        await before.stop()
        day = Day(stage)
        await stage.tell(*day.told())
        worker = stage.start("worker")
        await stage.applied()
        warnings = await stage.warned(2 * (GONE + 2))
        assert by_customer(warnings) == day.due
        for lane in range(2):
            records = [each for each in await stage.read("churn.warnings") if each.partition == lane]
            times = [json.loads(each.value)["time"] for each in records]
            assert times == sorted(times)
        assert gaps(await stage.steps()) == []
        lanes = await flooded(stage)
        assert [lane["flood"] for lane in lanes] == [{"overdue": ENOUGH}] * 2
        floods = [line for line in worker.log().splitlines() if "lane.flood" in line]
        assert len(floods) == 2
        assert all(f"fired={ENOUGH}" in line and f"{{'overdue': {ENOUGH}}}" in line for line in floods)
