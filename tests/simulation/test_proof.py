"""The proof of a run: clean where storms of faults did no harm, and every planted harm is found and named."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest

from agents.owner import CHANGELOG
from monitor.adapters.partitioners import belongs_to
from monitor.engine.admission import Limits
from monitor.engine.fetched import RawRecord
from monitor.engine.outputs import DEAD_LETTERS, STANDING, STEPS, WARNINGS
from monitor.engine.step import is_lane_key
from monitor.offline.proof import NAMED, Divergence, Given, LaneProof, Place, Proven, Seen, copied
from schemas.steps import StepRecord
from tests.simulation.mutants import (
    PLANTED,
    CountsRecords,
    LooksOnce,
    LosesInSilence,
    SkipsToTheEnd,
    WaitsForNoProfiles,
)
from tests.simulation.scenario import EVERY, scenario
from tests.simulation.worker import LONGEST_LETTER, Worker
from tests.simulation.world import End, run

Logs = dict[str, list[RawRecord]]

SEED = 10
"""A world with many warnings and steps on its first lane."""


SEEDS = 200
"""Worlds in which a worker that breaks the protocol has to be found out."""

SEEN_BY_THE_ORACLE_ALONE = (LooksOnce, WaitsForNoProfiles, SkipsToTheEnd, LosesInSilence, CountsRecords)
"""What they do wrong they write down as they do it: it is repeated. Only an undisturbed run shows it, or who knows what
retention took; or they never get on, which is no difference in what stands there."""


class World(NamedTuple):
    """What stands committed on one lane's topics, and what its workers were given."""

    given: Given
    logs: Logs


@cache
def world(seed: int = SEED, lane: int = 0) -> World:
    end = run(scenario(seed))
    return World(given_to(end), logs_of(end, lane))


def logs_of(end: End, lane: int) -> Logs:
    """What stands committed on a lane's topics."""
    topics = (*EVERY, *NAMED, STANDING, STEPS, CHANGELOG)
    return {each: [record for record, _ in end.broker.logs[each, lane].committed()] for each in topics}


def given_to(end: End) -> Given:
    rules = [each for each in (end.given.rules, end.given.later) if each]
    return Given(
        {each.version: each for each in rules},
        [each.edition for each in end.given.editions],
        end.given.lanes,
        Limits(),
        65_536,
        LONGEST_LETTER,
        lambda lane: belongs_to(lane, end.given.lanes, "murmur2"),
        {},
    )


def proven(given: Given, logs: Logs, lane: int = 0, settled: int | None = None) -> Proven:
    """The proof of these logs."""
    seen = {topic: Seen(topic) for topic in NAMED}
    for topic, log in seen.items():
        log.add(logs[topic])
    rows, standing = (
        {each.key or b"": each.value for each in logs[topic]} for topic in (CHANGELOG, STANDING)
    )
    proof = LaneProof(
        given,
        lane,
        seen,
        rows={key: value for key, value in rows.items() if value},
        standing={key: value for key, value in standing.items() if value},
        settled=len(logs[STEPS]) if settled is None else settled,
    )
    for told in logs[STEPS]:
        record = StepRecord.model_validate_json(told.value or b"")
        inputs = {
            name: [each for each in logs[name] if start <= each.offset < end]
            for name, (start, end) in record.ranges.items()
        }
        proof.step(told, record, inputs)
    return proof.end()


def first_of(logs: Logs) -> tuple[Divergence, dict[str, int]]:
    """The first thing that is wrong, and how many there are of each kind."""
    found = proven(world().given, logs).found
    assert found.first, "nothing was found"
    return found.first[0], dict(found.counts)


def with_log(topic: str, change: Callable[[list[RawRecord]], list[RawRecord]]) -> Logs:
    """The logs of the world, one of them changed."""
    return world().logs | {topic: change([*world().logs[topic]])}


def with_step(place: int, change: Callable[[dict[str, Any]], None]) -> Logs:
    """The logs of the world, where one step says something else."""
    steps = [*world().logs[STEPS]]
    told = msgspec.json.decode(steps[place].value or b"")
    change(told)
    steps[place] = steps[place]._replace(value=msgspec.json.encode(told))
    return world().logs | {STEPS: steps}


def test_worlds_in_which_faults_did_no_harm_are_clean() -> None:
    checked = 0
    for seed in range(60):
        given = scenario(seed)
        if given.loses:
            continue  # what a log lost there can be read here still, and was not applied
        end = run(given)
        for lane in range(given.lanes):
            found = proven(given_to(end), logs_of(end, lane), lane).found
            assert not found.first, f"seed {seed}, lane {lane}: {found.first[0]}"
            checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    "worker",
    [each for each in PLANTED if each.values[0] not in SEEN_BY_THE_ORACLE_ALONE],
    ids=lambda each: each.__name__,
)
def test_a_worker_that_breaks_the_protocol_leaves_traces_that_are_found(worker: type[Worker]) -> None:
    for seed in range(SEEDS):
        end = run(scenario(seed), worker=worker)
        if not end.given.loses and any(_is_wrong(end, lane) for lane in range(end.given.lanes)):
            return
    pytest.fail(f"{worker.__name__} left no trace")


def _is_wrong(end: End, lane: int) -> bool:
    return bool(proven(given_to(end), logs_of(end, lane), lane).found.first)


def test_a_warning_that_was_removed_is_missing() -> None:
    logs = with_log(WARNINGS, lambda log: [*log[:3], *log[4:]])
    first, counts = first_of(logs)
    assert counts == {"missing": 1}
    lost = msgspec.json.decode(world().logs[WARNINGS][3].value or b"")
    assert first.customer == lost["subject"]
    assert msgspec.json.decode(first.expected or "")["id"] == lost["id"]
    assert first.step is not None


def test_a_warning_that_stands_twice_is_doubled() -> None:
    log = world().logs[WARNINGS]
    again = log[2]._replace(offset=log[-1].offset + 5)
    first, counts = first_of(world().logs | {WARNINGS: [*log, again]})
    assert counts == {"doubled": 1}
    assert first.offset == again.offset


def test_two_warnings_that_changed_places_are_out_of_order() -> None:
    def swap(log: list[RawRecord]) -> list[RawRecord]:
        one, other = log[4], log[5]
        return [*log[:4], other._replace(offset=one.offset), one._replace(offset=other.offset), *log[6:]]

    first, counts = first_of(with_log(WARNINGS, swap))
    assert counts == {"out of order": 1}
    assert first.customer


def test_a_warning_of_which_one_byte_differs_is_told() -> None:
    def change(log: list[RawRecord]) -> list[RawRecord]:
        value = (log[3].value or b"").replace(b'"sequence":', b'"sequence":1', 1)
        return [*log[:3], log[3]._replace(value=value), *log[4:]]

    first, counts = first_of(with_log(WARNINGS, change))
    assert counts == {"differing": 1}
    assert first.offset == world().logs[WARNINGS][3].offset


def test_a_warning_that_nothing_called_for_is_extra() -> None:
    def invent(log: list[RawRecord]) -> list[RawRecord]:
        value = (log[3].value or b"").replace(b'"id":"', b'"id":"f', 1)
        return [*log, log[3]._replace(value=value, offset=log[-1].offset + 1)]

    assert first_of(with_log(WARNINGS, invent))[1] == {"extra": 1}


def test_a_dead_letter_that_was_lost_is_missing() -> None:
    assert world().logs[DEAD_LETTERS], "the world has dead letters"
    assert first_of(with_log(DEAD_LETTERS, lambda log: log[1:]))[1] == {"missing": 1}


@pytest.mark.parametrize(("by", "kind"), [(-1, "overlap"), (1, "hole")])
def test_a_hole_and_an_overlap_that_cancel_out_in_totals_are_found(by: int, kind: str) -> None:
    place, name = _middle_range()

    def shift(step: dict[str, Any]) -> None:
        step["ranges"][name] = [position + by for position in step["ranges"][name]]

    first, counts = first_of(with_step(place, shift))
    assert counts == {kind: 1}
    assert (first.topic, first.step) == (name, place + 1)


def _middle_range() -> tuple[int, str]:
    """A step, by its place, that went on with an input which others have begun and will go on with; and its name."""
    steps = [msgspec.json.decode(each.value or b"")["ranges"] for each in world().logs[STEPS]]
    for name in EVERY:
        places = [place for place, ranges in enumerate(steps) if name in ranges]
        if len(places) > 2:
            return places[1], name
    raise AssertionError("no input was applied in three steps")


def test_a_record_applied_though_the_step_names_its_neighbour_shows_in_rows_and_counts() -> None:
    """A worker that skips a record and repeats another, under ranges that look right."""
    name = next(each for each in ("orders", "tickets") if len(world().logs[each]) > 4)
    log = world().logs[name]
    cheat = [*log[:2], log[2]._replace(key=log[1].key, value=log[1].value), *log[3:]]
    assert first_of(world().logs | {name: cheat})[1]


def test_a_step_that_was_removed_or_repeated_is_not_in_sequence() -> None:
    assert "not in sequence" in first_of(with_log(STEPS, lambda log: [*log[:3], *log[4:]]))[1]
    assert "not in sequence" in first_of(with_log(STEPS, lambda log: [*log[:3], log[2], *log[3:]]))[1]


def test_a_clock_that_goes_back_is_told() -> None:
    at = next(
        place
        for place, each in enumerate(world().logs[STEPS][1:], 1)
        if msgspec.json.decode(world().logs[STEPS][place - 1].value or b"")["clock"]
    )
    logs = with_step(at, lambda step: step.__setitem__("clock", "1999-01-01T00:00:00Z"))
    assert "clock went back" in first_of(logs)[1]


def test_a_row_that_differs_is_told_field_by_field() -> None:
    def change(log: list[RawRecord]) -> list[RawRecord]:
        last = {each.key: each for each in log if not is_lane_key(each.key or b"")}
        one, other = [*last.values()][:2]
        return [*log, one._replace(value=other.value, offset=log[-1].offset + 1)]

    first, counts = first_of(with_log(CHANGELOG, change))
    assert counts == {"other row": 1}
    assert "expected" in first.what


def test_a_row_and_a_standing_warning_that_are_gone_are_told() -> None:
    def drop(log: list[RawRecord]) -> list[RawRecord]:
        gone = next(each.key for each in log if each.value and not is_lane_key(each.key or b""))
        return [each for each in log if each.key != gone]

    assert first_of(with_log(CHANGELOG, drop))[1] == {"other row": 1}
    standing = {each.key: each.value for each in world().logs[STANDING]}
    gone = next(key for key, value in standing.items() if value)
    kept = [each for each in world().logs[STANDING] if each.key != gone]
    assert first_of(world().logs | {STANDING: kept})[1] == {"missing": 1}


def test_a_warning_that_stands_though_it_is_over_is_extra() -> None:
    last = {each.key: each.value for each in world().logs[STANDING]}
    ended = next(key for key, value in last.items() if value is None)
    kept = [each for each in world().logs[STANDING] if each.key != ended or each.value]
    assert first_of(world().logs | {STANDING: kept})[1] == {"extra": 1}


def test_what_came_while_it_was_read_may_be_there_or_not() -> None:
    log = world().logs[WARNINGS]
    steps = len(world().logs[STEPS])
    assert proven(world().given, world().logs | {WARNINGS: log[:-1]}, settled=0).found.first == []
    assert proven(world().given, world().logs | {WARNINGS: log[:-1]}, settled=steps).found.first


@pytest.mark.parametrize(
    ("entries", "at_rest", "kinds"),
    [
        ([1, 4, 9], True, []),
        ([4, 9], True, ["not copied"]),
        ([4, 9], False, []),
        ([1, 4], True, ["not copied"]),
        ([1, 4], False, []),
        ([1, 9], False, ["not copied"]),
        ([1, 4, 5, 9], False, ["extra"]),
        ([], True, ["not copied"] * 3),
        ([], False, []),
    ],
)
def test_a_stream_is_held_against_the_topic(entries: list[int], at_rest: bool, kinds: list[str]) -> None:
    told, there = ([Place(offset, offset) for offset in offsets] for offsets in ([1, 4, 9], entries))
    assert [each.kind for each in copied(0, told, there, length=100, at_rest=at_rest)] == kinds


def test_an_entry_that_says_something_else_is_told() -> None:
    (wrong,) = copied(0, [Place(1, 1)], [Place(1, 2)], length=100, at_rest=True)
    assert wrong.kind == "differing"


def test_a_stream_goes_back_no_further_than_its_length() -> None:
    told = [Place(offset, offset) for offset in range(10)]
    assert not list(copied(0, told, told[7:], length=3, at_rest=True))
    assert list(copied(0, told, told[8:], length=3, at_rest=True))
