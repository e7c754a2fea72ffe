"""Through TLS, with a login for each, and the least rights that `topics acls` names: everything works, and no more."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from redis.asyncio import Redis

from monitor.local import Servers
from schemas.access import COMPONENTS, Component, redis_rights
from schemas.settings import Settings, load_settings
from tests.events import order
from tests.stack.secured import Certificates, Secured, secured, through_tls
from tests.stack.test_warnings_live import Ran
from tests.stack.workers import COMMAND, GLANCE, PATIENCE, Worker, as_environment

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
"""
NO_PASSWORD = "no-such-secret"  # noqa: S105  it is none
LONG_AGO = "2026-01-01"


def password_of(user: str) -> str:
    return f"the-secret-of-{user}"


def environment(broker: Secured, certificates: Certificates, user: str) -> dict[str, str]:
    """The variables by which a user reaches the broker."""
    login = {"kafka_username": user, "kafka_password": password_of(user)}
    tls = {"kafka_tls": "true", "kafka_ca": certificates.authority}
    return as_environment(
        {"kafka": broker.address, **tls, **login, "partitions": 1, "broker_patience": "20s"}
    )


class World(NamedTuple):
    """A secured broker, a Valkey behind TLS that asks for a login, and the settings of each component."""

    broker: Secured
    folder: Path
    certificates: Certificates
    redis: str
    """Its URL, with `{login}` in the place of user and password."""

    def environment(self, user: str, password: str | None = None) -> dict[str, str]:
        """What a process of this user is started with."""
        login = f"{user}:{password_of(user)}"
        told = {"kafka_password": password or password_of(user), "redis": self.redis.format(login=login)}
        told |= {"rules": str(self.folder / "rules.yaml"), "data_dir": str(self.folder / user)}
        return environment(self.broker, self.certificates, user) | as_environment(told)

    def settings(self, user: str) -> Settings:
        return load_settings(environ=self.environment(user))

    async def run(self, user: str, *words: str, password: str | None = None) -> Ran:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *words,
            env={**os.environ, **self.environment(user, password)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Secured, Certificates]]:
    """A broker on which each component has a user of its name with its rights; the one who may has made the topics."""
    folder = tmp_path_factory.mktemp("secured")
    certificates = Certificates(folder)
    with secured(folder / "kafka", certificates, {user: password_of(user) for user in COMPONENTS}) as running:
        for component in COMPONENTS:
            running.grant(component, component, load_settings(environ={}))
        admin = os.environ | environment(running, certificates, "admin")
        subprocess.run([*COMMAND, "topics", "ensure"], check=True, env=admin, stdout=subprocess.DEVNULL)
        yield running, certificates


@pytest.fixture
async def world(
    broker: tuple[Secured, Certificates], servers: Servers, tmp_path: Path
) -> AsyncIterator[World]:
    """Beside the broker, Redis users who may just what they need, behind TLS."""
    (tmp_path / "rules.yaml").write_text(RULES)
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(through_tls(urlsplit(servers.redis).port or 0, broker[1]))
        client = Redis.from_url(servers.redis)
        stack.push_async_callback(client.aclose)
        for user, rights in redis_rights(Settings()).items():
            rules = ("ACL", "SETUSER", user, "reset", "on", f">{password_of(user)}", *rights)
            await client.execute_command(*rules)  # type: ignore[no-untyped-call]
            stack.push_async_callback(client.acl_deluser, user)
        redis = f"rediss://{{login}}@localhost:{behind}/0?ssl_ca_certs={broker[1].authority}"
        yield World(broker[0], tmp_path, broker[1], redis)


def client_options(world: World, user: Component) -> dict[str, object]:
    return {**world.settings(user).kafka_options(), "request_timeout_ms": 5_000}


async def produce(world: World, user: Component, customer: str) -> None:
    async with AIOKafkaProducer(**client_options(world, user)) as producer:
        await producer.send_and_wait("orders", order(customer, LONG_AGO), customer.encode())


async def read(world: World, user: Component, topic: str) -> list[bytes]:
    """What a user gets to read from a topic's start. Raises what the broker says to one who may not."""
    options = {**client_options(world, user), "auto_offset_reset": "earliest"}
    consumer = AIOKafkaConsumer(topic, isolation_level="read_committed", **options)
    try:
        await consumer.start()  # where it raises, `async with` would leave its connections open
        until = time.monotonic() + PATIENCE.total_seconds()
        while time.monotonic() < until:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                return [record.value for record in records]
    finally:
        await consumer.stop()
    return []


async def test_each_works_with_the_least_rights_and_may_do_no_more(world: World) -> None:
    await produce(world, "produce", "ada")
    detect = Worker("detect", world.folder, world.environment("detect"))
    deliver = Worker("deliver", world.folder, world.environment("deliver"), "--role", "deliver")
    try:
        (warning,) = await read(world, "read", "churn.warnings")
        assert b'"subject":"ada"' in warning
        for user, topic in (("read", "orders"), ("read", "customers"), ("deliver", "orders")):
            with pytest.raises(TopicAuthorizationFailedError):
                await read(world, user, topic)  # type: ignore[arg-type]
        with pytest.raises(TopicAuthorizationFailedError):
            await produce(world, "read", "eve")
        listed = await world.run("operate", "warnings", "list", "--json")
        assert len(listed.lines()) == 1, listed.err
        acknowledged = await world.run("operate", "warnings", "ack", listed.lines()[0]["data"]["warning"])
        assert acknowledged.code == 0, acknowledged.err
        await streamed(world, 2)
        rebuilt = await world.run("deliver", "redis", "rebuild", "--yes")
        assert rebuilt.code == 0, rebuilt.err
        for worker in (detect, deliver):
            assert (await worker.stop()).code == 0
    finally:
        for worker in (detect, deliver):
            if not worker.has_ended():
                worker.kill()
    told = detect.log() + deliver.log() + listed.err + acknowledged.err
    assert [user for user in COMPONENTS if password_of(user) in told] == []


async def streamed(world: World, number: int) -> None:
    """Wait until a reader of the stream, who may only read, finds so many warnings."""
    client = Redis.from_url(world.settings("read").redis.get_secret_value())
    until = time.monotonic() + PATIENCE.total_seconds()
    try:
        while len(found := await client.xrange("churn.warnings.0") or []) < number:
            assert time.monotonic() < until, found
            await asyncio.sleep(GLANCE)
    finally:
        await client.aclose()


async def test_a_wrong_password_is_told_at_once_and_not_shown(world: World) -> None:
    began = datetime.now(UTC)
    ran = await world.run("operate", "warnings", "list", password=NO_PASSWORD)
    assert ran.code == 2
    assert "kafka_username" in ran.err
    assert NO_PASSWORD not in ran.err + ran.out
    assert (datetime.now(UTC) - began).total_seconds() < 15


async def test_one_who_may_not_is_told_which_right_is_missing(world: World) -> None:
    ran = await world.run("produce", "warnings", "list")
    assert ran.code == 2, ran.out
    assert "topics acls" in ran.err


def test_no_command_line_shows_a_password(world: World) -> None:
    worker = Worker("detect", world.folder, world.environment("detect"))
    try:
        seen = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
        assert [line for line in seen if password_of("detect").encode() in line and b"churn" in line] == []
    finally:
        worker.kill()
