"""`churn-monitor local` as a user types it, with state folders of its own."""

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

import psutil
import pytest
from redis import Redis

UNROUTABLE = "http://127.0.0.1:9"


class Local:
    """The command, and the folder in which the user's state is."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "kept"
        temporary = home / "tmp"
        temporary.mkdir()
        self.temporary = temporary
        self.environment = {**os.environ, "XDG_STATE_HOME": str(home / "state"), "TMPDIR": str(temporary)}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "monitor.cli.main", "local", *words]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def tell(self, *words: str, **environment: str) -> dict[str, Any]:
        done = self.run(*words, "--json", **environment)
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    command = Local(tmp_path)
    yield command
    command.run("down")


def test_without_servers_the_status_is_an_exit_code_of_1(local: Local) -> None:
    status = local.run("status")
    assert status.returncode == 1
    assert "churn-monitor local up" in status.stdout


def test_up_status_and_down(local: Local) -> None:
    up = local.tell("up")
    status = local.run("status")
    assert status.returncode == 0
    assert up["kafka"]["address"] in status.stdout
    assert str(up["redis"]["pid"]) in status.stdout
    assert local.run("down").returncode == 0
    assert not Path(up["folder"]).exists()
    assert local.run("status").returncode == 1


def test_a_second_up_finds_the_first(local: Local) -> None:
    first, second = local.tell("up"), local.tell("up")
    assert [second[name]["pid"] for name in ("kafka", "redis")] == [
        first[name]["pid"] for name in ("kafka", "redis")
    ]
    assert second["folder"] == first["folder"]


def test_two_ups_at_once_bring_up_one(local: Local) -> None:
    commands = [
        subprocess.Popen(local.command("up", "--json"), env=local.environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    one, other = (json.loads(command.communicate()[0]) for command in commands)
    assert one["kafka"]["pid"] == other["kafka"]["pid"]


def test_a_folder_keeps_its_store_its_ports_and_its_cluster_id(local: Local) -> None:
    place = ("--dir", str(local.folder))
    before = local.tell("up", *place)
    formatted = (local.folder / "kafka" / "formatted").read_text()
    with Redis.from_url(before["redis"]["address"]) as redis:
        redis.set("key", "kept")
    assert local.run("kafka", "topics", *place, "--create", "--topic", "orders").returncode == 0
    assert local.tell("down", *place) == {"stopped": {"folder": str(local.folder), "kept": True}}
    after = local.tell("up", *place)
    assert [after[name]["address"] for name in ("kafka", "redis")] == [
        before[name]["address"] for name in ("kafka", "redis")
    ]
    assert formatted.strip() in (local.folder / "kafka" / "log" / "meta.properties").read_text()
    assert "orders" in local.run("kafka", "topics", *place, "--list").stdout
    with Redis.from_url(after["redis"]["address"]) as redis:
        assert redis.get("key") == b"kept"


def test_a_folder_last_brought_up_need_not_be_named(local: Local) -> None:
    up = local.tell("up", "--dir", str(local.folder))
    assert local.tell("status")["kafka"]["pid"] == up["kafka"]["pid"]
    assert local.tell("down")["stopped"]["folder"] == str(local.folder)


def test_a_killed_broker_is_told_and_brought_back(local: Local) -> None:
    before = local.tell("up")
    os.kill(before["kafka"]["pid"], signal.SIGKILL)
    status = local.run("status")
    assert status.returncode == 1
    assert "not running" in status.stdout
    after = local.tell("up")
    assert after["kafka"]["address"] == before["kafka"]["address"]
    assert after["redis"]["pid"] == before["redis"]["pid"]


def test_an_up_that_is_interrupted_leaves_nothing_behind(local: Local) -> None:
    up = subprocess.Popen(local.command("up"), env=local.environment, stderr=subprocess.DEVNULL)
    while not list(local.temporary.glob("churn-monitor-*/kafka/broker.args")):
        time.sleep(0.02)
    servers = psutil.Process(up.pid).children()
    up.send_signal(signal.SIGINT)
    assert up.wait() != 0
    assert servers
    assert psutil.wait_procs(servers, timeout=5)[1] == []
    assert list(local.temporary.glob("churn-monitor-*")) == []


def test_an_up_that_is_killed_can_be_taken_down(local: Local) -> None:
    up = subprocess.Popen(local.command("up"), env=local.environment)
    while not list(local.temporary.glob("churn-monitor-*/redis/valkey.log")):
        time.sleep(0.02)
    up.kill()
    up.wait()
    assert local.run("down").returncode == 0
    assert list(local.temporary.glob("churn-monitor-*")) == []


def test_up_needs_no_network(local: Local, tmp_path: Path) -> None:
    deaf = {"HTTP_PROXY": UNROUTABLE, "HTTPS_PROXY": UNROUTABLE, "M2_REPO": str(tmp_path / "no-such-cache")}
    assert local.tell("up", **deaf)["running"]


def test_fetching_again_fetches_nothing(local: Local) -> None:
    assert local.tell("fetch", HTTPS_PROXY=UNROUTABLE)["fetched"] == 0


def test_a_console_consumer_reads_what_a_console_producer_wrote(local: Local) -> None:
    local.tell("up")
    local.run("kafka", "topics", "--create", "--topic", "words")
    producer = local.command("kafka", "console-producer", "--topic", "words")
    subprocess.run(
        producer, env=local.environment, input="silence\n", text=True, check=True, capture_output=True
    )
    read = local.run(
        "kafka", "console-consumer", "--topic", "words", "--from-beginning", "--max-messages", "1"
    )
    assert read.stdout == "silence\n"


def test_a_tool_that_kafka_has_not_is_refused_with_those_it_has(local: Local) -> None:
    local.tell("up")
    refused = local.run("kafka", "teapot")
    assert refused.returncode == 2
    assert "console-consumer" in refused.stderr


def test_a_tool_without_servers_is_refused_with_the_remedy(local: Local) -> None:
    refused = local.run("kafka", "topics", "--list")
    assert refused.returncode == 2
    assert "churn-monitor local up" in refused.stderr
