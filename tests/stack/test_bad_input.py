"""Bad input through the real broker: each gets a dead letter with its origin, its neighbours nothing.

All of it is told before the worker starts, so that good and bad lie in one batch.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka import AIOKafkaProducer

from monitor.engine.outputs import LONGEST_KEY
from monitor.local import Servers
from schemas.dead_letters import Reason
from tests.events import event, order
from tests.stack.bad_records import BAD, BINARY, DAY, LONGEST_EVENT, changed, marks, origin
from tests.stack.stage import Stage, Told, staged
from tests.stack.steps import courses, gaps

RULES = """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 14d}
  - name: complaints
    kind: count
    of: [{type: contact.made, where: {sentiment: negative}}]
    n: 2
    within: 30d
"""
END = datetime(2026, 6, 20, tzinfo=UTC)
CODECS = ("gzip", "snappy", "lz4", "zstd")
LONGEST_ROW = 4096
HUGE = 1_500_000
"""Bytes of an event that only a codec brings through the broker's own limit, and no dead letter can hold."""


class Outcome(NamedTuple):
    """What came of it all. `neighbours` are the good customers among the bad records."""

    stage: Stage
    origins: dict[str, int]
    neighbours: list[str]
    warnings: list[dict[str, Any]]
    letters: list[Any]
    counts: dict[str, int]
    steps: list[dict[str, Any]]
    log: str

    def letter(self, topic: str, offset: int, partition: int = 0) -> Any:
        """The one dead letter of a record."""
        wanted = f"{self.stage.settings.topic_prefix}{topic}", str(partition), str(offset)
        (found,) = [each for each in self.letters if origin(each) == wanted]
        return found

    def warned(self, rule: str = "overdue") -> list[str]:
        """The customers warned by a rule."""
        return [each["subject"] for each in self.warnings if each["data"]["rule"] == rule]


@pytest.fixture(scope="module")
def outcome(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Everything through one worker."""
    return asyncio.run(played(servers, tmp_path_factory.mktemp("bad")))


async def played(servers: Servers, folder: Path) -> Outcome:
    limits = {"max_event_bytes": LONGEST_EVENT, "max_row_bytes": LONGEST_ROW}
    async with staged(servers, "bad-input-", folder, RULES, clock="event", **limits) as stage:
        names = stage.customers(0)
        origins, neighbours = await tell_orders(stage, names)
        await tell_row_too_large(stage)
        await tell_contacts(stage)
        for codec in CODECS:
            await tell_packed(servers, stage, codec, Told("orders", *keyed(f"codec-{codec}")))
        await tell_packed(servers, stage, "gzip", Told("orders", b"huge", b"0" * HUGE, (), 1))
        await tell_packed(servers, stage, "zstd", Told("orders", b"k" * HUGE, b"{}", (), 1))
        await stage.tell(Told("clock", None, order("bad", DAY), (), 0))
        await stage.pass_time(END)
        worker = stage.start()
        await stage.applied()
        return Outcome(
            stage,
            origins,
            neighbours,
            await stage.warnings(),
            await stage.read("churn.dead-letters"),
            await stage.counts(),
            await stage.steps(),
            worker.log(),
        )


def keyed(customer: str, value: bytes | None = None) -> tuple[bytes, bytes]:
    return customer.encode(), value or order(customer, DAY)


async def tell_orders(stage: Stage, names: Iterator[str]) -> tuple[dict[str, int], list[str]]:
    """One batch on partition 0: each bad record between two good ones; where the bad ones lie."""
    neighbours = list(islice(names, len(BAD) + 3))
    good = iter([Told("orders", *keyed(name)) for name in neighbours])
    batch, origins = [next(good)], {}
    for name, bad in BAD.items():
        origins[name] = len(batch)
        batch += [Told("orders", bad.key, bad.value, bad.headers), next(good)]
    batch += [Told("orders", b"gone", None), Told("orders", b"bad", changed(type="order.framed")), next(good)]
    stranger = next(stage.customers(1))
    origins["stranger"] = len(batch)
    batch += [Told("orders", *keyed(stranger)), next(good)]
    await stage.tell_batch("orders", 0, batch)
    return origins, neighbours


async def tell_row_too_large(stage: Stage) -> None:
    """Tickets of one customer, whose ids fill the row."""
    opened = (
        event("ticket.opened", "hoarder", DAY, ticket_id=f"{number:08}{'🛒' * 120}") for number in range(12)
    )
    await stage.tell(*(Told("tickets", b"hoarder", value) for value in opened))
    await stage.tell(Told("orders", *keyed("hoarder")))


async def tell_contacts(stage: Stage) -> None:
    """One complaint told twice, and two complaints."""
    for customer, ids in (("echo", ("same", "same")), ("angry", ("first", "second"))):
        for name in ids:
            value = event("contact.made", customer, DAY, event_id=name, sentiment="negative")
            await stage.tell(Told("contacts", customer.encode(), value))
    headers = (*BINARY, ("ce_id", b"b-1"), ("ce_subject", b"binary"), ("ce_time", DAY.encode()))
    await stage.tell(Told("orders", b"binary", b'{"amount": 5}', headers))


async def tell_packed(servers: Servers, stage: Stage, codec: str, record: Told) -> None:
    """Produce a record in a batch of this codec."""
    async with AIOKafkaProducer(
        bootstrap_servers=servers.kafka, compression_type=codec, max_request_size=2 * HUGE
    ) as producer:
        name = f"{stage.settings.topic_prefix}{record.topic}"
        await producer.send_and_wait(name, record.value, record.key, record.partition)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_becomes_a_dead_letter_with_its_reason_and_raw_bytes(
    outcome: Outcome, name: str
) -> None:
    bad = BAD[name]
    letter = outcome.letter("orders", outcome.origins[name])
    assert (marks(letter)["cm-reason"], letter.key, letter.value) == (bad.reason, bad.key, bad.value)
    assert marks(letter)["cm-detail"]
    assert tuple(each for each in letter.headers if not each[0].startswith("cm-")) == bad.headers


def test_every_reason_is_shown_by_some_record(outcome: Outcome) -> None:
    assert {marks(letter)["cm-reason"] for letter in outcome.letters} == set(Reason)


def test_the_good_neighbours_are_warned_and_nobody_else(outcome: Outcome) -> None:
    others = [f"codec-{codec}" for codec in CODECS] + ["binary", "hoarder"]
    assert sorted(outcome.warned()) == sorted([*outcome.neighbours, *others])


def test_a_key_on_the_wrong_partition_is_told_with_the_remedy(outcome: Outcome) -> None:
    told = marks(outcome.letter("orders", outcome.origins["stranger"]))
    assert told["cm-reason"] == Reason.wrong_partition
    assert "`partitioner`" in told["cm-detail"]


def test_a_row_that_would_grow_too_large_refuses_the_event_and_keeps_the_customer(outcome: Outcome) -> None:
    refused = [each for each in outcome.letters if marks(each)["cm-reason"] == Reason.row_too_large]
    assert 0 < len(refused) < 12
    assert {each.key for each in refused} == {b"hoarder"}
    assert all(json.loads(each.value)["type"] == "ticket.opened" for each in refused)
    assert "hoarder" in outcome.warned()


def test_a_record_that_no_dead_letter_can_hold_is_cut_with_its_length_and_hash(outcome: Outcome) -> None:
    (letter,) = [each for each in outcome.letters if each.key == b"huge"]
    told = marks(letter)
    assert (b"0" * HUGE).startswith(letter.value)
    assert len(letter.value) > LONGEST_EVENT
    assert told["cm-truncated"] == str(HUGE)
    assert told["cm-sha256"] == sha256(b"0" * HUGE).hexdigest()


def test_a_key_that_no_dead_letter_can_hold_is_cut(outcome: Outcome) -> None:
    (letter,) = [each for each in outcome.letters if (each.key or b"").startswith(b"kkk")]
    assert len(letter.key) == LONGEST_KEY
    assert letter.value == b"{}"


def test_a_fact_on_the_clock_topic_is_on_the_wrong_topic(outcome: Outcome) -> None:
    assert marks(outcome.letter("clock", 0))["cm-reason"] == Reason.wrong_topic


def test_an_unknown_type_and_a_tombstone_are_counted_and_no_dead_letters(outcome: Outcome) -> None:
    assert (outcome.counts["unknown_type"], outcome.counts["tombstone"]) == (1, 1)
    assert not any(b"order.framed" in (letter.value or b"") for letter in outcome.letters)


def test_what_is_counted_is_all_that_was_told(outcome: Outcome) -> None:
    counts = dict(outcome.counts)
    dead = sum(counts.pop(name) for name in list(counts) if name.startswith("dead_letter."))
    assert dead == len(outcome.letters)
    assert counts.pop("repeated") == 1
    told = sum(end for course in courses(outcome.steps) for *_, (_, end) in [course.ranges])
    counted = ("applied", "unknown_type", "tombstone")
    clocks = outcome.stage.settings.partitions
    assert dead + 1 + sum(counts[name] for name in counted) + clocks == told


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_in_each_codec_is_read(outcome: Outcome, codec: str) -> None:
    assert f"codec-{codec}" in outcome.warned()


def test_an_event_in_binary_mode_is_read(outcome: Outcome) -> None:
    assert "binary" in outcome.warned()


def test_an_event_told_twice_counts_once(outcome: Outcome) -> None:
    assert outcome.warned("complaints") == ["angry"]


def test_the_ranges_of_the_steps_are_gapless(outcome: Outcome) -> None:
    assert gaps(outcome.steps) == []


def test_no_customer_is_warned_before_the_silence_was_long_enough(outcome: Outcome) -> None:
    due = datetime.fromisoformat(DAY) + timedelta(days=14)
    assert {each["data"]["since"] for each in outcome.warnings if each["data"]["rule"] == "overdue"} == {
        due.isoformat().replace("+00:00", "Z")
    }


def test_a_worker_does_not_log_what_the_records_held(outcome: Outcome) -> None:
    assert "/shop" not in outcome.log
    assert "error" not in outcome.log.lower()
