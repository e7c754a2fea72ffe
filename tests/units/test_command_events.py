"""Commands out of options, and what came of them out of what a lane told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.adapters.kafka_logs import Answer
from monitor.cli.command_events import SOURCE, Content, Refusal, command_event, outcome_of
from monitor.engine.events import rejection_json
from monitor.engine.fetched import RawRecord
from monitor.engine.step import RejectedCommand
from schemas.commands import CustomerCommand
from schemas.dead_letters import Reason, letter_headers
from schemas.errors import ConfigError
from schemas.rejections import Rejection
from tests.units.test_tail_lines import event as warning

NOW = datetime(2026, 6, 10, tzinfo=UTC)
ACK: Content = {"warning": "0123456789abcdef", "by": "eva", "note": None, "until": NOW}


def command(kind: str = "warning.acknowledged", content: Content = ACK) -> CustomerCommand:
    return command_event(kind, "ada", content, name="c-1", now=NOW)


def answer(**told: list[Any]) -> Answer:
    topics = ("churn.warnings", "churn.rejections", "churn.dead-letters", "churn.steps")
    records = {topic: told.get(topic.removeprefix("churn.").replace("-", "_"), []) for topic in topics}
    return Answer(1, 7, applied=True, told=records)


def refusal(name: str, source: str = SOURCE) -> RawRecord:
    refused = RejectedCommand(
        "ada", name, source, "warning.acknowledged", Rejection.already_closed, "it is over"
    )
    return RawRecord(0, 0, b"ada", rejection_json(refused, "0-1-0", NOW))


def letter(topic: str, offset: int) -> RawRecord:
    headers = letter_headers(
        topic=topic, partition=1, offset=offset, reason=Reason.wrong_partition, detail="not here"
    )
    return RawRecord(0, 0, b"ada", b"{}", headers)


def test_a_command_says_what_was_given_and_nothing_else() -> None:
    made = command()
    assert made.model_dump(mode="json", exclude_none=True) == {
        "specversion": "1.0",
        "id": "c-1",
        "source": SOURCE,
        "type": "warning.acknowledged",
        "subject": "ada",
        "time": "2026-06-10T00:00:00Z",
        "data": {"warning": "0123456789abcdef", "by": "eva", "until": "2026-06-10T00:00:00Z"},
    }


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("warning.unacknowledged", {"warning": "0" * 16}),
        ("warning.snoozed", {"warning": "0" * 16, "until": NOW, "reason": "waits"}),
        ("warning.labelled", {"warning": "0" * 16, "outcome": "saved"}),
        ("absence.planned", {"until": NOW}),
        ("churn.declared", {"kind": "voluntary", "reason": "price", "by": "eva"}),
        ("customer.moved", {"to": "Rome"}),
    ],
)
def test_every_command_can_be_said(kind: str, content: Content) -> None:
    assert command(kind, content).type == kind


def test_what_the_contract_does_not_allow_is_told_by_its_option() -> None:
    with pytest.raises(ConfigError, match="--by: string should have at most 128 characters"):
        command(content={**ACK, "by": "e" * 129})


def test_what_was_told_of_the_customer_meanwhile_is_what_came_of_it() -> None:
    others = RawRecord(1, 0, b"ben", warning(subject="ben"))
    outcome = outcome_of(command(), answer(warnings=[RawRecord(0, 0, b"ada", warning()), others]), "commands")
    assert outcome.refusal is None
    assert [each.subject for each in outcome.told] == ["ada"]


def test_a_refusal_of_this_very_command_is_told_with_its_reason() -> None:
    told = answer(rejections=[refusal("c-0"), refusal("c-1", "/elsewhere"), refusal("c-1")])
    assert outcome_of(command(), told, "commands").refusal == Refusal("already_closed", "it is over")


def test_refusals_of_others_are_not_ours() -> None:
    told = answer(rejections=[refusal("c-0"), refusal("c-1", "/elsewhere")])
    assert outcome_of(command(), told, "commands").refusal is None


@pytest.mark.parametrize(
    ("topic", "offset", "ours"), [("x.commands", 7, True), ("x.commands", 8, False), ("x.orders", 7, False)]
)
def test_a_command_that_became_a_dead_letter_is_refused(topic: str, offset: int, ours: bool) -> None:
    outcome = outcome_of(command(), answer(dead_letters=[letter(topic, offset)]), "x.commands")
    assert outcome.refusal == (Refusal("wrong_partition", "not here") if ours else None)
