"""What a step puts on topics: warnings, those that stand, shadow warnings, dead letters, the step itself."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import asdict, replace
from pydantic import TypeAdapter

from monitor.domain.state import Acknowledged, Snoozed
from monitor.engine.admission import Refused
from monitor.engine.customers import Customers
from monitor.engine.events import EARLIEST, warning_json
from monitor.engine.fetched import DAWN, RawRecord
from monitor.engine.outputs import (
    LONGEST_KEY,
    ROOM_FOR_HEADERS,
    Output,
    dead_letter,
    outputs,
    standing_key,
)
from monitor.engine.step import DeadLetter, RejectedCommand, Step
from schemas.customer_changes import CustomerChange, StageChanged, TierChanged
from schemas.dead_letters import SHA256, TRUNCATED, Reason
from schemas.rejections import CommandRejected, Rejection
from schemas.topics import TOPICS
from schemas.warnings import WarningEvent
from tests.laws.lanes import END, LONGEST, logs_of, new_lane, play, transitions
from tests.laws.strategies import at, fact, rule_set
from tests.units.test_profile import told as profile_told

READ: TypeAdapter[CustomerChange] = TypeAdapter(CustomerChange)
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


def of_profile(**content: Any) -> list[WarningEvent]:
    """What is told of ada, who has this profile, orders once, goes quiet, and orders again."""
    customers = Customers(rule_set(QUIET | {"kind_of_churn": "voluntary"}), lambda _: None)
    customers.heed(profile_told(**content), at(0))
    for name, hour in (("a", 0), ("b", 72)):
        while (due := customers.deadlines.first()) is not None and due < at(hour):
            customers.fire()
        customers.apply(fact("order.placed", {"amount": 50.0}, hour=hour, name=name), at(hour))
    return [WarningEvent.model_validate_json(warning_json(each)) for each in customers.take()[1]]


def test_a_warning_says_what_is_at_stake_what_to_do_and_through_which_channel() -> None:
    firing, resolved = of_profile(name="Ada", preferred_channel="mail")
    assert firing.data.value_at_risk is not None
    assert firing.data.value_at_risk.model_dump() == {"amount": 50.0, "basis": "sales", "horizon_days": 365}
    assert firing.data.next_step is not None
    assert firing.data.next_step.text.startswith("Call Ada: ")
    assert (firing.data.channel, firing.data.stale_profile) == ("mail", False)
    over = resolved.data
    assert (over.value_at_risk, over.next_step, over.channel, over.stale_profile) == (None,) * 4


def test_the_warnings_of_who_is_let_go_are_of_deliberate_churn_and_advise_nothing() -> None:
    firing, resolved = of_profile(policy="let_go")
    assert (firing.data.kind, resolved.data.kind) == ("deliberate", "deliberate")
    assert firing.data.next_step is not None
    assert firing.data.next_step.step == "none"


SAID = {
    "acknowledged": Acknowledged(at(50), "bo", "calls at noon", at(60)),
    "snoozed": Snoozed(at(51), at(70), "on vacation", "cy"),
}


def test_what_people_said_of_a_warning_is_told_with_it() -> None:
    first, *_ = transitions(made(QUIET))
    said = replace(first, told="acknowledged", warning=replace(first.warning, sequence=2, **SAID))
    event = WarningEvent.model_validate_json(warning_json(said))
    assert event.type == "warning.acknowledged"
    assert event.data.acknowledged is not None
    assert event.data.acknowledged.model_dump() == asdict(SAID["acknowledged"])
    assert event.data.snoozed is not None
    assert event.data.snoozed.model_dump() == asdict(SAID["snoozed"])


def test_an_outcome_of_a_warning_that_is_over_takes_nothing_from_what_stands() -> None:
    *_, step = made(QUIET)
    _, ended, _ = transitions(made(QUIET))
    labelled = replace(ended, told="labelled", outcome="saved", cause=None)
    warning, standing, _ = outputs(step._replace(transitions=[labelled]), longest=LONGEST)
    event = WarningEvent.model_validate_json(warning.value or b"")
    assert (event.type, event.data.outcome) == ("warning.labelled", "saved")
    assert (event.data.title, event.data.evidence) == ("quiet was labelled saved", None)
    assert (standing.topic, standing.value) == ("churn.warnings.standing", None)


@pytest.mark.parametrize("clock", [at(5), DAWN])
def test_a_refused_command_is_told_under_its_customer(clock: datetime) -> None:
    *_, step = made(QUIET)
    refused = RejectedCommand(
        "ada", "c-1", "/desk", "churn.declared", Rejection.unknown_customer, "who is it?"
    )
    refusing = step._replace(transitions=[], rejections=[refused], lane=replace(step.lane, clock=clock))
    told, _ = outputs(refusing, longest=LONGEST)
    assert (told.topic, told.key) == ("churn.rejections", b"ada")
    event = CommandRejected.model_validate_json(told.value or b"")
    assert (event.subject, event.id, event.time) == ("ada", f"0-{step.number}-0", max(clock, EARLIEST))
    assert event.data.model_dump() == {
        "command": {"id": "c-1", "source": "/desk", "type": "churn.declared"},
        "reason": "unknown_customer",
        "detail": "who is it?",
    }


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


def test_what_becomes_of_a_customer_is_told_under_their_id() -> None:
    tiers = {"important": {"sales_from": 5.0, "down_to": 2.0}}
    rules = rule_set(
        customers={"new_for": "1d", "lost_after": {"floor": "5d", "fallback": "9d"}, "tiers": tiers}
    )
    events = [
        fact("contact.made", {}, hour=0, name="a"),
        fact("order.placed", {"amount": 5.0}, hour=24, name="b"),
        fact("order.refunded", {"amount": 4.0}, hour=25, name="c"),
    ]
    steps = play(new_lane(rules), logs_of(events))
    told = [
        each for step in steps for each in outputs(step, longest=LONGEST) if each.topic == "churn.customers"
    ]
    changes = [READ.validate_json(each.value or b"") for each in told]
    assert {each.key for each in told} == {b"ada"}
    assert len({change.id for change in changes}) == len(changes)
    assert [
        (change.time, change.data.after, change.data.since)
        for change in changes
        if isinstance(change, StageChanged)
    ] == [
        (at(0), "potential", at(0)),
        (at(24), "new", at(24)),
        (at(48), "active", at(48)),
        (at(240), "lost", at(240)),
    ]
    assert [
        (change.data.before, change.data.after, change.data.sales, change.data.border)
        for change in changes
        if isinstance(change, TierChanged)
    ] == [
        (None, "potential", 0.0, None),
        ("potential", "important", 5.0, 5.0),
        ("important", "ordinary", 1.0, 2.0),
    ]
    lost = json.loads(told[-1].value or b"")
    assert (lost["type"], lost["subject"]) == ("customer.stage_changed", "ada")
    assert lost["data"] == {
        "from": "active",
        "to": "lost",
        "since": "2026-01-11T00:00:00Z",
        "kind": "unknown",
        "reason": None,
    }


def test_rules_that_say_nothing_of_customers_tell_nothing_of_them() -> None:
    assert "churn.customers" not in {each.topic for each in told(QUIET, WAITS)}
