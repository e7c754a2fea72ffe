"""What a log with transactions does, in memory and on the real broker: inherit and give a fixture `log`.

The simulation is worth as much as its broker is like Kafka: what the commit protocol rests on is asked of both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, Protocol

import pytest

from agents.owner import CHANGELOG, Producer
from monitor.engine.outputs import WARNINGS, Output

PATIENCE = 15.0
"""Seconds within which a broker has to refuse what it refuses."""


class Read(NamedTuple):
    """What a reader got: keys by their offsets, and the position after the last."""

    keys: dict[int, str]
    next: int


class Log(Protocol):
    """One partition of two topics, on a broker; everything is about `WARNINGS` where no topic is named."""

    refusal: type[Exception]

    async def writer(self, name: str = "a") -> Producer:
        """A producer of this transactional id, which has taken over from all earlier ones."""
        ...

    async def tell(self, *keys: str, value: bytes | None = b"x") -> None:
        """Write outside of transactions."""
        ...

    async def read(self, start: int = 0, *, topic: str = WARNINGS, committed: bool = True) -> Read:
        """All that a reader gets from there on."""
        ...

    async def bounds(self) -> tuple[int, int]:
        """Where the log starts, and its stable end."""
        ...

    async def applied(self, name: str = "a") -> int:
        """The group's position of `orders`, as the transactions of this id have left it."""
        ...

    async def settled(self) -> None:
        """Wait until the broker has written the markers of what was decided."""
        ...

    async def out_of_patience(self) -> None:
        """Let the time pass after which the broker gives open transactions up."""
        ...

    async def forgotten(self) -> None:
        """Let the time pass after which the broker forgets transactional ids that nobody used."""
        ...

    async def compacted(self) -> None:
        """Have the log cleaned, tombstones as well."""
        ...

    async def retained_from(self, offset: int) -> None:
        """Have retention take what lies before this offset."""
        ...


async def write(writer: Producer, *keys: str, topic: str = WARNINGS) -> int:
    """Begin a transaction with these records; the offset of the last one."""
    await writer.begin()
    return await writer.write(topic, records(*keys, topic=topic))


async def tell(writer: Producer, *keys: str) -> None:
    """A whole transaction."""
    await write(writer, *keys)
    await writer.commit({"orders": 1})


def records(*keys: str, topic: str = WARNINGS) -> Sequence[Output]:
    return [Output(topic, key.encode(), b"x") for key in keys]


async def refused(log: Log, doing: Awaitable[Any]) -> None:
    """The broker says no, and says so soon."""
    with pytest.raises(log.refusal):
        await asyncio.wait_for(doing, PATIENCE)


class LogContract:
    """The suite."""

    async def test_records_stand_one_after_the_other(self, log: Log) -> None:
        await log.tell("ada", "bo")
        await log.tell("cy")
        assert await log.read() == ({0: "ada", 1: "bo", 2: "cy"}, 3)
        assert await log.read(1) == ({1: "bo", 2: "cy"}, 3)
        assert await log.bounds() == (0, 3)

    async def test_a_transaction_ends_with_a_marker_that_takes_an_offset(self, log: Log) -> None:
        writer = await log.writer()
        assert await write(writer, "ada", "bo") == 1
        await writer.commit({"orders": 1})
        await log.settled()
        assert await log.read() == ({0: "ada", 1: "bo"}, 3)
        assert await log.read(2) == ({}, 3), "a reader gets past a marker at the end"
        await tell(writer, "cy")
        await log.settled()
        assert await log.read() == ({0: "ada", 1: "bo", 3: "cy"}, 5)

    async def test_an_open_transaction_hides_itself_and_all_behind_it(self, log: Log) -> None:
        await log.tell("ada")
        await write(await log.writer(), "bo")
        await log.tell("cy")
        assert await log.read() == ({0: "ada"}, 1)
        assert await log.bounds() == (0, 1)
        assert (await log.read(committed=False)).keys == {0: "ada", 1: "bo", 2: "cy"}

    async def test_the_stable_end_stands_at_the_first_transaction_that_is_open(self, log: Log) -> None:
        first, second = await log.writer("a"), await log.writer("b")
        await write(first, "ada")
        await write(second, "bo")
        await second.commit({"orders": 1})
        assert await log.bounds() == (0, 0)
        await first.commit({"orders": 1})
        await log.settled()
        assert await log.read() == ({0: "ada", 1: "bo"}, 4)

    async def test_a_transaction_counts_on_all_its_topics_or_on_none(self, log: Log) -> None:
        writer = await log.writer()
        await write(writer, "ada")
        await writer.write(CHANGELOG, records("row", topic=CHANGELOG))
        await writer.commit({"orders": 7})
        await log.settled()
        assert [(await log.read(topic=topic)).keys for topic in (WARNINGS, CHANGELOG)] == [
            {0: "ada"},
            {0: "row"},
        ]
        await write(writer, "bo")
        await writer.write(CHANGELOG, records("later", topic=CHANGELOG))
        await log.writer()
        await log.settled()
        assert [await log.read(topic=topic) for topic in (WARNINGS, CHANGELOG)] == [
            ({0: "ada"}, 4),
            ({0: "row"}, 4),
        ]

    async def test_the_groups_positions_belong_to_the_transaction(self, log: Log) -> None:
        writer = await log.writer()
        await write(writer, "ada")
        await writer.commit({"orders": 7})
        await log.settled()
        assert await log.applied() == 7
        await write(writer, "bo")
        await log.writer()
        await log.settled()
        assert await log.applied() == 7

    async def test_positions_can_be_committed_alone(self, log: Log) -> None:
        writer = await log.writer()
        await writer.begin()
        await writer.commit({"orders": 9})
        await log.settled()
        assert await log.applied() == 9
        assert await log.read() == ({}, 0)

    async def test_a_newer_producer_settles_what_was_decided_and_aborts_what_was_not(self, log: Log) -> None:
        await tell(await log.writer(), "ada")
        await write(await log.writer(), "bo")
        await log.writer()
        assert await log.read() == ({0: "ada"}, 4)

    async def test_an_older_producer_can_write_nothing(self, log: Log) -> None:
        old = await log.writer()
        await tell(old, "ada")
        await log.writer()
        await refused(log, tell(old, "bo"))
        await log.settled()
        assert (await log.read()).keys == {0: "ada"}

    async def test_an_older_producer_cannot_commit_what_it_has_written(self, log: Log) -> None:
        old = await log.writer()
        await write(old, "ada")
        new = await log.writer()
        await refused(log, old.commit({"orders": 3}))
        await tell(new, "bo")
        await log.settled()
        assert await log.read() == ({2: "bo"}, 4)
        assert await log.applied() == 1

    async def test_producers_of_other_ids_are_left_alone(self, log: Log) -> None:
        writer = await log.writer("a")
        await write(writer, "ada")
        await log.writer("b")
        await writer.commit({"orders": 1})
        await log.settled()
        assert (await log.read()).keys == {0: "ada"}

    async def test_a_transaction_left_open_for_too_long_is_aborted_and_its_producer_fenced(
        self, log: Log
    ) -> None:
        writer = await log.writer()
        await write(writer, "ada")
        await log.out_of_patience()
        assert await log.read() == ({}, 2)
        await refused(log, writer.commit({"orders": 3}))
        await tell(await log.writer(), "bo")
        await log.settled()
        assert await log.read() == ({2: "bo"}, 4)

    async def test_a_producer_that_was_idle_for_too_long_is_forgotten(self, log: Log) -> None:
        alone, followed = await log.writer("a"), await log.writer("b")
        await tell(alone, "ada")
        await tell(followed, "bo")
        await log.settled()
        await log.forgotten()
        await refused(log, tell(alone, "cy"))
        new = await log.writer("b")
        await refused(log, tell(followed, "dee"))
        await tell(new, "eli")
        await log.settled()
        assert [*(await log.read()).keys.values()] == ["ada", "bo", "eli"]

    async def test_compaction_leaves_the_newest_of_each_key_where_it_was(self, log: Log) -> None:
        await log.tell("ada", "bo", "ada")
        aborted = await log.writer()
        await write(aborted, "bo")
        await log.writer()
        await log.tell("eli")
        await log.compacted()
        read = await log.read()
        assert {offset: key for offset, key in read.keys.items() if offset < 6} == {
            1: "bo",
            2: "ada",
            5: "eli",
        }
        assert (await log.read(2)).keys == {offset: key for offset, key in read.keys.items() if offset >= 2}

    async def test_compaction_leaves_a_tombstone_for_a_while_and_then_nothing(self, log: Log) -> None:
        await log.tell("ada", "bo")
        await log.tell("ada", value=None)
        await log.compacted()
        await log.compacted()
        assert {key for offset, key in (await log.read()).keys.items() if offset < 3} == {"bo"}

    async def test_compaction_goes_no_further_than_the_stable_end(self, log: Log) -> None:
        await write(await log.writer(), "ada")
        await log.tell("bo", "bo")
        await log.compacted()
        assert [(await log.read(committed=False)).keys[offset] for offset in (0, 1, 2)] == ["ada", "bo", "bo"]

    async def test_retention_moves_the_start_and_nothing_else(self, log: Log) -> None:
        await log.tell("ada", "bo", "cy")
        await log.retained_from(2)
        assert await log.bounds() == (2, 3)
        assert await log.read() == ({2: "cy"}, 3), "who stands before the start goes on from there"
        await log.retained_from(3)
        assert await log.bounds() == (3, 3)
        await log.tell("dee")
        assert await log.read() == ({3: "dee"}, 4)
