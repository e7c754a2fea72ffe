"""`churn-monitor explain` of a running system: what it says is what a replay of the same events says."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.local import Servers
from schemas.binding import structured
from schemas.editions import Edition, RulesApplied
from schemas.rule_files import parse_rules
from tests.events import event, order, written
from tests.stack.stage import Stage, Told, staged
from tests.stack.workers import COMMAND

SHIPPED = (Path(__file__).parents[2] / "monitor" / "rules.yaml").read_text()
OTHER = "{version: 1, rules: [{name: quiet, kind: silence, of: order.placed, quiet_for: 1d}]}"
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = [
    order(customer, f"2026-03-{day:02}") for day in (2, 9, 16, 23) for customer in ("ada", "ben", "cleo")
]
TICKET = event("ticket.opened", "ada", "2026-05-20", ticket_id="T-7")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def explain(stage: Stage, *words: object, **environment: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "explain",
        *map(str, words),
        env={**os.environ, **stage.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def told(stage: Stage, *words: object) -> dict[str, Any]:
    ran = await explain(stage, *words, "--json")
    assert ran.code == 0, ran.err
    explanation: dict[str, Any] = json.loads(ran.out)
    return explanation


def applied(rules: str) -> bytes:
    """Rules put in force, as an event."""
    about = {"specversion": "1.0", "id": "1", "source": "/tests", "subject": "rules", "time": UNTIL}
    edition = Edition(rules=parse_rules(rules, "rules.yaml"))
    _, value = structured(RulesApplied.model_validate({**about, "type": "rules.applied", "data": edition}))
    return value


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Three customers who bought every week and stopped; one of them complains."""
    async with staged(servers, prefix, tmp_path, SHIPPED, clock="event") as stage:
        await stage.tell(*(Told("orders", json.loads(each)["subject"].encode(), each) for each in ORDERS))
        await stage.tell(Told("tickets", b"ada", TICKET))
        await stage.pass_time(UNTIL)
        stage.start()
        await stage.applied()
        yield stage


async def test_it_says_what_a_replay_says_and_what_is_to_come_but_not_what_was(
    stage: Stage, tmp_path: Path
) -> None:
    history = written(
        tmp_path / "events.jsonl", *sorted([*ORDERS, TICKET], key=lambda e: json.loads(e)["time"])
    )
    for customer in ("ada", "ben"):
        live = await told(stage, customer)
        offline = await told(stage, customer, "--history", history, "--until", UNTIL.isoformat())
        row = live.pop("row")
        assert row["bytes"] > 100
        assert row["rules"] == row["rules_here"]
        assert (live["at"], row["clock"], row["lanes"]) == (
            UNTIL.isoformat().replace("+00:00", "Z"),
            live["at"],
            2,
        )
        assert [each["warning"]["rule"] for each in live["standing"]] != []
        assert live == {key: value for key, value in offline.items() if key != "row"}

    later = await told(stage, "ada", "--at", "30d")
    assert later["at"] == "2026-07-01T00:00:00Z"
    ran = await explain(stage, "ada", "--at", "2026-05-01")
    assert ran.code == 2
    assert "--at: 2026-05-01 has gone by: the row is of 2026-06-01; for the past give --history" in ran.err


async def test_a_stranger_other_rules_and_another_partitioner_are_told(stage: Stage) -> None:
    ran = await explain(stage, "Cleo")
    assert (ran.code, ran.out) == (2, "")
    assert (
        "no row of 'Cleo' in the running system, looked through 2 of 2 lanes; did you mean 'cleo'?" in ran.err
    )
    (stage.folder / "other.yaml").write_text(OTHER)
    ran = await explain(stage, "ada", "--rules", stage.folder / "other.yaml")
    assert ran.code == 0
    assert "the lane judges by other rules (version " in ran.err
    assert "Stand, though not by the rules in use here" in ran.out
    assert "purchase_overdue" in ran.out
    environment = {"CHURN_MONITOR_RULES": str(stage.folder / "other.yaml")}
    assert "the lane judges by other rules" in (await explain(stage, "ada", **environment)).err
    await stage.tell(Told("rules", b"rules", applied(SHIPPED), (), 0))
    ran = await explain(stage, "ada", **environment)
    assert (ran.code, ran.err) == (0, "")
    notes = [
        (await explain(stage, customer, CHURN_MONITOR_PARTITIONER="crc32")).err
        for customer in ("ada", "ben", "cleo")
    ]
    assert any("where crc32 would not put it: set `partitioner`" in note for note in notes)
