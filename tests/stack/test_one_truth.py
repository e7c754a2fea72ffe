"""The same warnings out of the file and through Kafka: with one worker, with two, with one killed in between."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.local import Servers
from monitor.offline.files import sorted_records
from monitor.offline.records import Columns, RawRecord
from tests.commands import churn_monitor
from tests.stack.stage import Stage, Told, staged
from tests.stack.steps import clocks, gaps

RULES = """
version: 1
rules:
  - name: overdue
    kind: silence
    of: order.placed
    personal: {factor: 3, floor: 14d, fallback: 60d, min_gaps: 2, prior: {gap: 30d, weight: 2}}
    steps: [{times: 2, severity: critical}]
"""
UNTIL = datetime(1998, 12, 31, tzinfo=UTC)
COLUMNS = Columns(customer="1", time="3", amount="5")
EVENT_TIME = {"clock": "event", "idle_after": "1s"}

Warnings = dict[str, dict[str, Any]]
"""Warning events by id."""


@pytest.fixture(scope="module")
def sample(shared: Path) -> Path:
    return shared / "data" / "cdnow" / "CDNOW_sample.txt"


@pytest.fixture(scope="module")
def told(sample: Path) -> list[Told]:
    """The orders of the file as events, in the order of time."""
    return [
        order(record.value)
        for record in sorted_records(sample, columns=COLUMNS)
        if isinstance(record, RawRecord)
    ]


@pytest.fixture(scope="module")
def expected(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Warnings:
    """What `churn-monitor replay` says of the file."""
    rules = tmp_path_factory.mktemp("replay") / "rules.yaml"
    rules.write_text(RULES)
    columns = ("--customer", 1, "--time", 3, "--amount", 5)
    ran = churn_monitor("replay", sample, *columns, "--rules", rules, "--until", UNTIL.date(), "--json")
    assert ran.code == 0, ran.err
    warnings = by_id(ran.lines())
    assert len(warnings) > 2_000
    return warnings


def order(value: bytes) -> Told:
    return Told("orders", json.loads(value)["subject"].encode(), value)


def by_id(warnings: Iterable[dict[str, Any]]) -> Warnings:
    """The events, none of which may have come twice."""
    found: Warnings = {}
    for warning in warnings:
        assert warning["id"] not in found, f"twice: {warning}"
        found[warning["id"]] = warning
    return found


def standing(warnings: Warnings) -> dict[str, dict[str, Any]]:
    """What stands after these transitions, under the keys of the compacted topic."""
    last: dict[str, dict[str, Any]] = {}
    for warning in sorted(warnings.values(), key=lambda each: int(each["data"]["sequence"])):
        content = warning["data"]
        last[f"{content['customer']}/{content['rule']}/{content['about'] or ''}"] = warning
    return {key: warning for key, warning in last.items() if warning["type"] != "warning.resolved"}


async def compacted(stage: Stage) -> dict[str, dict[str, Any]]:
    """What a reader of the compacted topic holds in the end."""
    last = {record.key.decode(): record.value for record in await stage.read("churn.warnings.standing")}
    return {key: json.loads(value) for key, value in last.items() if value is not None}


async def ends_as(stage: Stage, expected: Warnings) -> None:
    """Let time pass to the end, and hold everything that came of it against the replay."""
    await stage.pass_time(UNTIL)
    await stage.applied()
    assert by_id(await stage.warnings()) == expected
    assert await compacted(stage) == standing(expected)
    steps = await stage.steps()
    assert gaps(steps) == []
    assert clocks(steps) == dict.fromkeys(range(stage.settings.partitions), UNTIL)
    assert await stage.read("churn.dead-letters") == []


async def test_one_worker_says_what_the_replay_says(
    servers: Servers, prefix: str, tmp_path: Path, told: list[Told], expected: Warnings
) -> None:
    async with staged(servers, prefix, tmp_path, RULES, **EVENT_TIME) as stage:
        await stage.tell(*told)
        stage.start()
        await ends_as(stage, expected)


async def test_two_workers_say_what_the_replay_says(
    servers: Servers, prefix: str, tmp_path: Path, told: list[Told], expected: Warnings
) -> None:
    async with staged(servers, prefix, tmp_path, RULES, **EVENT_TIME) as stage:
        await stage.share("first", "second")
        await stage.tell(*told)
        await ends_as(stage, expected)


async def test_it_is_said_though_one_of_two_is_killed_half_way_and_another_comes(
    servers: Servers, prefix: str, tmp_path: Path, told: list[Told], expected: Warnings
) -> None:
    half = len(told) // 2
    async with staged(servers, prefix, tmp_path, RULES, **EVENT_TIME) as stage:
        await stage.share("first", "second")
        await stage.tell(*told[:half])
        await stage.warned(1)
        stage.workers[0].kill()
        stage.start("third")
        await stage.tell(*told[half:])
        await ends_as(stage, expected)
