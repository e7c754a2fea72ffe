"""The laws of bad input: it changes nothing but positions, never raises, and is told as it was received."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.domain.rules import RuleSet
from monitor.engine.admission import Admission, Limits, Refused
from monitor.engine.events import warning_json
from monitor.engine.fetched import CLOCK, DAWN, RawRecord
from monitor.engine.outputs import outputs
from monitor.engine.passage import NO_FACT
from monitor.engine.step import lane_key
from schemas.clock import TimePassed
from schemas.dead_letters import DETAIL, OFFSET, PARTITION, REASON, TOPIC, Reason
from schemas.steps import StepRecord
from tests.laws.lanes import (
    LONGEST,
    NAMES,
    Log,
    Logs,
    Turn,
    committed,
    log_of,
    logs,
    milliseconds,
    new_lane,
    play,
    transitions,
    turns,
)
from tests.laws.strategies import DAYS, Told, at, rule_sets, stories

moderate = settings(max_examples=50)
NOW = milliseconds(at(24 * DAYS))


def order(**changes: object) -> bytes:
    """An order's JSON with some fields changed; None leaves a field out."""
    told: dict[str, object] = {
        "specversion": "1.0",
        "id": "bad",
        "source": "/laws",
        "type": "order.placed",
        "subject": "ada",
        "time": at(1).isoformat(),
        "data": {"amount": 1.0},
    }
    return json.dumps({name: value for name, value in (told | changes).items() if value is not None}).encode()


BAD: Sequence[bytes | None] = (
    None,
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    order(subject=None),
    order(subject=""),
    order(time="yesterday"),
    order(time="2026-01-01T00:00:00"),
    order(time="2199-01-01T00:00:00Z"),
    order(data={"amount": -1.0}),
    order(data={"amount": "much"}),
    order(type="order.imagined"),
    order(type="profile.updated"),
    order(type=None),
    order(subject="someone else"),
)
bad_records = st.builds(
    lambda value, headers: RawRecord(0, NOW, b"ada", value, headers),
    st.sampled_from(BAD) | st.binary(max_size=40),
    st.sampled_from(((), (("ce_id", b"1"),), (("trace", b"\xff"),))),
)


def mixed(log: Log, bad: Sequence[tuple[int, RawRecord]]) -> Log:
    """The log with bad records put in at some places."""
    records = list(log.records)
    for place, record in bad:
        records.insert(place % (len(records) + 1), record)
    return log_of(records)


some_bad = st.dictionaries(
    st.sampled_from((*NAMES, CLOCK)), st.lists(st.tuples(st.integers(0, 50), bad_records), max_size=5)
)


@moderate
@given(
    rules=rule_sets,
    story=stories(most=20),
    bad=some_bad,
    schedule=turns(claim_ends=False),
)
def test_bad_input_changes_nothing_but_positions(
    rules: RuleSet,
    story: list[Told],
    bad: dict[str, list[tuple[int, RawRecord]]],
    schedule: list[Turn],
) -> None:
    held = logs(story)
    plain = list(play(new_lane(rules), held))
    troubled = list(
        play(new_lane(rules), {name: mixed(log, bad.get(name, ())) for name, log in held.items()}, schedule)
    )
    assert list(map(warning_json, transitions(troubled))) == list(map(warning_json, transitions(plain)))
    assert committed(troubled).customers() == committed(plain).customers()
    assert troubled[-1].lane.clock == plain[-1].lane.clock


@moderate
@given(story=stories(most=20), bad=some_bad, schedule=turns(claim_ends=True), rules=rule_sets)
def test_every_record_is_applied_repeated_ignored_or_a_dead_letter(
    rules: RuleSet, story: list[Told], bad: dict[str, list[tuple[int, RawRecord]]], schedule: list[Turn]
) -> None:
    held = {name: mixed(log, bad.get(name, ())) for name, log in logs(story).items()}
    made = list(play(new_lane(rules), held, schedule))
    counted = {name: sum(step.counts[name] for step in made) for name in {n for s in made for n in s.counts}}
    counted.pop("late", None)
    passed = counted.pop("time_passed", 1)
    assert sum(counted.values()) + passed == sum(len(log.records) for log in held.values())


@moderate
@given(story=stories(most=10), bad=some_bad, rules=rule_sets)
def test_every_dead_letter_says_where_its_record_stood_and_gives_it_back(
    rules: RuleSet, story: list[Told], bad: dict[str, list[tuple[int, RawRecord]]]
) -> None:
    held = {name: mixed(log, bad.get(name, ())) for name, log in logs(story).items()}
    for step in play(new_lane(rules), held):
        for letter in (each for each in outputs(step, longest=LONGEST) if each.topic == "churn.dead-letters"):
            first = letter.headers[:5]
            told = {name: value.decode() for name, value in first}
            assert list(told) == [TOPIC, PARTITION, OFFSET, REASON, DETAIL]
            record = held[told[TOPIC]].records[int(told[OFFSET])]
            assert letter.value == record.value
            assert letter.key == record.key
            assert letter.headers[5:] == list(record.headers)
            assert Reason(told[REASON])
            assert told[DETAIL]
            assert told[PARTITION] == "0"


@moderate
@given(story=stories(most=10), bad=some_bad, schedule=turns(claim_ends=True), rules=rule_sets)
def test_every_step_is_a_valid_step_record(
    rules: RuleSet, story: list[Told], bad: dict[str, list[tuple[int, RawRecord]]], schedule: list[Turn]
) -> None:
    held = {name: mixed(log, bad.get(name, ())) for name, log in logs(story).items()}
    for step in play(new_lane(rules), held, schedule):
        *_, last = outputs(step, longest=LONGEST)
        record = StepRecord.model_validate_json(last.value or b"")
        assert last.topic == "churn.steps"
        assert (record.partition, record.step) == (step.partition, step.number)
        assert {name: tuple(each) for name, each in record.ranges.items()} == step.ranges
        assert record.target == (None if step.target == DAWN else step.target)
        assert record.counts == step.counts


@moderate
@given(rules=rule_sets, story=stories(most=16), again=st.lists(st.integers(0, 10**6), max_size=8))
def test_records_repeated_within_the_last_sixteen_of_a_customer_change_nothing(
    rules: RuleSet, story: list[Told], again: list[int]
) -> None:
    held = logs(story)
    plain = list(play(new_lane(rules), held))
    doubled: Logs = dict(held)
    for place in again:
        name = NAMES[place % len(NAMES)]
        records = list(doubled[name].records)
        if records:
            original = place % len(records)
            records.insert(original + 1 + place % (len(records) - original), records[original])
            doubled[name] = log_of(records)
    repeated = list(play(new_lane(rules), doubled))
    assert list(map(warning_json, transitions(repeated))) == list(map(warning_json, transitions(plain)))
    assert committed(repeated).customers() == committed(plain).customers()


names = st.sampled_from(
    ("ce_id", "ce_source", "ce_specversion", "ce_type", "ce_subject", "ce_time", "content-type", "CE_ID", "x")
)
values = st.binary(max_size=12) | st.sampled_from((b"1.0", b"order.placed", at(1).isoformat().encode()))
DEEP = b"[" * 100_000
BINARY = (("ce_id", b"1"), ("ce_source", b"/laws"), ("ce_specversion", b"1.0"), ("ce_type", b"order.placed"))


@given(
    value=st.none() | st.binary(max_size=60) | st.sampled_from(BAD),
    key=st.none() | st.binary(max_size=8),
    headers=st.lists(st.tuples(names, values), max_size=8).map(tuple),
    timestamp=st.integers(-1, 2**62),
)
@example(value=DEEP, key=b"ada", headers=(), timestamp=NOW)
@example(value=DEEP, key=b"ada", headers=BINARY, timestamp=NOW)
@example(value=b'{"a":' * 50_000 + b"1" + b"}" * 50_000, key=b"ada", headers=BINARY, timestamp=NOW)
@example(value=order(subject="\ud800"), key=b"ada", headers=(), timestamp=NOW)
@example(value=order(subject="\0lane-0"), key=b"\0lane-0", headers=(), timestamp=NOW)
@example(value=order(id=10**400), key=b"ada", headers=(), timestamp=NOW)
@example(value=b'{"amount":1e999}', key=b"ada", headers=BINARY, timestamp=NOW)
@example(value=b'{"amount":' + b"9" * 5000 + b"}", key=b"ada", headers=BINARY, timestamp=NOW)
@example(value=order(time="0001-01-01T00:00:00+23:59"), key=b"ada", headers=(), timestamp=NOW)
@example(value=order(time="9999-12-31T23:59:59-23:59"), key=b"ada", headers=(), timestamp=NOW)
@example(value=order(time="1970-01-01T00:00:00+23:59"), key=b"ada", headers=(), timestamp=NOW)
@example(value=order(time="2199-12-31T23:59:59-23:59"), key=b"ada", headers=(), timestamp=NOW)
def test_no_record_makes_admission_raise(
    value: bytes | None, key: bytes | None, headers: tuple[tuple[str, bytes], ...], timestamp: int
) -> None:
    record = RawRecord(0, timestamp, key, value, headers)
    admission = Admission(Limits())
    fact = admission.fact(record)
    passage = admission.time_passed(record)
    assert isinstance(fact, Refused) or fact in ("unknown_type", "tombstone") or not isinstance(fact, NO_FACT)
    assert isinstance(passage, TimePassed | Refused) or passage in {"unknown_type", "tombstone"}
    for judged in (fact, passage):
        if isinstance(judged, Refused):
            assert len(judged.detail) <= 600
            assert judged.detail.encode()


def test_no_customer_can_take_the_place_of_a_lane() -> None:
    record = RawRecord(0, NOW, lane_key(0), order(subject=lane_key(0).decode()))
    judged = Admission(Limits()).fact(record)
    assert isinstance(judged, Refused)
    assert judged.reason is Reason.bad_field
