"""`churn-monitor sources` on a running system: an outage holds silences on every lane, and the proof knows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.local import Servers
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.test_warnings_live import monitor

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 10d}
"""
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


async def say(stage: Stage, kind: str, day: int) -> None:
    ran = await monitor(stage, "sources", kind, "orders", "--since", (BEGIN + day * DAY).isoformat())
    assert (ran.code, ran.err) == (0, "")
    assert "all 2 lanes" in ran.out


async def test_silences_go_on_after_an_outage_where_they_were(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES, clock="event", idle_after="1s") as stage:
        names = [next(stage.customers(lane)) for lane in range(2)]
        await stage.tell(*(Told("orders", each.encode(), order(each, BEGIN.isoformat())) for each in names))
        stage.start("worker")
        await stage.applied()
        refused = await monitor(
            stage, "sources", "silent", "orders", "--since", "2026-06-04", "--until", "2026-06-03"
        )
        assert (refused.code, "end_in_the_past" in refused.err) == (1, True)
        await say(stage, "silent", 4)
        await stage.pass_time(BEGIN + 11 * DAY)
        await stage.applied()
        assert await stage.warnings() == []
        await say(stage, "back", 9)
        await stage.pass_time(BEGIN + 30 * DAY)
        warnings = await stage.warned(2)
        assert {each["subject"]: each["data"]["since"] for each in warnings} == dict.fromkeys(
            names, "2026-06-16T00:00:00Z"
        )
        await stage.applied()
        proof = await monitor(stage, "verify", "--no-redis")
        assert (proof.code, proof.err) == (0, ""), proof.out
