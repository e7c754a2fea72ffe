"""Why a record became a dead letter, and what a dead letter looks like.

It is the raw bytes under headers that tell its origin. Who writes it is not said here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from schemas.events import EVENT_TYPES

Headers = list[tuple[str, bytes]]

TOPIC, PARTITION, OFFSET = "cm-topic", "cm-partition", "cm-offset"
REASON, DETAIL = "cm-reason", "cm-detail"
TRUNCATED, SHA256 = "cm-truncated", "cm-sha256"
RETRY_OF = "cm-retry-of"  # on an input: the dead letter's origin, of which this record is the second try

LONGEST_DETAIL = 500
MONEY = {"amount", "price", "cost", "margin"}
FREE_KEYS = {"preferences", "consent"}  # their keys are the customer's content


class Reason(StrEnum):
    """Why a record is a dead letter; bounded, for it is counted."""

    not_utf8 = "not_utf8"
    broken_json = "broken_json"
    not_an_event = "not_an_event"
    missing_subject = "missing_subject"
    bad_time = "bad_time"
    naive_time = "naive_time"
    future_time = "future_time"
    bad_field = "bad_field"
    bad_amount = "bad_amount"
    missing_headers = "missing_headers"
    too_large = "too_large"
    row_too_large = "row_too_large"
    wrong_key = "wrong_key"
    wrong_partition = "wrong_partition"
    wrong_topic = "wrong_topic"


TIME_TROUBLES = {"naive_time": Reason.naive_time, "bad_time": Reason.bad_time}


def is_unknown_type(error: ValidationError) -> bool:
    """Whether an event has a type that is not in the catalogue: it is counted, and no dead letter."""
    tag = _refused_type(error)
    return isinstance(tag, str) and tag != "" and tag not in EVENT_TYPES


def reason_of(error: ValidationError) -> tuple[Reason, str]:
    """Say why an event was refused, by its first error, naming the field but not what stood in it."""
    tag = _refused_type(error)
    if isinstance(tag, str) and tag in EVENT_TYPES:
        return Reason.wrong_topic, f"type: {tag} belongs on {EVENT_TYPES[tag].input}"
    first = error.errors(include_url=False)[0]
    where = tuple(first["loc"][1:] if first["loc"][:1] and first["loc"][0] in EVENT_TYPES else first["loc"])
    detail = f"{_readable(where)}: {_message(first)}" if where else _message(first)
    return _reason(first, where), detail[:LONGEST_DETAIL]


def letter_headers(
    *,
    topic: str,
    partition: int,
    offset: int,
    reason: Reason,
    detail: str,
    own: Iterable[tuple[str, bytes]] = (),
) -> Headers:
    """The headers of a dead letter: where the record stood, why it was refused, then its `own`."""
    told = {TOPIC: topic, PARTITION: str(partition), OFFSET: str(offset), REASON: reason, DETAIL: detail}
    return [*((name, text.encode()) for name, text in told.items()), *own]


def cut(value: bytes, longest: int) -> tuple[bytes, Headers]:
    """The first `longest` bytes of a value; with headers for its full length and hash if it was longer."""
    if len(value) <= longest:
        return value, []
    marks = [(TRUNCATED, str(len(value)).encode()), (SHA256, sha256(value).hexdigest().encode())]
    return value[:longest], marks


def _refused_type(error: ValidationError) -> object:
    """The `type` for which no model was found, or None where that was not the trouble."""
    for each in error.errors(include_url=False):
        if each["type"] == "union_tag_invalid":
            return each["input"].get("type") if isinstance(each["input"], Mapping) else None
        if each["loc"] == ("type",) and each["type"] == "literal_error":
            return each["input"]
    return None


def _reason(error: Any, where: tuple[int | str, ...]) -> Reason:
    kind = error["type"]
    if kind == "json_invalid":
        return Reason.broken_json if _is_utf8(error["input"]) else Reason.not_utf8
    match where:
        case () | ("specversion" | "id" | "source" | "type",):
            return Reason.not_an_event
        case ("subject",) if kind == "missing" or error["input"] in ("", None):
            return Reason.missing_subject
        case (*_, field) if field in MONEY and kind in ("greater_than_equal", "finite_number"):
            return Reason.bad_amount
    return TIME_TROUBLES.get(kind, Reason.bad_time if where == ("time",) else Reason.bad_field)


def _message(error: Any) -> str:
    if error["type"] == "union_tag_not_found":
        return "type: missing"
    if error["type"] == "union_tag_invalid":
        return "type: not one of those expected here"
    if error["type"] == "json_invalid":
        return f"no JSON: {error['ctx']['error']}"
    text: str = "missing" if error["type"] == "missing" else error["msg"]
    return text[:1].lower() + text[1:]


def _readable(where: tuple[int | str, ...]) -> str:
    for place, part in enumerate(where):
        if part in FREE_KEYS:
            return ".".join(map(str, where[: place + 1]))
    return ".".join(map(str, where))


def _is_utf8(value: bytes | str) -> bool:
    try:
        return value.decode() is not None if isinstance(value, bytes) else True
    except UnicodeDecodeError:
        return False
