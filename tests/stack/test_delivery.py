"""The delivering worker on the real servers: the copy is exact, whatever happens to Redis or the worker."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis

from agents.deliver import Delivery
from monitor.adapters.topics import ensure
from monitor.local import Servers
from schemas.connections import SecretUrl
from schemas.settings import Settings
from schemas.streams import Entry
from tests.warning_feed import Feed, as_environment, feeding, in_redis, on_topic, stream

WORKER = """
import asyncio
from agents.deliver import make_app
from schemas.settings import load_settings
async def run():
    await make_app(load_settings()).start()
    await asyncio.sleep(600)
asyncio.run(run())
"""


@pytest.fixture(scope="module")
def own() -> Iterator[Servers]:
    """Servers that a test may kill."""
    with Servers.up() as servers:
        yield servers


@pytest.fixture
async def settings(own: Servers, prefix: str) -> Settings:
    settings = Settings(
        kafka=own.kafka,
        redis=SecretUrl(own.redis),
        topic_prefix=prefix,
        app_id=f"{prefix}app",
        partitions=2,
    )
    await ensure(settings)
    return settings


@pytest.fixture
async def feed(settings: Settings) -> AsyncIterator[Feed]:
    async with feeding(settings) as feed:
        yield feed


@asynccontextmanager
async def delivering(settings: Settings) -> AsyncIterator[Delivery]:
    delivery = Delivery(settings)
    await delivery.app.start()
    try:
        yield delivery
    finally:
        await delivery.app.stop()


async def copied(settings: Settings, *, within: float = 30.0) -> None:
    """Wait until the streams hold what the topic holds, byte for byte; fail with what differs."""
    expected, until = await on_topic(settings), time.monotonic() + within
    while (found := await in_redis(settings)) != expected and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert [entry[:2] for entry in found] == [entry[:2] for entry in expected]
    assert found == expected


def worker_process(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER], env=as_environment(settings))


def ends(entries: list[Entry]) -> dict[int, int]:
    """The last offset of each partition."""
    return {entry.partition: entry.offset for entry in entries}


def empty_redis(own: Servers) -> None:
    """What a server without a disk does when it is killed and comes back."""
    own.kill_redis()
    shutil.rmtree(own.folder / "redis" / "appendonlydir")
    own.start_redis()


async def test_what_stood_on_the_topic_and_what_comes_is_copied(settings: Settings, feed: Feed) -> None:
    await feed.write(300)
    async with delivering(settings):
        await copied(settings)
        await feed.write(100)
        await copied(settings)


async def test_offset_zero_is_copied(settings: Settings, feed: Feed) -> None:
    await feed.write(2)
    async with delivering(settings):
        await copied(settings)
    assert (await in_redis(settings))[0].offset == 0


async def test_a_restart_in_the_middle_goes_on_behind_the_last_entry(settings: Settings, feed: Feed) -> None:
    await feed.write(100)
    async with delivering(settings):
        await copied(settings)
    await feed.write(100)
    async with delivering(settings):
        await copied(settings)


async def test_a_worker_killed_in_the_middle_leaves_a_copy_to_go_on_from(
    settings: Settings, feed: Feed
) -> None:
    with worker_process(settings) as worker:
        while len(await in_redis(settings)) < 50:
            await feed.write(50)
        worker.send_signal(signal.SIGKILL)
    await feed.write(100)
    async with delivering(settings):
        await copied(settings)


async def test_two_workers_share_the_partitions_and_one_takes_over(settings: Settings, feed: Feed) -> None:
    async with delivering(settings):
        async with delivering(settings):
            await feed.write(200)
            await copied(settings)
        await feed.write(100)
        await copied(settings)


async def test_redis_down_for_some_seconds_is_caught_up(own: Servers, settings: Settings, feed: Feed) -> None:
    async with delivering(settings):
        await feed.write(50)
        await copied(settings)
        own.kill_redis()
        await feed.write(200)
        await asyncio.sleep(3)
        own.start_redis()
        await copied(settings)


async def test_redis_down_at_the_start_is_waited_for(own: Servers, settings: Settings, feed: Feed) -> None:
    await feed.write(50)
    own.kill_redis()
    async with delivering(settings):
        await asyncio.sleep(2)
        own.start_redis()
        await copied(settings)


async def test_a_worker_stops_quickly_though_redis_is_down(
    own: Servers, settings: Settings, feed: Feed
) -> None:
    async with delivering(settings):
        await feed.write(50)
        await copied(settings)
        own.kill_redis()
        await feed.write(50)
        await asyncio.sleep(2)
        began = time.monotonic()
    own.start_redis()
    assert time.monotonic() - began < 5


async def test_redis_killed_and_empty_again_is_refilled(own: Servers, settings: Settings, feed: Feed) -> None:
    async with delivering(settings):
        await feed.write(200)
        await copied(settings)
        empty_redis(own)
        await feed.write(20)
        await copied(settings)


async def test_redis_emptied_is_refilled_though_nothing_new_comes(
    own: Servers, settings: Settings, feed: Feed
) -> None:
    async with delivering(settings):
        await feed.write(200)
        await copied(settings)
        async with Redis.from_url(own.redis) as redis:
            await redis.flushdb()
        await copied(settings)


async def test_a_refill_goes_back_no_further_than_a_stream_is_long(settings: Settings, feed: Feed) -> None:
    await feed.write(600)
    short = settings.model_copy(update={"stream_length": 100})
    async with delivering(short):
        expected = ends(await on_topic(settings))
        until = time.monotonic() + 20
        while ends(found := await in_redis(settings)) != expected and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert ends(found) == expected
    assert found == [entry for entry in await on_topic(settings) if entry in found]
    assert 100 < len(found) <= 2 * 100


async def test_a_topic_made_anew_begins_the_streams_anew(settings: Settings, feed: Feed) -> None:
    await feed.write(200)
    async with delivering(settings):
        await copied(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_topics([feed.topic])
    await admin.close()
    await asyncio.sleep(1)
    await ensure(settings)
    async with feeding(settings) as another:
        await another.write(20)
    async with delivering(settings):
        await copied(settings)


async def test_the_group_shows_operators_what_was_copied(settings: Settings, feed: Feed) -> None:
    await feed.write(20)
    async with delivering(settings) as delivery:
        await copied(settings)
        await asyncio.sleep(3)
        wanted = {partition: at for (_, partition), at in delivery.positions().items()}
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    told = await admin.list_consumer_group_offsets(f"{settings.app_id}-deliver")
    await admin.close()
    assert {place.partition: at.offset for place, at in told.items()} == wanted
    assert len(wanted) == 2


async def test_the_streams_say_what_lies_between_entries(settings: Settings, feed: Feed) -> None:
    await feed.write(100)
    async with delivering(settings):
        await copied(settings)
    entries = await stream(settings, 0)
    offsets = [offset for offset, _ in entries]
    assert [int(fields[b"after"]) for _, fields in entries] == [-1, *offsets[:-1]]
    assert any(later - earlier > 1 for earlier, later in pairwise(offsets))
