"""`churn-monitor load`, and workers with `history_until`: old orders become known, old silence is not told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.kafka_logs import reading
from monitor.adapters.partitioners import home_of
from monitor.local import Servers
from tests.events import event
from tests.stack.stage import Stage, staged
from tests.stack.test_warnings_live import monitor

RULES = """
version: 1
rules:
  - name: overdue
    kind: silence
    of: order.placed
    personal: {factor: 2, floor: 1d, fallback: 90d, min_gaps: 2}
"""
DAYS = [f"2025-{month:02}-{day:02}" for month in range(1, 11) for day in (1, 8, 15, 22)]
"""More orders of one customer than a row remembers the ids of."""

ORDERS = "\n".join(
    [
        "customer,date,amount",
        *(f"ada,{day},10" for day in DAYS),
        *(f"ben,{day},10" for day in DAYS[:20]),
        "cleo,2025-13-40,10",
        ",2025-02-01,10",
    ]
)
END = datetime(2025, 10, 23, tzinfo=UTC)


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "orders.csv").write_text(ORDERS)
    profile = event("profile.updated", "ada", "2025-01-01", name="Ada")
    ticket = event("ticket.opened", "ben", "2025-03-01", ticket_id="T-1")
    (tmp_path / "events.jsonl").write_bytes(b"\n".join([profile, ticket]))
    async with staged(servers, prefix, tmp_path, RULES, clock="event") as stage:
        yield stage


async def load(stage: Stage, *files: str) -> dict[str, Any]:
    ran = await monitor(stage, "load", *(stage.folder / each for each in files), "--json")
    assert ran.code == 0, ran.err
    told: dict[str, Any] = json.loads(ran.out)
    return told


async def test_what_is_loaded_twice_counts_once_and_old_silence_is_not_told(stage: Stage) -> None:
    first = await load(stage, "orders.csv", "events.jsonl")
    assert first["loaded"] == {"orders": 60, "tickets": 1, "contacts": 0}
    assert first["unreadable"] == {"bad_time": 1, "missing_subject": 1}
    assert first["passed_over"] == {"not_a_fact": 1}
    again = await load(stage, "orders.csv")
    assert (again["loaded"]["orders"], again["known"]) == (0, 60)

    stage.start(history_until=END.isoformat())
    await stage.pass_time(END)
    await stage.applied()
    assert (await stage.counts())["applied"] == 61
    assert not [reason for reason in await stage.counts() if reason.startswith("dead_letter")]
    assert await stage.warnings() == []

    await stage.pass_time(datetime(2025, 11, 20, tzinfo=UTC))  # ada is silent only now; ben was long before
    told = await stage.warned(1)
    assert [(each["type"], each["subject"]) for each in told] == [("warning.firing", "ada")]
    explained = await monitor(stage, "explain", "ada")
    assert f"orders      {len(DAYS)};" in explained.out, explained.err


async def test_each_customer_is_where_a_producer_would_put_them_by_time(stage: Stage) -> None:
    ran = await monitor(stage, "load", stage.folder / "orders.csv")
    assert ran.code == 0, ran.err
    assert "60 orders, 0 tickets, 0 contacts" in ran.out
    assert "missing_subject; orders.csv:63: customer: missing" in ran.out
    assert "churn-monitor worker --history-until" in ran.err
    for partition, subject, times in await records(stage):
        assert partition == home_of(subject.encode(), 2, "murmur2")
        assert times == sorted(times)


async def test_a_late_load_says_so(stage: Stage) -> None:
    stage.start()
    await stage.pass_time(END)
    await stage.applied()
    ran = await monitor(stage, "load", stage.folder / "orders.csv")
    assert "Lanes have come to 2025-10-23 00:00 already" in ran.err


async def test_a_file_without_events_and_missing_topics_are_told(stage: Stage) -> None:
    (stage.folder / "none.csv").write_text("customer,date,amount\nada,2025-13-01,1\n")
    nothing = await monitor(stage, "load", stage.folder / "none.csv", "--time", "date")
    missing = await monitor(stage, "load", stage.folder / "orders.csv", CHURN_MONITOR_TOPIC_PREFIX="nobodys-")
    assert (nothing.code, missing.code) == (1, 2), nothing.err + missing.err
    assert "topic nobodys-orders: missing; `churn-monitor topics ensure` makes it" in missing.err


async def records(stage: Stage) -> list[tuple[int, str, list[str]]]:
    """For each customer the partition and the times, as they stand on `orders`."""
    found: dict[tuple[int, str], list[str]] = {}
    async with reading(stage.settings) as reader:
        async for read in reader.whole("orders", await reader.partitions("orders")):
            for record in read:
                assert record.key is not None
                time = json.loads(record.value or b"")["time"]
                found.setdefault((record.partition, record.key.decode()), []).append(time)
    return [(partition, customer, times) for (partition, customer), times in found.items()]
