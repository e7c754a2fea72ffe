"""What a step puts on topics: warnings, those that stand, shadow warnings, dead letters, the step itself."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from monitor.engine.admission import Refused
from monitor.engine.fetched import RawRecord
from monitor.engine.outputs import (
    LONGEST_KEY,
    ROOM_FOR_HEADERS,
    Output,
    dead_letter,
    outputs,
    standing_key,
    warning_json,
)
from monitor.engine.step import DeadLetter, Step
from schemas.dead_letters import SHA256, TRUNCATED, Reason
from schemas.topics import TOPICS
from schemas.warnings import WarningEvent
from tests.laws.lanes import END, LONGEST, logs_of, new_lane, play, transitions
from tests.laws.strategies import at, fact, rule_set

QUIET: dict[str, Any] = {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "2d"}
WAITS: dict[str, Any] = {
    "name": "waits",
    "kind": "ageing",
    "of": "ticket.opened",
    "until": "ticket.closed",
    "older_than": "1d",
}


def made(*rules: dict[str, Any]) -> list[Step]:
    """Steps in which ada orders twice, with a silence between and after, and waits for a ticket."""
    events = [
        fact("ticket.opened", {"ticket_id": "T 1"}, hour=0, name="t"),
        fact("order.placed", {"amount": 1.0}, hour=0, name="a"),
        fact("order.placed", {"amount": 1.0}, hour=72, name="b"),
    ]
    return list(play(new_lane(rule_set(*rules)), logs_of(events)))


def told(*rules: dict[str, Any]) -> list[Output]:
    return [each for step in made(*rules) for each in outputs(step, longest=LONGEST)]


def letter(**changes: Any) -> DeadLetter:
    record = RawRecord(7, 0, b"ada", b"0123456789", [("trace", b"1")])._replace(**changes)
    return DeadLetter("orders", record, Refused(Reason.broken_json, "no JSON"))


def test_everything_goes_to_a_topic_of_the_table() -> None:
    assert {each.topic for each in told(QUIET, WAITS | {"mode": "shadow"})} <= {spec.name for spec in TOPICS}


def test_a_transition_is_told_under_its_customer() -> None:
    warnings = [each for each in told(QUIET) if each.topic == "churn.warnings"]
    events = [WarningEvent.model_validate_json(each.value or b"") for each in warnings]
    assert [each.key for each in warnings] == [b"ada"] * 3
    assert [event.type for event in events] == ["warning.firing", "warning.resolved", "warning.firing"]
    assert [event.time for event in events] == [at(48), at(72), at(120)]
    assert [event.id for event in events] == [
        f"{event.data.warning}-{event.data.sequence}" for event in events
    ]
    assert [event.data.sequence for event in events] == [1, 2, 3]


def test_a_warning_stands_until_a_tombstone_takes_it_away() -> None:
    standing = [each for each in told(QUIET) if each.topic == "churn.warnings.standing"]
    warnings = [each for each in told(QUIET) if each.topic == "churn.warnings"]
    assert [each.key for each in standing] == [b"ada/quiet/"] * 3
    assert [each.value for each in standing] == [warnings[0].value, None, warnings[2].value]


def test_a_warning_about_a_ticket_stands_under_the_ticket() -> None:
    [transition] = transitions(made(WAITS))
    assert standing_key(transition) == b"ada/waits/T 1"


def test_a_shadow_rule_tells_the_shadow_topic_alone() -> None:
    topics = [each.topic for each in told(QUIET | {"mode": "shadow"})]
    assert topics.count("churn.shadow") == 3
    assert set(topics) == {"churn.shadow", "churn.steps"}


def test_a_console_shows_a_warning_that_a_person_can_read() -> None:
    first, *_ = transitions(made(QUIET | {"kind_of_churn": "voluntary", "reason": "unknown"}))
    shown = json.loads(warning_json(first))
    assert shown["type"] == "warning.firing"
    assert shown["subject"] == "ada"
    assert shown["time"] == "2026-01-03T00:00:00Z"
    assert shown["data"]["title"] == "no order.placed for 2 days, expected within 2 days"
    assert shown["data"]["resolves_when"] == "the next order.placed"
    assert (shown["data"]["kind"], shown["data"]["reason"]) == ("voluntary", "unknown")
    assert shown["data"]["evidence"]["basis"] == "a fixed limit, the same for every customer"


def test_the_step_comes_last() -> None:
    for step in made(QUIET, WAITS):
        *_, last = outputs(step, longest=LONGEST)
        assert (last.topic, last.key) == ("churn.steps", b"0")
        assert json.loads(last.value or b"")["step"] == step.number


def test_a_step_counts_what_it_applied() -> None:
    counts = sum((step.counts for step in made()), start=type(made()[0].counts)())
    assert counts["applied"] == 3
    assert sum(end - start for step in made() for start, end in step.ranges.values()) == 4
    assert made()[-1].lane.clock == END


def test_a_dead_letter_is_the_record_as_it_was_with_its_origin() -> None:
    output = dead_letter(letter(), 3, LONGEST)
    assert (output.key, output.value) == (b"ada", b"0123456789")
    assert output.headers == [
        ("cm-topic", b"orders"),
        ("cm-partition", b"3"),
        ("cm-offset", b"7"),
        ("cm-reason", b"broken_json"),
        ("cm-detail", b"no JSON"),
        ("trace", b"1"),
    ]


def test_a_dead_letter_that_is_too_long_is_cut_with_its_length_and_hash() -> None:
    output = dead_letter(letter(), 0, 4)
    marks = dict(output.headers)
    assert output.value == b"0123"
    assert marks[TRUNCATED] == b"10"
    assert marks[SHA256].decode() == sha256(b"0123456789").hexdigest()


def test_a_dead_letter_without_a_key_stays_without() -> None:
    assert dead_letter(letter(key=None), 0, LONGEST).key is None


def test_a_key_without_end_is_cut() -> None:
    assert dead_letter(letter(key=b"k" * (LONGEST_KEY + 1)), 0, LONGEST).key == b"k" * LONGEST_KEY


def test_a_dead_letter_names_the_topic_as_the_broker_knows_it() -> None:
    output = dead_letter(letter(), 0, LONGEST, {"orders": "shop-orders"})
    assert dict(output.headers)["cm-topic"] == b"shop-orders"


def test_headers_without_end_are_cut_where_there_is_no_more_room() -> None:
    own = [(f"h{number}", b"x" * 10_000) for number in range(10)]
    kept = dead_letter(letter(headers=own), 0, LONGEST).headers[5:]
    assert kept == own[:3]
    assert sum(len(name) + len(value) for name, value in kept) <= ROOM_FOR_HEADERS
