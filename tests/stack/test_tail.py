"""`churn-monitor tail` as a process of its own, on the real servers: nothing lost, gaps filled or told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import IO

import pytest
from redis.asyncio import Redis

from agents.deliver_copy import PartitionCopy
from agents.transport import Batch
from monitor.adapters.clock import WallClock
from monitor.adapters.redis_streams import RedisStreams
from monitor.adapters.topics import ensure
from monitor.engine.fetched import RawRecord
from monitor.local import Servers
from schemas.connections import SecretUrl
from schemas.settings import Settings
from schemas.streams import stream_name
from tests.warning_feed import Feed, as_environment, feeding, on_topic

COMMAND = [sys.executable, "-m", "monitor.cli.main", "tail"]
NO_KAFKA = {"CHURN_MONITOR_KAFKA": "127.0.0.1:1"}


class Tail:
    """A running tail: its lines as they come, and what it told beside them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._out, self._err = self._listen(process.stdout), self._listen(process.stderr)

    def line(self, within: float = 20.0) -> str:
        return self._out.get(timeout=within)

    def sequences(self, count: int) -> list[int]:
        """The sequence numbers of the next so many warnings, printed as JSON."""
        return [_sequence(self.line()) for _ in range(count)]

    def rest(self, quiet: float) -> list[int]:
        """The sequence numbers of all warnings until none came for so many seconds."""
        numbers = []
        with suppress(Empty):
            while True:
                numbers.append(_sequence(self.line(within=quiet)))
        return numbers

    def told(self, text: str, within: float = 20.0) -> str:
        """Wait for a line on stderr that holds a text."""
        until = time.monotonic() + within
        while text not in (line := self._err.get(timeout=max(0.1, until - time.monotonic()))):
            pass
        return line

    def silent(self, during: float) -> bool:
        return not self.rest(during)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)

    def _listen(self, stream: IO[str] | None) -> Queue[str]:
        lines: Queue[str] = Queue()

        def listen() -> None:
            for line in stream or ():
                lines.put(line)

        threading.Thread(target=listen, daemon=True).start()
        return lines


def _sequence(line: str) -> int:
    return int(json.loads(line)["data"]["sequence"])


@pytest.fixture
async def settings(servers: Servers, prefix: str) -> Settings:
    settings = Settings(
        kafka=servers.kafka,
        redis=SecretUrl(servers.redis),
        topic_prefix=prefix,
        app_id=f"{prefix}a",
        partitions=2,
    )
    await ensure(settings)
    return settings


@pytest.fixture
async def feed(settings: Settings) -> AsyncIterator[Feed]:
    async with feeding(settings) as feed:
        yield feed


@contextmanager
def tailing(settings: Settings, *words: str, **environment: str) -> Iterator[Tail]:
    process = subprocess.Popen(
        [*COMMAND, *words],
        env=as_environment(settings) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Tail(process)
        finally:
            process.kill()


def killed_after(settings: Settings, count: int, *words: str) -> list[int]:
    """Read so many lines of a tail, let the pipe run full, kill it: all that it had printed in whole lines."""
    environment = as_environment(settings)
    with subprocess.Popen([*COMMAND, *words], env=environment, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise AssertionError("it has no output")
        lines = [process.stdout.readline() for _ in range(count)]
        time.sleep(1)
        process.kill()
        lines += process.stdout.readlines()
    return [_sequence(line.decode()) for line in lines if line.endswith(b"\n")]


def without_reader(settings: Settings, *words: str) -> tuple[int, bytes]:
    """Run a tail whose stdout nobody reads: its exit code, and what it told."""
    read, write = os.pipe()
    os.close(read)
    environment = as_environment(settings)
    with subprocess.Popen(
        [*COMMAND, *words], env=environment, stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        _, err = process.communicate(timeout=20)
    return process.returncode, err


async def copy(settings: Settings) -> None:
    """Do once what the delivering worker does all the time."""
    streams, clock = RedisStreams(settings), WallClock()
    entries = await on_topic(settings)

    async def log_start() -> int:
        return 0

    for partition in range(settings.partitions):
        each = PartitionCopy(
            partition, streams, length=settings.stream_length, log_start=log_start, now=clock.now
        )
        records = [RawRecord(e.offset, 0, b"ada", e.event) for e in entries if e.partition == partition]
        end = records[-1].offset + 2 if records else 0
        batch = Batch("churn.warnings", partition, 0, records, end, end, clock.now())
        while await each.take(batch._replace(asked=clock.now())) is not None:
            pass
    await streams.close()


async def trim(settings: Settings, kept: int) -> None:
    async with Redis.from_url(settings.redis.get_secret_value()) as redis:
        for partition in range(settings.partitions):
            await redis.xtrim(stream_name(partition, settings), maxlen=kept, approximate=False)


async def test_the_topic_is_followed_from_its_beginning_without_what_was_aborted(
    settings: Settings, feed: Feed
) -> None:
    await feed.write(60)
    with tailing(settings, "--from-beginning", "--json") as tail:
        assert sorted(tail.sequences(60)) == list(range(1, 61))
        await feed.write(20)
        assert sorted(tail.sequences(20)) == list(range(61, 81))


async def test_from_now_on_is_what_it_starts_with(settings: Settings, feed: Feed) -> None:
    await feed.write(10)
    with tailing(settings, "--json") as tail:
        assert tail.silent(3)
        while not (come := tail.rest(1)):
            await feed.write(1)
    assert min(come) > 10


async def test_a_line_is_readable(settings: Settings, feed: Feed) -> None:
    await feed.write(1)
    with tailing(settings, "--from-beginning", "-n", "1") as tail:
        line = tail.line()
        assert tail.process.wait(10) == 0
    assert all(
        word in line
        for word in (
            "ada",
            "purchase_overdue",
            "since 2026-05-20",
            "own rhythm of 7 gaps",
            "ends with the next",
        )
    )


async def test_since_a_date_starts_there(settings: Settings, feed: Feed) -> None:
    await feed.write(30)
    with tailing(settings, "--since", "2026-06-01T00:00:25", "--json", CHURN_MONITOR_CLOCK="event") as tail:
        assert sorted(tail.sequences(5)) == [26, 27, 28, 29, 30]


async def test_ctrl_c_ends_it_quietly(settings: Settings, feed: Feed) -> None:
    await feed.write(1)
    with tailing(settings, "--from-beginning") as tail:
        tail.line()
        assert tail.end(signal.SIGINT) == 0
        assert tail.process.stderr is not None
        with pytest.raises(Empty):
            tail.told("", within=0.5)


@pytest.mark.parametrize("form", ["--json", "--from-beginning"])
async def test_a_reader_that_goes_away_ends_it_quietly(settings: Settings, feed: Feed, form: str) -> None:
    await feed.write(50)
    assert without_reader(settings, "--from-beginning", form) == (0, b"")


async def test_a_missing_topic_is_told_with_the_remedy(settings: Settings) -> None:
    with tailing(settings, CHURN_MONITOR_TOPIC_PREFIX="nowhere-") as tail:
        assert "topics ensure" in tail.told("nowhere-churn.warnings")
        assert tail.process.wait(10) == 2


async def test_a_cursor_goes_on_where_it_left_off(settings: Settings, feed: Feed) -> None:
    await feed.write(20)
    await copy(settings)
    words = ("--redis", "--cursor", "ada", "--from-beginning", "--json")
    with tailing(settings, *words, "-n", "15") as tail:
        first = tail.sequences(15)
        assert tail.process.wait(10) == 0
    with tailing(settings, *words) as tail:
        assert sorted(first + tail.sequences(5)) == list(range(1, 21))
        assert tail.silent(1)


async def test_a_reader_killed_in_the_middle_of_printing_misses_nothing(
    settings: Settings, feed: Feed
) -> None:
    """A pipe that nobody empties stops it there: what it has read from Redis is far more than it has printed."""
    words = ("--redis", "--cursor", "ada", "--from-beginning", "--json")
    await feed.write(600, together=100)
    await copy(settings)
    seen = killed_after(settings, 30, *words)
    assert 0 < len(set(seen)) < 600
    with tailing(settings, *words) as tail:
        while set(seen) != set(range(1, 601)):  # what is lost never comes, and ends the waiting
            seen += tail.sequences(1)


async def test_without_a_cursor_it_starts_from_now_on(settings: Settings, feed: Feed) -> None:
    await feed.write(10)
    await copy(settings)
    with tailing(settings, "--redis", "--json") as tail:
        assert tail.silent(3)
        while not (come := tail.rest(1)):
            await feed.write(1)
            await copy(settings)
    assert min(come) > 10


async def cursor_with_a_gap(settings: Settings, feed: Feed) -> None:
    """A cursor behind ten warnings, then sixty more of which Redis holds the last two of each partition."""
    await feed.write(10)
    await copy(settings)
    with tailing(settings, "--redis", "--cursor", "ada", "--from-beginning", "--json", "-n", "10") as tail:
        tail.sequences(10)
        assert tail.process.wait(10) == 0
    await feed.write(60)
    await copy(settings)
    await trim(settings, 2)


async def test_a_cursor_older_than_what_redis_holds_is_filled_from_kafka(
    settings: Settings, feed: Feed
) -> None:
    await cursor_with_a_gap(settings, feed)
    with tailing(settings, "--redis", "--cursor", "ada", "--json") as tail:
        assert sorted(tail.sequences(60)) == list(range(11, 71))
        assert tail.silent(1)


async def test_a_filled_gap_is_filled_once(settings: Settings, feed: Feed) -> None:
    await cursor_with_a_gap(settings, feed)
    with tailing(settings, "--redis", "--cursor", "ada", "--json", "-n", "60") as tail:
        tail.sequences(60)
        assert tail.process.wait(10) == 0
    with tailing(settings, "--redis", "--cursor", "ada", "--json") as tail:
        assert tail.silent(4)


@pytest.mark.parametrize(("words", "environment"), [(["--no-kafka"], {}), ([], NO_KAFKA)])
async def test_without_kafka_the_gap_is_told_and_the_reader_goes_on(
    settings: Settings, feed: Feed, words: list[str], environment: dict[str, str]
) -> None:
    await cursor_with_a_gap(settings, feed)
    with tailing(settings, "--redis", "--cursor", "ada", "--json", *words, **environment) as tail:
        assert sorted(tail.sequences(4)) == [67, 68, 69, 70]
        assert "partition 0, offsets" in tail.told("gap: partition 0")
        assert "offsets" in tail.told("gap: partition 1")


async def test_a_cursor_that_went_with_redis_is_told(settings: Settings, feed: Feed) -> None:
    await feed.write(10)
    await copy(settings)
    with tailing(settings, "--redis", "--cursor", "ada") as tail:
        assert "from now on" in tail.told("no cursor 'ada' in Redis")
