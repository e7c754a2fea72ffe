"""`churn-monitor state` on the real servers: rows exported, lost, brought back; workers go on, all is proven."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from monitor.adapters.kafka_logs import reading
from monitor.adapters.topics import ensure
from monitor.local import Servers
from schemas.topics import CHANGELOG, topic_name
from tests.events import event, order
from tests.stack.stage import Stage, Told, staged
from tests.stack.workers import COMMAND

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d, steps: [{severity: critical, times: 2}]}
  - {name: complains, kind: count, of: ticket.opened, n: 2, within: 30d}
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def run(stage: Stage, *words: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, *words),
        env={**os.environ, **stage.environment},
        cwd=stage.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def done(stage: Stage, *words: str) -> Any:
    ran = await run(stage, *words, "--json")
    assert ran.code == 0, ran
    return json.loads(ran.out)


async def refused(stage: Stage, *words: str) -> str:
    ran = await run(stage, *words)
    assert ran.code == 2, ran
    return ran.err


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(servers, prefix, tmp_path, RULES, clock="event", idle_after="1s") as stage:
        yield stage


async def live_through(stage: Stage, customers: Sequence[str], month: int) -> None:
    """A month: orders, complaints, then silence; until all of it is applied."""
    for number, each in enumerate(customers):
        day = f"2026-{month:02}-{number % 9 + 1:02}"
        await stage.tell(Told("orders", each.encode(), order(each, day)))
        complaint = event("ticket.opened", each, day, ticket_id=f"{each}-{month}")
        await stage.tell(Told("tickets", each.encode(), complaint))
    await stage.pass_time(datetime(2026, month, 28, tzinfo=UTC))
    await stage.applied()


async def lose_changelog(stage: Stage) -> None:
    """Delete the topic, and make it anew, empty."""
    name = topic_name(CHANGELOG, stage.settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.settings.kafka)
    await admin.start()
    await admin.delete_topics([name])
    async with asyncio.timeout(20):
        while name in await admin.list_topics():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await admin.close()
    await ensure(stage.settings)


async def rows(stage: Stage) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    async with reading(stage.settings) as reader:
        async for records in reader.whole(CHANGELOG, range(stage.settings.partitions)):
            found |= {record.key or b"": record.value or b"" for record in records}
    return found


async def test_rows_come_back_from_a_file_and_from_the_inputs_and_workers_go_on(stage: Stage) -> None:
    customers = [*islice(stage.customers(0), 30), *islice(stage.customers(1), 30)]
    worker = stage.start("first")
    await live_through(stage, customers, 5)
    exported = await done(stage, "state", "export", "may.gz")
    assert [each["customers"] for each in exported] == [30, 30]
    assert "is there already" in await refused(stage, "state", "export", "may.gz")
    await live_through(stage, customers[::2], 6)
    assert "workers run" in await refused(stage, "state", "import", "may.gz")
    await worker.stop()
    assert "rows already for lanes 0, 1" in await refused(stage, "state", "import", "may.gz")

    before, told = await rows(stage), await stage.warnings()
    await lose_changelog(stage)
    worker = stage.start("without")
    assert (await worker.ended()).code == 2
    assert "holds no rows of lanes 0, 1" in worker.log()
    assert await rows(stage) == {}
    brought = await done(stage, "state", "import", "may.gz")
    assert await rows(stage) == before
    assert [each["step"] for each in brought] == [
        early["step"] + late["repeated"] for early, late in zip(exported, brought, strict=True)
    ]
    assert all(each["repeated"] for each in brought)

    worker = stage.start("second")
    await live_through(stage, customers[1::2], 7)
    await worker.stop()
    assert len(await stage.warnings()) > len(told) > 60
    proof = await run(stage, "verify", "--at-rest", "--no-redis")
    assert proof.code == 0, proof

    before = await rows(stage)
    await lose_changelog(stage)
    assert [each["lane"] for each in await done(stage, "state", "rebuild", "--lane", "1")] == [1]
    assert "rows already for lanes 1" in await refused(stage, "state", "rebuild")
    await done(stage, "state", "rebuild", "--lane", "0")
    assert await rows(stage) == before
    proof = await run(stage, "state", "verify", "--at-rest", "--no-redis")
    assert proof.code == 0, proof


async def test_rows_that_are_not_of_these_topics_are_refused(stage: Stage) -> None:
    worker = stage.start()
    await live_through(stage, [*islice(stage.customers(0), 3)], 5)
    await worker.stop()
    await done(stage, "state", "export", "may.gz", "--lane", "0")
    await lose_changelog(stage)
    assert "there is no lane 1" in await refused(stage, "state", "import", "may.gz", "--lane", "1")
    environment = stage.environment
    another = f"{stage.settings.topic_prefix}another-"
    stage.environment = environment | {"CHURN_MONITOR_TOPIC_PREFIX": another}
    assert f"topic {another}" in await refused(stage, "state", "import", "may.gz")
    await ensure(stage.settings.model_copy(update={"topic_prefix": another}))
    assert "is this the system" in await refused(stage, "state", "import", "may.gz")
    (stage.folder / "rules.yaml").write_text(RULES.replace("14d", "21d"))
    stage.environment = environment
    assert "give that file with --rules" in await refused(stage, "state", "rebuild")
