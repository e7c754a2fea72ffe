"""`churn-monitor rules apply`, `pause`, `resume`, `history` and `list --live` on a running system."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.local import Servers
from tests.events import event, order
from tests.stack.stage import Stage, Told, staged
from tests.stack.test_warnings_live import monitor
from tests.stack.workers import COMMAND

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
  - {name: unanswered, kind: ageing, of: ticket.opened, until: ticket.replied, older_than: 2d}
"""
LONGER = RULES.replace("14d", "40d").replace("  - {name: unanswered", "  - {name: unheard")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 6, 20, tzinfo=UTC)


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Ada has been silent for 61 days, Ben for 22, and his ticket waits."""
    (tmp_path / "longer.yaml").write_text(LONGER)
    async with staged(servers, prefix, tmp_path, RULES, clock="event") as stage:
        told = [
            ("orders", order("ada", "2026-04-01")),
            ("orders", order("ben", "2026-05-10")),
            ("tickets", event("ticket.opened", "ben", "2026-05-20", ticket_id="T-7")),
        ]
        await stage.tell(*(Told(topic, json.loads(each)["subject"].encode(), each) for topic, each in told))
        await stage.pass_time(NOW)
        stage.start()
        await stage.applied()
        yield stage


async def test_rules_are_put_in_force_while_a_worker_runs(stage: Stage) -> None:
    file = stage.folder / "longer.yaml"
    applied = await monitor(stage, "rules", "apply", file, "--yes", "--note", "too loud", "--json")
    assert applied.code == 0, applied.err
    (told,) = applied.lines()
    assert told["edition"] == 0
    assert [(each["rule"], each["change"]) for each in told["changes"]] == [
        ("overdue", "changed"),
        ("unheard", "new"),
        ("unanswered", "gone"),
    ]
    assert [(each["rule"], each["standing"], each["becomes"]) for each in told["warnings"]] == [
        ("overdue", 2, "judged anew"),
        ("unanswered", 1, "closed"),
    ]
    assert [each["followed"] for each in told["lanes"]] == [True, True]

    ended = [each["data"] for each in await stage.warnings() if each["type"] == "warning.resolved"]
    assert sorted((each["customer"], each["rule"], each["cause"]) for each in ended) == [
        ("ben", "overdue", "rule changed"),
        ("ben", "unanswered", "rule changed"),
    ]
    again = await monitor(stage, "rules", "apply", file)
    assert (again.code, "Nothing changes" in again.out) == (0, True), again.err
    (edition,) = await history(stage)
    assert (edition["edition"], edition["place"], edition["note"]) == (0, "in force", "too loud")


async def test_a_rule_is_paused_and_resumed(stage: Stage) -> None:
    missed = await monitor(stage, "rules", "pause", "overdu", "--yes")
    assert (missed.code, "did you mean overdue?" in missed.err) == (2, True)
    paused = await monitor(stage, "rules", "pause", "overdue", "--yes")
    assert (paused.code, "2 closed" in paused.out) == (0, True), paused.err
    live = (await monitor(stage, "rules", "list", "--live", "--json")).lines()[0]
    assert {each["name"]: each["mode"] for each in live["rules"]} == {"overdue": "off", "unanswered": "live"}
    assert [(each["edition"], each["followed"]) for each in live["lanes"]] == [(0, True), (0, True)]

    resumed = await monitor(stage, "rules", "resume", "overdue", "--yes")
    assert resumed.code == 0, resumed.err
    overdue = [each["type"] for each in await stage.warnings() if each["data"]["rule"] == "overdue"]
    assert sorted(overdue) == ["warning.firing"] * 4 + ["warning.resolved"] * 2
    assert [each["changed"] for each in await history(stage)] == [["overdue"], ["overdue"]]


async def test_rules_for_later_wait_for_the_lanes_clocks(stage: Stage) -> None:
    words = ("rules", "apply", stage.folder / "longer.yaml", "--yes", "--effective-from")
    late = await monitor(stage, *words, "2026-05-31")
    assert (late.code, "2026-05-31 has gone by: for the lanes it is 2026-06-01" in late.err) == (2, True)
    planned = await monitor(stage, *words, "2026-06-15")
    assert (planned.code, "From 2026-06-15 (UTC) on" in planned.out) == (0, True), planned.err
    live = await monitor(stage, "rules", "list", "--live")
    assert "Planned: edition 0, from 2026-06-15" in live.out
    assert live.out.count("judges by the file of its worker") == 2

    await stage.pass_time(LATER)
    await stage.applied()
    over = (await monitor(stage, "rules", "list", "--live", "--json")).lines()[0]
    assert (over["edition"]["edition"], over["planned"]) == (0, [])
    assert [each["edition"] for each in over["lanes"]] == [0, 0]
    before = {each["partition"]: each["clock"] for each in await stage.steps() if each["edition"] == -1}
    assert set(before.values()) == {"2026-06-14T23:59:59.999999Z"}


async def test_nothing_is_published_that_nobody_said_yes_to(stage: Stage) -> None:
    file = stage.folder / "longer.yaml"
    dry = await monitor(stage, "rules", "apply", file, "--dry-run")
    assert (dry.code, "2 judged anew" in dry.out) == (0, True), dry.err
    asked = await monitor(stage, "rules", "apply", file)
    assert (asked.code, "nobody can be asked; look first with --dry-run, then give --yes" in asked.err) == (
        2,
        True,
    )
    assert answered_no(stage, "rules", "apply", str(file)) == 1
    assert await history(stage) == []


async def test_lanes_that_do_not_follow_are_told(stage: Stage) -> None:
    stage.end_all()
    left = await monitor(stage, "rules", "apply", stage.folder / "longer.yaml", "--yes", "--timeout", "1s")
    assert left.code == 3
    assert "lane 0 judges by the file of its worker" in left.err
    assert "0 of 2 lanes have followed to edition 0 in time, and it stands" in left.err
    assert len(await history(stage)) == 1


async def history(stage: Stage) -> list[dict[str, Any]]:
    ran = await monitor(stage, "rules", "history", "--json")
    assert ran.code == 0, ran.err
    editions: list[dict[str, Any]] = json.loads(ran.out)
    return editions


def answered_no(stage: Stage, *words: str) -> int:
    """The exit code of a command whose question is answered on a terminal."""
    ours, theirs = os.openpty()
    os.write(ours, b"n\n")
    environment = {**os.environ, **stage.environment}
    ended = subprocess.run(
        [*COMMAND, *words], stdin=theirs, stdout=subprocess.DEVNULL, env=environment, check=False
    )
    os.close(theirs)
    os.close(ours)
    return ended.returncode
