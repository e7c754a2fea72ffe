"""A topic that was deleted and made anew: found, told, and gone on with when somebody says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from monitor.adapters.topics import topic_ids
from monitor.local import Servers
from schemas.topics import topic_name
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.test_warnings_live import monitor

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
"""
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
READ = 30
"""Orders that each lane has read of the old topic."""


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(servers, prefix, tmp_path, RULES, clock="event", idle_after="1s") as stage:
        yield stage


def placed(stage: Stage, number: int, day: int) -> list[Told]:
    """An order each of as many customers of both lanes."""
    names = [name for lane in range(2) for name in islice(stage.customers(lane), number)]
    at = (BEGIN + timedelta(days=day)).isoformat()
    return [Told("orders", name.encode(), order(name, at)) for name in names]


async def make_anew(stage: Stage, name: str) -> None:
    topic = topic_name(name, stage.settings)
    before = await topic_ids(stage.settings, [topic])
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while (now := await topic_ids(stage.settings, [topic])).get(topic) in (None, before[topic]):
            await admin.create_topics([NewTopic(topic, stage.settings.partitions, 1)])
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    assert now != before


async def goes_on(stage: Stage, name: str, number: int) -> None:
    """After the word of somebody, the lanes read the new topic from its beginning, and nothing of it is left out."""
    ran = await monitor(stage, "topics", "recreated", name, "--json", "--yes")
    assert ran.code == 0, ran.err
    assert [(each["lane"], each["goes on at"]) for each in json.loads(ran.out)] == [(0, 0), (1, 0)]
    stage.start("worker")
    await stage.pass_time(BEGIN + timedelta(days=40))
    warnings = await stage.warned(number + 2 * READ)
    assert len(warnings) == number + 2 * READ
    assert len({each["subject"] for each in warnings}) == number + 2 * READ
    assert (await stage.counts())["applied"] == number + 2 * READ


async def test_a_topic_made_anew_while_no_worker_ran_is_found_at_the_start(stage: Stage) -> None:
    number = 3  # fewer than were read: the log ends before the lane's position
    worker = stage.start("worker")
    await stage.tell(*placed(stage, READ, 0))
    await stage.applied()
    await worker.stop()
    await make_anew(stage, "orders")
    await stage.tell(*placed(stage, number, 1))
    again = stage.start("worker")
    ended = await again.ended()
    assert ended.code == 2, again.log()[-3000:]
    last = again.log().splitlines()[-1]
    assert "made anew" in last
    assert "churn-monitor topics recreated orders" in last
    assert (await monitor(stage, "topics", "recreated", "tickets")).out.endswith("nothing to do.\n")
    await goes_on(stage, "orders", 2 * number)
    proof = await monitor(stage, "verify")
    assert proof.code == 2
    assert "made anew" in proof.err


async def test_a_topic_made_anew_while_a_worker_runs_is_found(stage: Stage) -> None:
    number = 2 * READ  # more than were read: reading on would connect
    worker = stage.start("worker")
    await stage.tell(*placed(stage, READ, 0))
    await stage.applied()
    await make_anew(stage, "orders")
    await stage.tell(*placed(stage, number, 1))
    ended = await worker.ended()
    assert ended.code == 2, worker.log()[-3000:]
    await goes_on(stage, "orders", 2 * number)
