"""The contract of the streams on the real Valkey, and what only a server can do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from redis.asyncio import Redis

from monitor.adapters.redis_streams import Copy, Emptied, Gap, RedisStreams, StreamReader, Streams
from monitor.local import Servers
from schemas.connections import SecretUrl
from schemas.errors import ConfigError, StoreUnavailable
from schemas.settings import Settings
from schemas.streams import Entry, cursor_name, stream_name
from tests.contracts.streams import StreamsContract, copies
from tests.warning_feed import stream

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def valkey() -> Iterator[Servers]:
    with Servers.up(kafka=False) as servers:
        yield servers


@pytest.fixture
def settings(valkey: Servers, prefix: str) -> Settings:
    return Settings(redis=SecretUrl(valkey.redis), topic_prefix=prefix, partitions=2, stream_length=1_000)


@pytest.fixture
async def streams(settings: Settings) -> AsyncIterator[RedisStreams]:
    streams = RedisStreams(settings)
    yield streams
    await streams.close()


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        yield redis


async def read(reader: StreamReader) -> list[Entry | Gap | Emptied]:
    """What a reader finds now."""
    async for parts in reader.parts():
        return parts
    raise AssertionError("a reader never ends")


class TestRedisStreams(StreamsContract):
    @pytest.fixture(autouse=True)
    def _place(self, settings: Settings) -> None:
        self.settings = settings

    async def entries(self, streams: Streams, partition: int) -> Sequence[Copy]:
        return [
            Copy(offset, int(told[b"after"]), told[b"event"], told[b"customer"], told[b"type"].decode())
            for offset, told in await stream(self.settings, partition)
        ]


async def test_a_group_made_before_the_first_entry_is_no_entry(
    settings: Settings, streams: RedisStreams, redis: Redis
) -> None:
    await redis.xgroup_create(stream_name(0, settings), "mails", mkstream=True)
    assert await streams.last(0) is None
    assert await streams.append(0, None, copies(0, 1)) == 0


async def test_two_that_copy_at_once_leave_one_copy(settings: Settings, streams: RedisStreams) -> None:
    other = RedisStreams(settings)
    many = copies(*range(600))
    there = await asyncio.gather(streams.append(0, None, many), other.append(0, None, many))
    await other.close()
    assert sum(there) == 600
    assert await streams.last(0) == 599


async def test_out_of_memory_takes_nothing_of_a_batch(streams: RedisStreams, redis: Redis) -> None:
    await streams.append(0, None, copies(0))
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="Redis does not answer"):
            await streams.append(0, 0, copies(1, 2, after=0))
    finally:
        await redis.config_set("maxmemory", "0")
    assert await streams.append(0, 0, copies(1, 2, after=0)) == 0


async def test_nobody_there_is_unavailable_with_the_address() -> None:
    streams = RedisStreams(Settings(redis=SecretUrl(NOBODY)))
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1"):
        await streams.last(0)


async def test_a_wrong_password_is_ours_and_stays_secret(valkey: Servers) -> None:
    url = valkey.redis.replace("redis://", "redis://nobody:hidden@")
    streams = RedisStreams(Settings(redis=SecretUrl(url)))
    with pytest.raises(ConfigError) as refused:
        await streams.last(0)
    await streams.close()
    assert "hidden" not in str(refused.value)


async def test_another_type_under_the_name_is_ours(
    settings: Settings, streams: RedisStreams, redis: Redis
) -> None:
    await redis.set(stream_name(0, settings), "taken")
    with pytest.raises(ConfigError, match="WRONGTYPE"):
        await streams.last(0)


class TestReader:
    @pytest.fixture
    async def reader(self, settings: Settings) -> AsyncIterator[StreamReader]:
        reader = StreamReader(settings, "ada")
        yield reader
        await reader.close()

    @pytest.fixture
    async def again(self, settings: Settings) -> AsyncIterator[StreamReader]:
        reader = StreamReader(settings, "ada")
        yield reader
        await reader.close()

    async def test_a_new_cursor_starts_now(self, streams: RedisStreams, reader: StreamReader) -> None:
        await streams.append(0, None, copies(0))
        assert not await reader.begin()
        await streams.append(0, 0, copies(2, after=0))
        assert await read(reader) == [Entry(0, 2, b'{"n": 2}')]

    async def test_a_new_cursor_may_start_at_the_beginning(
        self, streams: RedisStreams, reader: StreamReader
    ) -> None:
        await streams.append(0, None, copies(0))
        await reader.begin(from_beginning=True)
        assert await read(reader) == [Entry(0, 0, b'{"n": 0}')]

    async def test_a_new_cursor_is_kept_at_once(
        self, streams: RedisStreams, reader: StreamReader, again: StreamReader
    ) -> None:
        await streams.append(0, None, copies(0))
        await reader.begin()
        await streams.append(0, 0, copies(1, after=0))
        assert await again.begin()
        assert await read(again) == [Entry(0, 1, b'{"n": 1}')]

    async def test_what_was_not_kept_comes_again(
        self, streams: RedisStreams, reader: StreamReader, again: StreamReader
    ) -> None:
        await streams.append(0, None, copies(0, 1))
        await reader.begin(from_beginning=True)
        first, second = await read(reader)
        assert isinstance(first, Entry)
        await reader.keep([first])
        await again.begin()
        assert await read(again) == [second]

    async def test_markers_between_entries_are_no_gap(
        self, streams: RedisStreams, reader: StreamReader
    ) -> None:
        await streams.append(0, None, copies(0, 3, 9))
        await reader.begin(from_beginning=True)
        assert all(isinstance(part, Entry) for part in await read(reader))

    async def test_what_was_trimmed_is_told_to_the_offset(
        self,
        settings: Settings,
        streams: RedisStreams,
        redis: Redis,
        reader: StreamReader,
        again: StreamReader,
    ) -> None:
        await streams.append(0, None, copies(0, 1, 2, 5, 6))
        await reader.begin(from_beginning=True)
        await reader.keep((await read(reader))[:1])  # type: ignore[arg-type]
        await redis.xtrim(stream_name(0, settings), maxlen=1, approximate=False)
        await again.begin()
        assert await read(again) == [Gap(0, 1, 5), Entry(0, 6, b'{"n": 6}')]

    async def test_what_was_trimmed_and_read_before_is_no_gap(
        self,
        settings: Settings,
        streams: RedisStreams,
        redis: Redis,
        reader: StreamReader,
        again: StreamReader,
    ) -> None:
        await streams.append(0, None, copies(0, 3, 6))
        await reader.begin(from_beginning=True)
        await reader.keep((await read(reader))[:2])  # type: ignore[arg-type]
        await redis.xtrim(stream_name(0, settings), maxlen=1, approximate=False)
        await again.begin()
        assert await read(again) == [Entry(0, 6, b'{"n": 6}')]

    async def test_an_emptied_stream_is_told_once_and_the_cursor_written_again(
        self, streams: RedisStreams, reader: StreamReader, redis: Redis, settings: Settings
    ) -> None:
        await streams.append(0, None, copies(0, 4))
        await reader.begin(from_beginning=True)
        await reader.keep([part for part in await read(reader) if isinstance(part, Entry)])
        await redis.delete(stream_name(0, settings), cursor_name("ada", settings))
        assert await read(reader) == [Emptied(0, 4, None)]
        assert await redis.hget(cursor_name("ada", settings), "0") == b"4-1"
        assert await read(reader) == []

    async def test_after_a_refill_it_goes_on_where_it_was(
        self, streams: RedisStreams, reader: StreamReader, redis: Redis, settings: Settings
    ) -> None:
        await streams.append(0, None, copies(0, 4))
        await reader.begin(from_beginning=True)
        await read(reader)
        await streams.remove(0)
        await streams.append(0, None, copies(4, 7, after=2))
        assert await read(reader) == [Entry(0, 7, b'{"n": 7}')]
