"""`churn-monitor redis rebuild` on the real servers: streams as the topic has them, and nobody is told twice."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from redis.asyncio import Redis

from agents.deliver import Delivery
from monitor.adapters.redis_streams import Gap, StreamReader
from monitor.adapters.topics import ensure
from monitor.local import Servers
from schemas.connections import SecretUrl
from schemas.settings import Settings
from schemas.streams import Entry, entry_id, stream_name
from tests.stack.workers import COMMAND
from tests.warning_feed import Feed, as_environment, feeding, in_redis, on_topic, stream


@pytest.fixture
async def settings(servers: Servers, prefix: str) -> Settings:
    settings = Settings(
        kafka=servers.kafka,
        redis=SecretUrl(servers.redis),
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


async def rebuild(settings: Settings, *words: str) -> tuple[int, str, str]:
    environment = as_environment(settings) | {"CHURN_MONITOR_STREAM_LENGTH": str(settings.stream_length)}
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "redis", "rebuild", *words),
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def spoil(settings: Settings) -> None:
    """A hole, a forged entry, and a stream that ends early: nothing that a worker would notice by itself."""
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        name = stream_name(0, settings)
        entries: Any = await redis.xrange(name)
        await redis.xdel(name, *(each for each, _ in entries[10:20]))
        await redis.xtrim(stream_name(1, settings), maxlen=5, approximate=False)
        await redis.xdel(name, entries[-1][0])


async def copied(settings: Settings) -> None:
    """Wait until the streams are the topic."""
    async with asyncio.timeout(30):
        while await in_redis(settings) != await on_topic(settings):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def read_by(settings: Settings, cursor: str, count: int) -> list[Entry | Gap]:
    """What a subscriber reads on from its cursor until it has so many entries, or nothing comes any more."""
    reader = StreamReader(settings, cursor)
    await reader.begin(from_beginning=True)
    found: list[Entry | Gap] = []
    async with aclosing(reader.parts()) as incoming:
        async for parts in incoming:
            found += [each for each in parts if isinstance(each, Entry | Gap)]
            await reader.keep(each for each in parts if isinstance(each, Entry))
            if len(found) >= count or not parts:
                break
    await reader.close()
    return found


async def test_streams_are_as_the_topic_has_them_and_cursors_where_they_were(
    settings: Settings, feed: Feed
) -> None:
    await feed.write(400)
    delivery = Delivery(settings)
    await delivery.app.start()
    await copied(settings)
    await delivery.app.stop()
    assert len(await read_by(settings, "crm", 400)) == 400
    await spoil(settings)
    spoiled = await in_redis(settings)

    looked = await rebuild(settings, "--dry-run", "--json")
    assert looked[0] == 0, looked
    assert [each["entries"] for each in json.loads(looked[1])] == [200 - 11, 5]
    refused = await rebuild(settings)
    assert refused[0] == 2, refused
    assert "--yes" in refused[2]
    assert await in_redis(settings) == spoiled != await on_topic(settings)

    ran = await rebuild(settings, "--yes")
    assert ran[0] == 0, ran
    assert "400 warnings stand in 2 streams" in ran[2]
    assert await in_redis(settings) == await on_topic(settings)
    assert await read_by(settings, "crm", 1) == []
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        assert await redis.keys(f"{settings.topic_prefix}*.new") == []


async def test_it_goes_back_as_far_as_a_stream_is_long(settings: Settings, feed: Feed) -> None:
    await feed.write(3_000, together=100)
    short = settings.model_copy(update={"stream_length": 500})
    assert (await rebuild(short, "--yes"))[0] == 0
    found, expected = await in_redis(settings), await on_topic(settings)
    for partition in range(2):
        own = [each for each in found if each.partition == partition]
        assert own == [each for each in expected if each.partition == partition][-len(own) :]
        assert 300 < len(own) <= 500


async def test_while_a_worker_copies_nothing_is_missed_or_told_twice(settings: Settings, feed: Feed) -> None:
    await feed.write(1_000, together=50)
    delivery = Delivery(settings)
    await delivery.app.start()
    await copied(settings)
    reading = asyncio.create_task(read_by(settings, "crm", 2_000))
    writing = asyncio.create_task(feed.write(1_000, together=5))
    rebuilds = 0
    while not writing.done():
        ran = await rebuild(settings, "--yes")
        assert ran[0] == 0, ran
        rebuilds += 1
    await copied(settings)
    read = await asyncio.wait_for(reading, 30)
    await delivery.app.stop()
    assert rebuilds > 0
    assert sorted(read) == await on_topic(settings)


async def test_what_was_copied_from_another_log_goes(settings: Settings, feed: Feed) -> None:
    await feed.write(20)
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        await redis.xadd(stream_name(0, settings), {"event": "old"}, entry_id(10_000))
    assert (await rebuild(settings, "--yes"))[0] == 0
    assert await in_redis(settings) == await on_topic(settings)
    assert next(int(fields[b"after"]) for _, fields in await stream(settings, 0)) == -1
