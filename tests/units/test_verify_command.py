"""`churn-monitor verify`: what it reads as steps ask for it, and how it tells what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

from monitor.cli.steps_read import Cursor
from monitor.cli.verify import as_record, told
from monitor.cli.verify_run import Lane, Verdict
from monitor.engine.fetched import RawRecord
from monitor.offline.proof import Divergence, Proven
from monitor.offline.proof.divergence import Found

MISSING = Divergence(
    "missing", 1, "churn.warnings", 7, "a-1 was not told", "ada", expected='{"id":"a-1"}', offset=None
)


def verdict(*wrong: Divergence) -> Verdict:
    found = Found()
    for each in wrong:
        found.add(each)
    proven = Proven(1, 12, {"orders": 40, "tickets": 2}, {"churn.warnings": 5}, found, {"orders": 3})
    return Verdict([Lane(proven, {"orders": 1}, 5, ["orders 2: an order"] if wrong else [])])


def test_a_clean_run_is_told_with_how_much_was_compared() -> None:
    lines = told(verdict())
    assert lines[0] == "1 lanes, 12 steps, 42 positions of inputs, 1 not applied yet"
    assert "5 on churn.warnings" in lines
    assert lines[-1].startswith("Clean")


def test_the_first_divergence_is_told_with_customer_events_and_what_was_expected() -> None:
    text = "\n".join(told(verdict(MISSING, MISSING._replace(what="a-2 was not told"))))
    for part in (
        "2 missing",
        "a-1 was not told",
        "lane 1, churn.warnings, step 7",
        "ada",
        '{"id":"a-1"}',
        "an order",
    ):
        assert part in text
    assert "a-2" not in text


def test_scripts_get_all_of_it() -> None:
    record = as_record(verdict(MISSING))
    assert (record["clean"], record["wrong"], record["first"]["customer"]) == (False, {"missing": 1}, "ada")
    assert verdict(MISSING).counts == Counter(missing=1)
    assert as_record(verdict())["clean"]


def records(*offsets: int) -> Sequence[RawRecord]:
    return [RawRecord(offset, 0, b"k", b"v") for offset in offsets]


async def batches() -> AsyncIterator[Sequence[Any]]:
    for some in (records(0, 1, 2), (), records(5, 6), records(9)):
        yield some


async def test_an_input_is_read_as_far_as_a_step_went_over_gaps_in_its_offsets() -> None:
    cursor = Cursor(batches())
    got = [[each.offset for each in await cursor.up_to(end)] for end in (2, 2, 5, 8)]
    assert got == [[0, 1], [], [2], [5, 6]]
    assert await cursor.left() == (1, 9)


async def test_a_step_that_ends_behind_the_log_gets_what_there_is() -> None:
    cursor = Cursor(batches())
    assert [each.offset for each in await cursor.up_to(100)] == [0, 1, 2, 5, 6, 9]
    assert await cursor.left() == (0, None)
