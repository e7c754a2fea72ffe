"""The job of the benchmarks: always the same events, and a truth on which the engine agrees."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path

import pytest

from bench.draws import Draws
from bench.job import BEGIN, COMPLAINT, RULES, SILENCE, SPAN, TOPICS, Size, Told, event_json, events
from bench.truth import Warned, true_warnings
from schemas.events import FACTS
from tests.commands import churn_monitor

SMALL = Size(events=5_000, customers=800)
FIRST_THOUSAND = "544f2b18d7bade37f38a4e51e9e54da2091d0f2309fa3b119f51da85deb87f34"
ALL = "95f142594d0ff06b26b5a15c94234c07e3df5f683874d1ed5e95176f70ed9efb"


def digest(told: Sequence[Told]) -> str:
    return hashlib.sha256(b"".join(each.value + b"\n" for each in told)).hexdigest()


def replayed(told: Sequence[Told], folder: Path, *options: str) -> Counter[Warned]:
    """The warnings that began when the command line replayed these events, a file for each topic."""
    files = [folder / f"{topic}.jsonl" for topic in TOPICS]
    for topic, file in zip(TOPICS, files, strict=True):
        file.write_bytes(b"".join(each.value + b"\n" for each in told if each.topic == topic))
    lines = churn_monitor("replay", *files, "--rules", RULES, "--json", *options).lines()
    fired = (each["data"] for each in lines if each["type"] == "warning.firing")
    return Counter(Warned(each["rule"], each["customer"]) for each in fired)


@pytest.fixture(scope="module")
def small() -> list[Told]:
    return list(events(SMALL))


def test_draws_are_those_of_numpy_seeded_with_7() -> None:
    assert Draws().permutation(10) == [8, 0, 7, 1, 3, 6, 2, 4, 5, 9]
    assert Draws().choice([0.62, 0.01, 0.37], 1) == [1]  # the first double is 0.6250...


def test_the_first_events_are_the_same_for_good() -> None:
    assert digest(list(islice(events(), 1_000))) == FIRST_THOUSAND


@pytest.mark.slow
def test_the_whole_job_is_the_same_for_good_and_so_is_its_answer() -> None:
    told = list(events())
    assert digest(told) == ALL
    counts = Counter(each.rule for each in true_warnings(each.value for each in told))
    assert counts == {SILENCE: 39_451, COMPLAINT: 1_455}


def test_a_job_of_another_size_is_the_same_each_time(small: list[Told]) -> None:
    assert small == list(events(SMALL))


def test_events_are_in_order_of_time_within_the_span(small: list[Told]) -> None:
    times = [FACTS.validate_json(each.value).time for each in small]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert times[0] >= BEGIN
    assert times[-1] < BEGIN + SPAN


def test_every_event_keeps_the_contract_and_names_its_customer(small: list[Told]) -> None:
    assert all(FACTS.validate_json(each.value).subject == each.customer for each in small)


def test_a_few_customers_have_many_events(small: list[Told]) -> None:
    counts = sorted(Counter(each.customer for each in small).values(), reverse=True)
    assert sum(counts[:80]) > len(small) / 4


def test_the_engine_agrees_with_the_truth(small: list[Told], tmp_path: Path) -> None:
    truth = Counter(true_warnings(each.value for each in small))
    assert {each.rule for each in truth} == {SILENCE, COMPLAINT}
    assert replayed(small, tmp_path) == truth


def test_the_engine_agrees_on_the_first_events_and_the_month_after_them(
    tmp_path: Path,
) -> None:
    told = list(islice(events(), 5_000))
    until = BEGIN + timedelta(days=32)
    truth = Counter(true_warnings((each.value for each in told), until))
    assert replayed(told, tmp_path, "--until", until.isoformat()) == truth


@pytest.mark.parametrize(("apart", "expected"), [(10, [Warned(COMPLAINT, "ada")]), (15, [])])
def test_three_complaints_count_only_within_thirty_days(apart: int, expected: list[Warned]) -> None:
    angry = {"sentiment": "negative"}
    told = [
        event_json("contact.made", "ada", BEGIN + timedelta(days=number * apart), angry, str(number))
        for number in range(3)
    ]
    assert true_warnings(told) == expected


def test_silence_is_due_after_three_mean_gaps() -> None:
    orders = [
        event_json("order.placed", "ada", BEGIN + timedelta(days=days), {}, str(days)) for days in (0, 10)
    ]
    due = BEGIN + timedelta(days=40)
    assert true_warnings(orders, due - timedelta(milliseconds=1)) == []
    assert true_warnings(orders, due) == [Warned(SILENCE, "ada")]
