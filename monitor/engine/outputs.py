"""What a step puts on topics: warnings, those that stand, changes of customers, what was refused, the step itself.

Belongs here: which record goes where, and the bytes of those that are no events (those are in events.py). The contracts
are schemas.dead_letters and schemas.steps; tests hold them together. Rows go to the changelog, encoded by the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from monitor.domain.life import Transition
from monitor.engine.events import change_json, rejection_json, warning_json
from monitor.engine.fetched import DAWN
from monitor.engine.step import NO_LOGS, DeadLetter, Logs, RejectedCommand, Step
from schemas.dead_letters import cut, letter_headers

WARNINGS = "churn.warnings"
STANDING = "churn.warnings.standing"
SHADOW = "churn.shadow"
CUSTOMERS = "churn.customers"
REJECTIONS = "churn.rejections"
DEAD_LETTERS = "churn.dead-letters"
STEPS = "churn.steps"

ROOM_FOR_HEADERS = 32_768
LONGEST_KEY = 16_384
NO_NAMES: Mapping[str, str] = {}


class Output(NamedTuple):
    """One record for a topic (its name without prefix), on the lane's partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = []  # noqa: RUF012  never changed; Kafka clients want a list


class _StepRecord(msgspec.Struct, frozen=True):
    partition: int
    step: int
    ranges: dict[str, tuple[int, int]]
    target: datetime | None
    clock: datetime | None
    rules: str
    counts: dict[str, int]
    edition: int
    anew: tuple[str, str | None] | None
    history_until: datetime | None
    logs: Logs = NO_LOGS


_encode = msgspec.json.Encoder().encode


def outputs(step: Step, *, longest: int, topics: Mapping[str, str] = NO_NAMES) -> Iterator[Output]:
    """Everything that a step tells, in order; a dead letter's value is cut to `longest` bytes.

    `topics` gives the names of inputs on the broker, where operators look for a dead letter's origin.
    """
    for transition in step.transitions:
        yield from _told(transition)
    for change in step.changes:
        yield Output(CUSTOMERS, change.customer.encode(), change_json(change))
    for place, rejected in enumerate(step.rejections):
        yield _rejection(step, place, rejected)
    for letter in step.dead_letters:
        yield dead_letter(letter, step.partition, longest, topics)
    yield Output(STEPS, str(step.partition).encode(), _encode(step_record(step)))


def standing_key(transition: Transition) -> bytes:
    """The key under which a warning stands on the compacted topic: customer/rule/subject."""
    warning = transition.warning
    return f"{transition.customer}/{warning.rule}/{warning.about or ''}".encode()


def step_record(step: Step) -> _StepRecord:
    """The step as the steps topic keeps it (schemas.steps.StepRecord)."""
    target, clock = (
        moment if moment and moment > DAWN else None for moment in (step.target, step.lane.clock)
    )
    return _StepRecord(
        step.partition,
        step.number,
        step.ranges,
        target,
        clock,
        step.lane.rules,
        dict(step.counts),
        step.lane.edition,
        step.anew,
        step.lane.history_until,
        step.logs,
    )


def dead_letter(
    letter: DeadLetter, partition: int, longest: int, topics: Mapping[str, str] = NO_NAMES
) -> Output:
    """The raw record, with headers that say where it stood and why it could not be applied.

    A key of more than `LONGEST_KEY` bytes is cut: no codec may carry in what the topic can't hold.
    """
    record = letter.record
    value, marks = cut(record.value or b"", longest)
    headers = letter_headers(
        topic=topics.get(letter.input, letter.input),
        partition=partition,
        offset=record.offset,
        reason=letter.refused.reason,
        detail=letter.refused.detail,
        own=[*marks, *_fitting(record.headers)],
    )
    return Output(DEAD_LETTERS, record.key and record.key[:LONGEST_KEY], value, headers)


def _told(transition: Transition) -> Iterator[Output]:
    customer = transition.customer.encode()
    value = warning_json(transition)
    if transition.shadow:
        yield Output(SHADOW, customer, value)
        return
    yield Output(WARNINGS, customer, value)
    over = transition.warning.phase == "resolved"
    yield Output(STANDING, standing_key(transition), None if over else value)


def _rejection(step: Step, place: int, rejected: RejectedCommand) -> Output:
    """A refused command, named by its place in the step."""
    name = f"{step.partition}-{step.number}-{place}"
    return Output(REJECTIONS, rejected.customer.encode(), rejection_json(rejected, name, step.lane.clock))


def _fitting(headers: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The record's own headers, as far as there is room for them."""
    kept, room = [], ROOM_FOR_HEADERS
    for name, value in headers:
        room -= len(name) + len(value or b"")
        if room < 0:
            break
        kept.append((name, value))
    return kept
