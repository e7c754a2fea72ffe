"""`churn-monitor dead-letters`: what went wrong is found, mended, put back once, and applied."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.local import Servers
from tests.events import order
from tests.stack.stage import Stage, Told, staged
from tests.stack.test_warnings_live import monitor

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
"""


@pytest.fixture
async def stage(servers: Servers, prefix: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """On lane 0: a customer of lane 1, an event without a zone, and one cut off in its middle."""
    async with staged(servers, prefix, tmp_path, RULES, clock="event") as stage:
        stranger = next(stage.customers(1))
        name = next(stage.customers(0))
        naive = order(name, "2026-06-01T10:00:00")
        values = {
            "stranger": (stranger, order(stranger, "2026-06-01")),
            "naive": (name, naive),
            "cut": (name, order(name, "2026-06-02")[:30]),
        }
        for key, value in values.values():
            await stage.tell(Told("orders", key.encode(), value, (), 0))
        (tmp_path / "mended.json").write_bytes(naive.replace(b'10:00:00"', b'10:00:00Z"'))
        stage.start()
        await stage.applied()
        yield stage


async def test_dead_letters_are_listed_shown_mended_and_put_back_once(stage: Stage) -> None:
    listed = (await monitor(stage, "dead-letters", "list", "--json")).lines()
    letters = {each["reason"]: each["letter"] for each in listed}
    assert list(letters) == ["wrong_partition", "naive_time", "broken_json"]

    shown = await monitor(stage, "dead-letters", "show", letters["naive_time"])
    assert "10:00:00" in shown.out
    assert "naive_time" in shown.out

    tried = await monitor(stage, "dead-letters", "retry", "--reason", "wrong_partition", "--dry-run")
    assert tried.out == f"{letters['wrong_partition']}  would go back\n"

    back = await monitor(stage, "dead-letters", "retry", "--reason", "wrong_partition", "--json")
    assert list(json.loads(back.out)["back"]) == [letters["wrong_partition"]]
    again = await monitor(stage, "dead-letters", "retry", "--reason", "wrong_partition", "--json")
    assert json.loads(again.out) == {"back": {}, "before": [letters["wrong_partition"]], "refused": {}}

    mended = stage.folder / "mended.json"
    fixed = await monitor(stage, "dead-letters", "retry", letters["naive_time"], "--value", mended)
    assert (fixed.code, fixed.err) == (0, "")
    await stage.applied()
    assert (await stage.counts())["applied"] == 2


async def test_one_that_fails_again_is_a_dead_letter_again_and_says_so(stage: Stage) -> None:
    retried = await monitor(stage, "dead-letters", "retry", "--reason", "broken_json")
    assert retried.code == 0, retried.err
    await stage.applied()
    broken = (await monitor(stage, "dead-letters", "list", "--reason", "broken_json", "--json")).lines()
    first, second = broken
    assert second["retry_of"] == f"{first['topic']}/{first['partition']}/{first['offset']}"
    assert second["value"] == first["value"]
    still = (
        await monitor(stage, "dead-letters", "list", "--reason", "broken_json", "--open", "--json")
    ).lines()
    assert [each["letter"] for each in still] == [second["letter"]]


async def test_what_cannot_be_is_said_with_its_remedy(stage: Stage) -> None:
    nothing = await monitor(stage, "dead-letters", "retry")
    assert nothing.code == 2
    assert "name some" in nothing.err
    unknown = await monitor(stage, "dead-letters", "show", "9/9")
    assert unknown.code == 2
    assert "dead-letters list" in unknown.err
