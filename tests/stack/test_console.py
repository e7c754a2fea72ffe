"""What an operator sees with Kafka's own console consumer: a warning that a person can read."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.local import Servers
from tests.events import event, order
from tests.stack.stage import Stage, Told, staged
from tests.stack.workers import COMMAND

BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SHIPPED = (Path(__file__).parents[2] / "monitor" / "rules.yaml").read_text()


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Ada, who bought every week and stopped; the rules are those that ship."""
    async with staged(servers, prefix, tmp_path, SHIPPED, clock="event") as stage:
        weeks = (BEGIN + timedelta(weeks=number) for number in range(7))
        await stage.tell(*(Told("orders", b"ada", order("ada", week.isoformat())) for week in weeks))
        opened = event("ticket.opened", "ada", "2026-05-01", ticket_id="T-7")
        await stage.tell(Told("tickets", b"ada", opened))
        await stage.pass_time(datetime(2026, 6, 1, tzinfo=UTC))
        stage.start()
        await stage.applied()
        yield stage


async def console(servers: Servers, topic: str, count: int) -> list[str]:
    """The lines that the console consumer prints of a topic, from its beginning."""
    tool = ("local", "kafka", "console-consumer", "--dir", servers.folder)
    read = ("--topic", topic, "--from-beginning", "--max-messages", str(count), "--timeout-ms", "20000")
    consumer = await asyncio.create_subprocess_exec(
        *COMMAND,
        *tool,
        *read,
        *("--formatter-property", "print.key=true"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await consumer.communicate()
    assert consumer.returncode == 0, err.decode()
    return out.decode().splitlines()


async def test_the_console_consumer_shows_a_warning_that_a_person_can_read(
    servers: Servers, stage: Stage
) -> None:
    expected = await stage.warnings()
    lines = await console(servers, f"{stage.settings.topic_prefix}churn.warnings", len(expected))
    assert {line.split("\t")[0] for line in lines} == {"ada"}
    shown = [json.loads(line.split("\t")[1]) for line in lines]
    told = {(each["rule"], each["severity"]): each for each in (warning["data"] for warning in shown)}
    assert set(told) == {
        ("purchase_overdue", "warning"),
        ("complaint_unresolved", "warning"),
        ("complaint_unresolved", "critical"),
        ("no_first_reply", "watch"),
    }
    overdue = told["purchase_overdue", "warning"]
    assert overdue["customer"] == "ada"
    assert overdue["since"].startswith("2026-05-21T")
    assert "38.2 days" in overdue["title"]
    assert "2026-04-13" in overdue["evidence"]["saw"]
    assert "6 own gaps" in overdue["evidence"]["basis"]
    assert "order.placed" in overdue["resolves_when"]
    waits = told["complaint_unresolved", "critical"]
    assert "T-7" in waits["title"]
    assert "14 days" in waits["title"]
    assert "T-7" in waits["resolves_when"]
