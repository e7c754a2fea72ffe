"""CloudEvents on Kafka: which mode a record is in, and what binary mode may not get away with."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.binding import binary, envelope_from_headers, is_binary, structured
from schemas.dead_letters import Reason, reason_of
from schemas.errors import ContractError
from schemas.events import EVENT_TYPES, FACTS
from tests.contracts.examples import decoded, encoded, plain

ORDER = EVENT_TYPES["order.placed"]
HEADERS, VALUE = binary(decoded(ORDER))


def without(name: str) -> list[tuple[str, bytes]]:
    return [header for header in HEADERS if header[0] != name]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], False),
        ([("content-type", b"application/cloudevents+json")], False),
        ([("Content-Type", b"Application/CloudEvents+json; charset=utf-8"), ("ce_id", b"1")], False),
        ([("traceparent", b"00-1")], False),
        ([("content-type", b"application/json")], False),
        ([("content-type", b"application/json"), ("ce_id", b"1")], True),
        ([("ce_id", None)], True),
    ],
)
def test_a_record_is_binary_if_it_has_such_headers_and_is_not_said_to_be_structured(
    headers: list[tuple[str, bytes | None]], *, expected: bool
) -> None:
    assert is_binary(headers) is expected


def test_a_structured_record_says_so() -> None:
    headers, value = structured(decoded(ORDER))
    assert headers == [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    assert FACTS.validate_json(value) == decoded(ORDER)


def test_a_binary_record_has_the_attributes_as_headers_and_only_data_as_value() -> None:
    assert VALUE == b'{"amount":12.5,"lines":[]}'
    assert HEADERS == [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e-1"),
        ("ce_source", b"/shop"),
        ("ce_type", b"order.placed"),
        ("ce_subject", b"ada"),
        ("ce_time", b"2026-06-01T12:00:00Z"),
    ]


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(ContractError) as caught:
        envelope_from_headers(without(name), VALUE)
    assert (caught.value.reason, caught.value.detail) == (Reason.missing_headers, f"missing headers: {name}")


@pytest.mark.parametrize(
    ("name", "reason"), [("ce_subject", Reason.missing_subject), ("ce_time", Reason.bad_time)]
)
def test_a_header_that_only_we_need_is_missed_like_the_field(name: str, reason: Reason) -> None:
    with pytest.raises(ValidationError) as caught:
        FACTS.validate_json(envelope_from_headers(without(name), VALUE))
    assert reason_of(caught.value)[0] is reason


@pytest.mark.parametrize("value", [b"{", b'{"amount":1}, "subject": "eve"', b"\xef\xbb\xbf{}", b"{}{}"])
def test_a_value_that_is_no_json_is_refused(value: bytes) -> None:
    with pytest.raises(ContractError) as caught:
        envelope_from_headers(HEADERS, value)
    assert caught.value.reason is Reason.broken_json


def test_bytes_that_are_not_utf8_are_refused_in_the_value_and_in_headers() -> None:
    for headers, value in (
        (HEADERS, b'{"region": "\xe4"}'),
        ([*without("ce_id"), ("ce_id", b"\xe4")], VALUE),
    ):
        with pytest.raises(ContractError) as caught:
            envelope_from_headers(headers, value)
        assert caught.value.reason is Reason.not_utf8


@pytest.mark.parametrize("value", [None, b""])
def test_no_value_means_no_data(value: bytes | None) -> None:
    delivered = EVENT_TYPES["order.delivered"]
    headers, _ = binary(decoded(delivered))
    assert FACTS.validate_json(envelope_from_headers(headers, value)) == decoded(delivered)


def test_a_value_cannot_speak_for_an_attribute() -> None:
    value = encoded({**plain(ORDER)["data"], "subject": "eve"})
    assert FACTS.validate_json(envelope_from_headers(HEADERS, value)) == decoded(ORDER)


def test_text_outside_ascii_travels_as_it_is() -> None:
    event = decoded(ORDER, subject="Zoë", data={"amount": 1, "region": "Østfold"})
    assert FACTS.validate_json(envelope_from_headers(*binary(event))) == event
