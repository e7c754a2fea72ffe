"""Records that retention took before they were read: told, counted, and gone on from behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from monitor.local import Servers
from schemas.topics import topic_name
from tests.events import order
from tests.stack.stage import Stage, Told, staged

RULES = "{version: 1, rules: [{name: overdue, kind: silence, of: order.placed, quiet_for: 14d}]}"
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def orders(stage: Stage, number: int) -> list[Told]:
    names = islice(stage.customers(0), number)
    return [Told("orders", each.encode(), order(each, BEGIN.isoformat())) for each in names]


async def test_records_that_went_before_they_were_read_are_told(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES, clock="event", idle_after="1s") as stage:
        worker = stage.start("worker")
        await stage.tell(*orders(stage, 5))
        await stage.applied()
        await worker.stop()
        await stage.tell(*orders(stage, 10))
        admin = AIOKafkaAdminClient(bootstrap_servers=stage.settings.kafka)
        await admin.start()
        place = TopicPartition(topic_name("orders", stage.settings), 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=9)})
        await admin.close()
        again = stage.start("worker")
        await stage.applied()
        assert (await stage.counts())["applied"] == 11
        told = [line for line in again.log().splitlines() if "lost_to_retention" in line]
        assert len(told) == 1
        assert "positions=4" in told[0]
