"""The embedded servers through Python: side by side, killed, started again, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis import Redis

from monitor.local import Servers, ports, processes, program
from monitor.local.valkey import Valkey
from schemas.errors import ConfigError, StoreUnavailable

PARENT = """
import sys, time
from monitor.local import Servers
servers = Servers.up(kafka=False)
print(servers.folder, *(each.pid for each in servers.health()), flush=True)
time.sleep(60)
"""


INTERRUPTED = """
import os, signal
from monitor.local import Servers
from monitor.local.processes import Process
Process.stop = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with Servers.up(kafka=False) as servers:
    print(servers.folder, *(each.pid for each in servers.health()), flush=True)
"""


class Broken(RuntimeError):
    pass


async def topics(kafka: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return {name for name in await admin.list_topics() if not name.startswith("__")}
    finally:
        await admin.close()


async def create_topic(kafka: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
    finally:
        await admin.close()


def pids(servers: Servers) -> list[int]:
    return [each.pid for each in servers.health() if each.pid is not None]


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def eventually(check: Callable[[], bool], within: float = 10.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if check():
            return True
        time.sleep(0.05)
    return False


async def test_the_broker_takes_a_topic_as_soon_as_it_is_up(servers: Servers, prefix: str) -> None:
    await create_topic(servers.kafka, f"{prefix}orders")
    assert f"{prefix}orders" in await topics(servers.kafka)


def test_valkey_takes_a_key_as_soon_as_it_is_up(servers: Servers, prefix: str) -> None:
    with Redis.from_url(servers.redis) as redis:
        redis.set(f"{prefix}key", "value")
        assert redis.get(f"{prefix}key") == b"value"


def test_health_tells_of_each_server(servers: Servers) -> None:
    assert [(each.name, each.answers) for each in servers.health()] == [("kafka", True), ("redis", True)]
    assert all(each.memory and each.started for each in servers.health())


def test_two_run_side_by_side() -> None:
    with Servers.up(kafka=False) as one, Servers.up(kafka=False) as other:
        assert one.redis != other.redis
        assert one.folder != other.folder


def test_leaving_the_block_stops_the_servers_and_removes_the_folder() -> None:
    with Servers.up(kafka=False) as servers:
        running = pids(servers)
    assert all(map(gone, running))
    assert not servers.folder.exists()


def test_an_exception_stops_them_too() -> None:
    servers = Servers.up(kafka=False)
    running = pids(servers)
    with pytest.raises(Broken), servers:
        raise Broken
    assert all(map(gone, running))


def test_they_do_not_outlive_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        folder, *running = parent.stdout.readline().split()
        parent.kill()
    assert eventually(lambda: all(gone(int(pid)) for pid in running))
    assert eventually(lambda: not Path(folder).exists())


async def test_they_outlive_the_thread_that_started_them() -> None:
    servers = await asyncio.to_thread(Servers.up, kafka=False)
    try:
        await asyncio.sleep(0.5)
        assert servers.running()
    finally:
        servers.down()


def test_going_down_twice_is_going_down_once() -> None:
    servers = Servers.up(kafka=False)
    servers.down()
    servers.down()
    assert not servers.folder.exists()


def test_a_folder_of_ones_own_is_kept(tmp_path: Path) -> None:
    with Servers.up(tmp_path, kafka=False) as servers, Redis.from_url(servers.redis) as redis:
        redis.set("key", "kept")
        address = servers.redis
    with Servers.up(tmp_path, kafka=False) as servers, Redis.from_url(servers.redis) as redis:
        assert redis.get("key") == b"kept"
        assert servers.redis == address


def test_kept_servers_move_when_their_port_is_taken(tmp_path: Path) -> None:
    with Servers.up(tmp_path, kafka=False) as servers:
        address = servers.redis
    with socket.create_server((ports.HOST, port_of(address))), Servers.up(tmp_path, kafka=False) as servers:
        assert servers.redis != address


def test_a_port_that_is_taken_before_the_server_binds_it_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = ports.choose
    with socket.create_server((ports.HOST, 0)) as thief:
        choices = iter([[thief.getsockname()[1]]])
        monkeypatch.setattr(
            ports, "choose", lambda count, **wanted: next(choices, None) or choose(count, **wanted)
        )
        with Servers.up(tmp_path, kafka=False) as servers, Redis.from_url(servers.redis) as redis:
            assert redis.ping()


def test_a_stranger_on_the_port_is_not_taken_for_our_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = ports.choose
    with Servers.up(kafka=False) as stranger:
        choices = iter([[port_of(stranger.redis)]])
        monkeypatch.setattr(
            ports, "choose", lambda count, **wanted: next(choices, None) or choose(count, **wanted)
        )
        with Servers.up(tmp_path, kafka=False) as servers:
            assert servers.redis != stranger.redis


def test_tied_servers_are_refused_where_servers_run(tmp_path: Path) -> None:
    with Servers.up(tmp_path, kafka=False), pytest.raises(ConfigError, match="servers run here already"):
        Servers.up(tmp_path)


def test_a_server_that_was_not_asked_for_has_no_address() -> None:
    with Servers.up(kafka=False) as servers, pytest.raises(ConfigError, match="no kafka"):
        _ = servers.kafka


def test_a_killed_valkey_comes_back_on_its_port_with_its_keys() -> None:
    with Servers.up(kafka=False) as servers, Redis.from_url(servers.redis) as redis:
        redis.set("key", "kept")
        address = servers.redis
        servers.kill_redis(signal.SIGTERM)
        assert [each.answers for each in servers.health()] == [False]
        servers.start_redis()
        assert servers.redis == address
        assert redis.get("key") == b"kept"


async def test_a_killed_broker_comes_back_on_its_port_with_its_topics() -> None:
    with await asyncio.to_thread(Servers.up, redis=False) as servers:
        address = servers.kafka
        await create_topic(address, "orders")
        servers.kill_kafka()
        assert [each.answers for each in servers.health()] == [False]
        servers.start_kafka()
        assert servers.kafka == address
        assert await topics(address) == {"orders"}


def test_a_paused_server_is_running_and_does_not_answer() -> None:
    with Servers.up(kafka=False) as servers:
        servers.kill_redis(signal.SIGSTOP)
        assert [(each.answers, each.pid is None) for each in servers.health()] == [(False, False)]


def test_a_server_that_dies_at_its_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Servers.up(tmp_path, kafka=False):
        pass
    manifest = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")
    with pytest.raises(StoreUnavailable, match=r"(?s)Valkey died at its start.*AOF manifest"):
        Servers.up(tmp_path, kafka=False)


def test_an_interrupted_start_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def interrupt(_server: Valkey, _port: int) -> bool:
        started.extend(child.pid for child in psutil.Process().children())
        raise KeyboardInterrupt

    monkeypatch.setattr(Valkey, "answers", interrupt)
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(KeyboardInterrupt):
        Servers.up(kafka=False)
    assert set(started) - before
    assert all(map(gone, set(started) - before))


def test_a_server_that_never_answers_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "START_PATIENCE", processes.PAUSE * 3)
    monkeypatch.setattr(Valkey, "answers", lambda _server, _port: False)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        Servers.up(tmp_path, kafka=False)


def test_the_brokers_files_stay_in_its_folder(servers: Servers) -> None:
    broker = next(each for each in servers.health() if each.name == "kafka")
    files = {Path(file.path) for file in psutil.Process(broker.pid).open_files()}
    written = {file for file in files if os.access(file, os.W_OK) and file.suffix in {".log", ".index"}}
    assert written
    assert all(servers.folder in file.parents for file in written)


def test_an_end_while_going_down_is_finished_by_the_watchdog() -> None:
    parent = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        folder, *running = parent.stdout.readline().split()
    assert eventually(lambda: all(gone(int(pid)) for pid in running))
    assert eventually(lambda: not Path(folder).exists())
