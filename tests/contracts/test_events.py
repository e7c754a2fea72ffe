"""The events: what a plain feed may leave out, what is refused, and that nothing changes on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.binding import binary, envelope_from_headers, is_binary, structured
from schemas.contacts import ContactMade
from schemas.customers import CustomerProfile
from schemas.events import COMMANDS, EVENT_TYPES, EVENTS, FACTS, PROFILES, TIMES, EventType
from schemas.messages import PAYLOADS
from schemas.orders import OrderPlaced
from schemas.tickets import TicketClosed, TicketOpened
from tests.contracts.examples import KINDS, decoded, encoded, fitting, plain

ORDER = EVENT_TYPES["order.placed"]

all_kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@cache
def schema_of(kind: EventType) -> dict[str, Any]:
    return kind.model.model_json_schema()


@all_kinds
def test_the_least_that_an_event_may_say_is_enough(kind: EventType) -> None:
    assert EVENTS.validate_json(encoded(plain(kind))).type == kind.name


@all_kinds
def test_an_unknown_field_is_ignored(kind: EventType) -> None:
    event = plain(kind, traceparent="00-1", data={**plain(kind)["data"], "surprise": 1})
    assert EVENTS.validate_json(encoded(event)) == decoded(kind)


@all_kinds
def test_data_may_be_absent_exactly_if_nothing_in_it_is_required(kind: EventType) -> None:
    optional = not plain(kind)["data"]
    try:
        EVENTS.validate_json(encoded(plain(kind, data=None)))
    except ValidationError:
        assert not optional
    else:
        assert optional


@all_kinds
def test_an_event_is_the_same_after_a_journey_in_either_mode(kind: EventType) -> None:
    event = decoded(kind)
    headers, value = structured(event)
    assert not is_binary(headers)
    assert EVENTS.validate_json(value) == event
    headers, value = binary(event)
    assert is_binary(headers)
    assert EVENTS.validate_json(envelope_from_headers(headers, value)) == event


@given(st.sampled_from(KINDS).flatmap(lambda kind: fitting(schema_of(kind))))
def test_whatever_fits_the_published_schema_is_read_and_travels_unchanged(event: dict[str, Any]) -> None:
    read = EVENTS.validate_json(encoded(event))
    assert EVENTS.validate_json(structured(read)[1]) == read
    assert EVENTS.validate_json(envelope_from_headers(*binary(read))) == read


@all_kinds
def test_what_we_write_fits_the_published_schema(kind: EventType) -> None:
    jsonschema.validate(decoded(kind).model_dump(mode="json", by_alias=True), schema_of(kind))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T12:00:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("2026-06-01t12:00:00z", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("2026-06-01T14:00:00+02:00", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("2026-06-01T12:00:00.123456789Z", datetime(2026, 6, 1, 12, 0, 0, 123457, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc_itself(text: str, moment: datetime) -> None:
    time = decoded(ORDER, time=text).time
    assert time == moment
    assert time.tzinfo is UTC


@pytest.mark.parametrize("zero", ["0", "0.0", "-0.0", "5e-324", "1e300"])
def test_an_amount_may_be_anything_finite_from_zero_up(zero: str) -> None:
    FACTS.validate_json(encoded(plain(ORDER)).replace(b"12.5", zero.encode()))


def test_events_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        decoded(ORDER).id = "other"  # type: ignore[misc]


def test_a_customer_belongs_to_the_region_that_is_given_or_else_to_the_province() -> None:
    assert CustomerProfile(province="Utrecht").home_region == "Utrecht"
    assert CustomerProfile(province="Utrecht", region="west").home_region == "west"


def test_each_union_reads_the_types_of_its_inputs_and_no_others() -> None:
    readers = {"customers": PROFILES, "commands": COMMANDS, "clock": TIMES}
    for kind in KINDS:
        for reader in (FACTS, PROFILES, COMMANDS, TIMES):
            belongs = reader is readers.get(kind.input, FACTS)
            try:
                reader.validate_json(encoded(plain(kind)))
            except ValidationError:
                assert not belongs
            else:
                assert belongs


def test_every_input_has_a_published_schema() -> None:
    assert {kind.input for kind in KINDS} <= PAYLOADS.keys()


def test_every_type_of_the_catalogue_is_there(shared: Path) -> None:
    text = (shared / "catalogue.md").read_text()
    chapter = text[text.index("## 1. Events") : text.index("## 2. ")]
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", chapter))
    assert named - EVENT_TYPES.keys() == set()


PEERS = [
    ("order.placed", {"order_id": "o-0c", "amount": 33.12, "currency": "EUR", "items": 3}, OrderPlaced),
    ("ticket.opened", {"ticket_id": "t-0c", "category": "billing", "severity": "high"}, TicketOpened),
    ("ticket.closed", {"ticket_id": "t-0c", "category": "account", "resolution": "solved"}, TicketClosed),
    ("contact.made", {"channel": "chat", "sentiment": "negative", "agent": "a-07"}, ContactMade),
]


@pytest.mark.parametrize(("name", "content", "model"), PEERS, ids=[name for name, *_ in PEERS])
def test_a_feed_that_says_no_more_than_the_peers_is_read(name: str, content: Any, model: type) -> None:
    event = plain(
        EVENT_TYPES[name], datacontenttype="application/json", time="2026-06-01T00:00:00.123Z", data=content
    )
    assert isinstance(FACTS.validate_json(encoded(event)), model)
