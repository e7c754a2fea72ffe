"""The figures of the benchmarks: what counts as wrong, how exactness is judged, how the stream of latency runs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from bench.exact import StepBook, answer_of
from bench.figures import Expected, Figure, Result, share
from bench.job import COMPLAINT, SILENCE
from bench.latency import AT_ONCE, LIFE, RATE, stream
from bench.truth import Warned

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADA, BOB = Warned(SILENCE, "ada"), Warned(COMPLAINT, "bob")


def result(expected: Expected | None, *rounds: float) -> Result:
    return Result(Figure("name", "title", expected=expected), rounds)


def transition(warned: Warned, name: str, kind: str = "warning.firing") -> bytes:
    data = {"rule": warned.rule, "customer": warned.customer}
    return json.dumps({"id": name, "type": kind, "data": data}).encode()


def step(lane: int, applied: int, reached: datetime | None = None, **ranges: tuple[int, int]) -> bytes:
    told = {"partition": lane, "step": 1, "ranges": ranges, "rules": "r", "counts": {"applied": applied}}
    return json.dumps(told | {"clock": reached.isoformat() if reached else None}).encode()


def test_slow_is_not_wrong() -> None:
    slow = result(Expected("at least", 45_000), 30_000, 44_000, 50_000)
    assert not slow.as_expected
    assert not slow.wrong


def test_the_median_decides_whether_a_bound_is_kept() -> None:
    assert result(Expected("at most", 22), 21, 60, 20).as_expected


def test_one_round_that_is_not_exact_is_wrong() -> None:
    assert result(Expected("exactly", 0), 0, 1, 0).wrong
    assert not result(Expected("exactly", 0), 0, 0, 0).wrong


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_a_share_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert share(list(range(100, 0, -1)), percent) == expected


def test_a_warning_missed_and_a_false_one_do_not_cancel_out() -> None:
    told = answer_of([transition(ADA, "1")]).against(Counter([BOB]))
    assert (told["missed"], told["false"]) == (1, 1)


def test_a_warning_that_begins_twice_is_false_once() -> None:
    told = answer_of([transition(ADA, "1"), transition(ADA, "2")]).against(Counter([ADA]))
    assert (told["missed"], told["false"], told["repeated"]) == (0, 1, 0)


def test_the_end_of_a_warning_told_twice_is_counted() -> None:
    ends = [transition(ADA, "1-2", "warning.resolved")] * 2
    assert answer_of([transition(ADA, "1-1"), *ends]).repeated == 1


def test_ranges_that_follow_on_each_other_leave_no_gap() -> None:
    book = StepBook()
    for value in (
        step(0, 5, orders=(0, 5)),
        step(1, 2, orders=(0, 2)),
        step(0, 3, orders=(5, 7), clock=(0, 1)),
    ):
        book.note(value)
    assert (book.applied, book.steps, book.gaps) == (10, 3, 0)


@pytest.mark.parametrize("start", [4, 6])
def test_a_range_that_repeats_or_skips_is_a_gap(start: int) -> None:
    book = StepBook()
    book.note(step(0, 5, orders=(0, 5)))
    book.note(step(0, 1, orders=(start, 7)))
    assert book.gaps == 1


def test_the_end_is_reached_when_every_clock_has_come_there() -> None:
    book = StepBook()
    book.note(step(0, 1, NOON))
    book.note(step(1, 1))
    assert book.reached(NOON) == 1


def test_the_stream_of_latency_brings_third_complaints_evenly() -> None:
    thirds = [number for number, each in enumerate(stream(20 * RATE)) if each.complaint == 3]
    settled = Counter(number // RATE for number in thirds if number >= AT_ONCE * LIFE)
    assert set(settled.values()) == {RATE // LIFE}


def test_a_guest_of_the_stream_complains_at_most_three_times() -> None:
    complaints = Counter(each.customer for each in stream(20 * RATE) if each.complaint)
    assert max(complaints.values()) == 3
