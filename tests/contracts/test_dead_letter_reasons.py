"""Why a record is refused: one reason for each fault, in words that give nothing of the customer away."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.dead_letters import LONGEST_DETAIL, Reason, cut, is_unknown_type, letter_headers, reason_of
from schemas.events import EVENT_TYPES, FACTS, PROFILES
from tests.contracts.examples import encoded, plain

ORDER = EVENT_TYPES["order.placed"]
PROFILE = EVENT_TYPES["profile.updated"]


def refused(value: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        FACTS.validate_json(value)
    return caught.value


def order(**attributes: Any) -> bytes:
    return encoded(plain(ORDER) | attributes)


def order_without(name: str) -> bytes:
    return encoded(plain(ORDER, **{name: None}))


FAULTS = [
    (b"\xff\xfe", Reason.not_utf8, "no JSON: expected value at line 1 column 1"),
    (order().replace(b"ada", b"ad\xe4"), Reason.not_utf8, "no JSON: invalid unicode code point"),
    (b"", Reason.broken_json, "no JSON: EOF"),
    (order()[:-1], Reason.broken_json, "no JSON: EOF while parsing an object"),
    (order() + b"{}", Reason.broken_json, "no JSON: trailing characters"),
    (b"[" * 10_000, Reason.broken_json, "no JSON: recursion limit exceeded"),
    (b"[]", Reason.not_an_event, "input should be an object"),
    (b"null", Reason.not_an_event, "input should be an object"),
    (b"{}", Reason.not_an_event, "type: missing"),
    (order(type=5), Reason.not_an_event, "type: not one of those expected here"),
    (order(type=""), Reason.not_an_event, "type: not one of those expected here"),
    (order_without("id"), Reason.not_an_event, "id: missing"),
    (order_without("source"), Reason.not_an_event, "source: missing"),
    (order(specversion="0.3"), Reason.not_an_event, "specversion: input should be '1.0'"),
    (order_without("subject"), Reason.missing_subject, "subject: missing"),
    (order(subject=""), Reason.missing_subject, "subject: string should have at least 1 character"),
    (order(subject=None), Reason.missing_subject, "subject: input should be a valid string"),
    (order(subject=7), Reason.bad_field, "subject: input should be a valid string"),
    (order(subject="x" * 257), Reason.bad_field, "subject: string should have at most 256 characters"),
    (order_without("time"), Reason.bad_time, "time: missing"),
    (order(time="yesterday"), Reason.bad_time, "time: not a time such as 2026-06-01T12:00:00Z"),
    (order(time=1780315200), Reason.bad_time, "time: a time must be a text"),
    (order(time="1780315200"), Reason.bad_time, "time: not a time"),
    (
        order(time="0001-01-01T00:00:00+14:00"),
        Reason.bad_time,
        "time: a time must lie in the years 1970 to 2199",
    ),
    (
        order(time="9999-12-31T23:59:59-14:00"),
        Reason.bad_time,
        "time: a time must lie in the years 1970 to 2199",
    ),
    (order(time="2026-06-01T12:00:00"), Reason.naive_time, "time: a time must have a zone"),
    (order(time="2026-06-01"), Reason.naive_time, "time: a time must have a zone"),
    (order(data={}), Reason.bad_field, "data.amount: missing"),
    (order(data=[1]), Reason.bad_field, "data: input should be an object"),
    (order(data={"amount": "12.5"}), Reason.bad_field, "data.amount: input should be a valid number"),
    (order(data={"amount": True}), Reason.bad_field, "data.amount: input should be a valid number"),
    (
        order(data={"amount": -0.01}),
        Reason.bad_amount,
        "data.amount: input should be greater than or equal to 0",
    ),
    (order(data={"amount": float("nan")}), Reason.bad_amount, "data.amount: input should be a finite number"),
    (order(data={"amount": float("inf")}), Reason.bad_amount, "data.amount: input should be a finite number"),
    (
        order(data={"amount": 1, "lines": [{"price": -1}]}),
        Reason.bad_amount,
        "data.lines.0.price: input should",
    ),
    (encoded(plain(EVENT_TYPES["churn.declared"])), Reason.wrong_topic, "churn.declared belongs on commands"),
]


@pytest.mark.parametrize(("value", "reason", "detail"), FAULTS, ids=[f"{r}-{d[:30]}" for _, r, d in FAULTS])
def test_each_fault_has_its_reason(value: bytes, reason: Reason, detail: str) -> None:
    error = refused(value)
    assert not is_unknown_type(error)
    assert reason_of(error)[0] == reason
    assert detail in reason_of(error)[1]


def test_an_unknown_type_is_told_from_a_fault() -> None:
    assert is_unknown_type(refused(order(type="order.framed")))
    with pytest.raises(ValidationError) as caught:
        PROFILES.validate_json(order(type="order.framed"))
    assert is_unknown_type(caught.value)


def test_a_fact_among_profiles_is_on_the_wrong_topic() -> None:
    with pytest.raises(ValidationError) as caught:
        PROFILES.validate_json(order())
    assert not is_unknown_type(caught.value)
    assert reason_of(caught.value) == (Reason.wrong_topic, "type: order.placed belongs on orders")


@pytest.mark.parametrize(
    "content",
    [{"name": ["SECRET"]}, {"preferences": {"SECRET": 5}}, {"policy": "SECRET"}, {"birthday": "SECRET"}],
)
def test_a_detail_names_the_field_but_not_what_stood_in_it(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        PROFILES.validate_json(encoded(plain(PROFILE, data=content)))
    reason, detail = reason_of(caught.value)
    assert reason is Reason.bad_field
    assert detail.startswith(f"data.{next(iter(content))}")
    assert "SECRET" not in detail


def test_a_detail_is_short_whatever_the_event_was() -> None:
    letters = [encoded(plain(PROFILE, data={"segments": ["x" * 10_000] * 10}))]
    for letter in letters:
        with pytest.raises(ValidationError) as caught:
            PROFILES.validate_json(letter)
        assert len(reason_of(caught.value)[1]) <= LONGEST_DETAIL


def test_the_headers_of_a_dead_letter_tell_its_origin_before_its_own() -> None:
    headers = letter_headers(
        topic="orders",
        partition=3,
        offset=12,
        reason=Reason.bad_time,
        detail="time: missing",
        own=[("a", b"b")],
    )
    assert headers == [
        ("cm-topic", b"orders"),
        ("cm-partition", b"3"),
        ("cm-offset", b"12"),
        ("cm-reason", b"bad_time"),
        ("cm-detail", b"time: missing"),
        ("a", b"b"),
    ]


def test_a_value_that_fits_is_not_cut() -> None:
    assert cut(b"12345", 5) == (b"12345", [])


def test_a_value_that_is_cut_keeps_its_length_and_hash() -> None:
    value, marks = cut(b"123456", 5)
    assert value == b"12345"
    assert marks == [("cm-truncated", b"6"), ("cm-sha256", sha256(b"123456").hexdigest().encode())]
