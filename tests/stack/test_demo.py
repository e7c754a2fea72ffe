"""`churn-monitor demo` as a user types it: what it finds, that it is what a replay finds, and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from monitor.demo.findings import find
from monitor.demo.plays import Play
from monitor.demo.seen import Seen
from monitor.demo.shop import open_shop
from tests.commands import churn_monitor

SHOP = ("--seed", "5", "--customers", "300", "--days", "120", "--length", "6s")
PATIENCE = 120


class Demo:
    """The command, with a temporary folder and a state folder of its own."""

    def __init__(self, home: Path) -> None:
        self.temporary = home / "tmp"
        self.temporary.mkdir()
        self.environment = {
            **os.environ,
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(self.temporary),
        }

    def start(self, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "monitor.cli.main", "demo", *map(str, words)]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def left(self) -> list[str]:
        """What runs with our folder as its temporary one, or is in it."""
        running = [" ".join(each.cmdline()) for each in psutil.process_iter() if self._is_ours(each)]
        return [*running, *map(str, self.temporary.iterdir())]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("TMPDIR") == str(self.temporary)
        except psutil.Error:
            return False


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    command = Demo(tmp_path)
    yield command
    assert command.left() == []


def replayed(play: Play, events: Path) -> Seen:
    """What a replay of the same events tells, up to the same moment."""
    warnings = events.with_name("warnings.jsonl")
    until = play.span.until.isoformat()
    assert churn_monitor("replay", events, "--until", until, "-o", warnings).code == 0
    seen = Seen()
    for line in warnings.read_bytes().splitlines():
        seen.warning(line)
    return seen


def test_it_finds_what_a_replay_of_its_events_finds(demo: Demo, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    running = demo.start(*SHOP, "--json", "--dump", events)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    play = open_shop(5, 300, 120)
    seen = replayed(play, events)
    same = json.loads(msgspec.json.encode(find(play, seen)))
    for what in ("begin", "until", "customers", "rules", "ended", "groups", "false_alarms"):
        assert found[what] == same[what]
    records = found["records"]
    assert records["sent"] == len(play.deliveries)
    accounted = records["applied"] + records["repeated"] + records["unknown_type"]
    assert accounted + sum(records["dead_letters"].values()) == records["sent"]
    assert records["late"] > 0
    assert found["redis"] == {"entries": len(seen.told), "missing": 0, "repeated": 0}


def test_real_orders_can_be_played(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    days = [
        (name, month) for month in range(1, 10) for name in ("ada", "bob", "cy") if (name, month) < ("bob", 5)
    ]
    path.write_text(
        "customer,date,amount\n" + "".join(f"{name},2025-{month:02}-01,10\n" for name, month in days)
    )
    running = demo.start("--orders", path, "--length", "2s", "--json")
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    found = json.loads(out)
    assert found["records"]["applied"] == len(days)
    assert found["groups"] == {}


@pytest.mark.parametrize(
    ("moment", "number", "code"),
    [
        ("Starting Valkey", signal.SIGINT, 130),
        ("Starting Kafka", signal.SIGTERM, 143),
        ("Making the topics", signal.SIGINT, 130),
        ("playing", signal.SIGINT, 130),
        ("playing", signal.SIGTERM, 143),
    ],
)
def test_a_signal_at_any_moment_leaves_nothing(
    demo: Demo, moment: str, number: signal.Signals, code: int
) -> None:
    running = demo.start(*SHOP)
    assert running.stderr is not None
    for line in running.stderr:
        if moment in line:
            break
    time.sleep(0.3)
    running.send_signal(number)
    assert running.wait(PATIENCE) == code
    running.communicate()


def test_what_is_kept_can_be_looked_at_and_ends_with_the_servers(demo: Demo) -> None:
    running = demo.start(*SHOP, "--keep", "--json")
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    told = dict(word.split("=", 1) for word in err.split() if word.startswith("CHURN_MONITOR_"))
    found = json.loads(out)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "monitor.cli.main", *words]
        return subprocess.run(
            command, env=demo.environment | told, capture_output=True, text=True, check=True
        )

    try:
        many, events = str(found["redis"]["entries"]), next(word for word in err.split() if "jsonl" in word)
        ours = ids(run("replay", events, "--until", found["until"], "--json").stdout)
        assert len(ours) == int(many)
        assert ids(run("tail", "--from-beginning", "-n", many, "--json").stdout) == ours
        assert ids(run("tail", "--redis", "--from-beginning", "-n", many, "--json").stdout) == ours
        topic = f"{told['CHURN_MONITOR_TOPIC_PREFIX']}churn.warnings"
        consumer = ("local", "kafka", "console-consumer", "--topic", topic, "--from-beginning")
        assert "resolves_when" in run(*consumer, "--max-messages", "1").stdout
    finally:
        run("local", "down")
    wait_until_gone(demo)


def ids(lines: str) -> set[str]:
    return {json.loads(line)["id"] for line in lines.splitlines()}


def test_everything_ends_though_the_demo_is_killed(demo: Demo) -> None:
    running = demo.start(*SHOP)
    assert running.stderr is not None
    next(line for line in running.stderr if "playing" in line)
    running.kill()
    running.communicate()
    wait_until_gone(demo)


def wait_until_gone(demo: Demo) -> None:
    for _ in range(PATIENCE):
        if not demo.left():
            return
        time.sleep(0.25)
