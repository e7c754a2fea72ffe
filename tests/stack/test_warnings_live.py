"""`churn-monitor warnings` and `customers` on a running system: what is said takes effect, or comes back refused."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.local import Servers
from tests.events import event, order
from tests.stack.stage import Stage, Told, staged
from tests.stack.workers import COMMAND

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d, steps: [{severity: critical, times: 2}]}
  - {name: unanswered, kind: ageing, of: ticket.opened, until: ticket.replied, older_than: 2d}
"""
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


async def monitor(stage: Stage, *words: object, **environment: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *map(str, words),
        env={**os.environ, **stage.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Ada and Ben fell silent, Ben's ticket waits, Cleo ordered again."""
    async with staged(servers, prefix, tmp_path, RULES, clock="event") as stage:
        told = [
            ("orders", order("ada", "2026-04-01")),
            ("orders", order("cleo", "2026-04-10")),
            ("orders", order("ben", "2026-05-10")),
            ("orders", order("cleo", "2026-05-20")),
            ("tickets", event("ticket.opened", "ben", "2026-05-20", ticket_id="T-7")),
        ]
        await stage.tell(*(Told(topic, json.loads(each)["subject"].encode(), each) for topic, each in told))
        await stage.pass_time(UNTIL)
        stage.start()
        await stage.applied()
        yield stage


async def test_a_warning_is_listed_taken_on_given_back_and_labelled(stage: Stage) -> None:
    stand = {(each["data"]["customer"], each["data"]["rule"]): each for each in await listed(stage)}
    assert set(stand) == {("ada", "overdue"), ("ben", "overdue"), ("ben", "unanswered")}
    gravest, *_ = await listed(stage, "--sort", "severity")
    assert gravest["data"]["customer"] == "ada"
    assert len(await listed(stage, "--customer", "ben", "--rule", "overdue")) == 1
    name = stand["ada", "overdue"]["data"]["warning"]

    taken = await monitor(
        stage, "warnings", "ack", name, "--note", "calls on Monday", "--until", "2026-07-01"
    )
    assert taken.code == 0, taken.err
    assert "acknowledged  ada  overdue" in taken.out
    (acknowledged,) = await listed(stage, "--customer", "ada")
    said = acknowledged["data"]["acknowledged"]
    assert (said["by"], said["note"]) == (getpass.getuser(), "calls on Monday")

    waits = await monitor(
        stage, "warnings", "snooze", name, "--until", "2026-07-01", "--reason", "on holiday"
    )
    assert (waits.code, "snoozed" in waits.out) == (0, True), waits.err
    back = await monitor(stage, "warnings", "unack", name)
    assert (back.code, "unacknowledged" in back.out) == (0, True), back.err
    again = await monitor(stage, "warnings", "unack", name)
    assert (again.code, again.out) == (1, "")
    assert "warning.unacknowledged: refused (not_acknowledged)" in again.err

    shown = (await monitor(stage, "warnings", "show", name, "--json")).lines()[0]
    types = [each["type"].removeprefix("warning.") for each in shown["history"]]
    assert types == ["firing", "raised", "acknowledged", "snoozed", "unacknowledged"]
    assert shown["warning"] == shown["history"][-1]


async def test_what_is_over_can_be_labelled_but_not_taken_on(stage: Stage) -> None:
    (name,) = {each["data"]["warning"] for each in await stage.warnings() if each["subject"] == "cleo"}
    taken = await monitor(stage, "warnings", "ack", name)
    assert (taken.code, "refused (already_closed)" in taken.err) == (1, True), taken.err
    label = await monitor(stage, "warnings", "label", name, "--outcome", "saved", "--json")
    (answered,) = label.lines()
    assert (label.code, answered["applied"], answered["refused"]) == (0, True, None), label.err
    assert [each["data"]["outcome"] for each in answered["told"]] == ["saved"]
    past = await monitor(stage, "customers", "absence", "ben", "--until", "2026-05-01")
    assert (past.code, "refused (end_in_the_past)" in past.err) == (1, True), past.err
    stranger = await monitor(stage, "customers", "lost", "nobody")
    assert (stranger.code, "refused (unknown_customer)" in stranger.err) == (1, True), stranger.err
    trusted = {"CHURN_MONITOR_PARTITIONER": "trusted"}  # then the row alone says where ben belongs
    moved = await monitor(stage, "customers", "moved", "ben", "--to", "Rome", **trusted)
    assert (moved.code, moved.out) == (0, "customer.moved: done; it changed no warning.\n"), moved.err
    nowhere = await monitor(stage, "customers", "moved", "nobody", **trusted)
    assert (nowhere.code, "nothing else says where it belongs" in nowhere.err) == (2, True), nowhere.err


async def test_a_warning_that_nobody_knows_and_a_worker_that_is_not_there_are_told(stage: Stage) -> None:
    unknown = await monitor(stage, "warnings", "show", "0" * 16)
    assert (unknown.code, "no warning '0000000000000000' stands or was told" in unknown.err) == (2, True)
    stage.end_all()
    told = await monitor(stage, "customers", "moved", "ada", "--timeout", "1s")
    assert told.code == 3
    assert "nobody has acted on it yet, it stands in " in told.err
    assert "is a worker running?" in told.err


async def listed(stage: Stage, *words: object) -> list[dict[str, Any]]:
    ran = await monitor(stage, "warnings", "list", "--json", *words)
    assert ran.code == 0, ran.err
    return ran.lines()
