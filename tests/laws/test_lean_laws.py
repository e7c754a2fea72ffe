"""The lean reading of events is the contract's: whatever it reads, the models read too, with the same values."""

from __future__ import annotations

import json
from datetime import datetime
from types import NoneType
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.events import EVENT_TYPES, FACTS, EventType
from schemas.lean import lean_fact
from tests.contracts.examples import fitting, plain

FACT_TYPES = [kind for kind in EVENT_TYPES.values() if kind.input in ("orders", "tickets", "contacts")]
ALWAYS_READ = ("order.placed", "ticket.opened", "ticket.closed", "ticket.replied", "contact.made")

odd = st.sampled_from(
    [None, True, 0, -1, 1.0, 1e300, 10**400, "", "x", "x" * 129, "€", "\ud800", [], [1], {}, {"a": None}]
) | st.sampled_from(
    ["2026-06-01T12:00:00Z", "2026-06-01", "2026-06-01T12:00Z", "2026-06-01T12:00:00.9999999Z", "PT5M"]
)
"""Values that some field takes and most refuse."""


def same(lean: Any, model: Any) -> bool:
    """Whether a lean struct has all the values of a model, and of the same types."""
    if isinstance(model, BaseModel):
        return all(same(getattr(lean, name), getattr(model, name)) for name in type(model).model_fields)
    if isinstance(model, tuple):
        return len(lean) == len(model) and all(map(same, lean, model))
    assert isinstance(model, str | float | int | bool | datetime | NoneType)
    return type(lean) is type(model) and bool(lean == model)


def read_alike(value: bytes) -> bool:
    """Whether the lean reading took it; fails where it took what the models refuse, or read it otherwise."""
    fact = lean_fact(value)
    if fact is None:
        return False
    model = FACTS.validate_json(value)
    assert same(fact, model), (fact, model)
    return True


def spoilt(event: dict[str, Any], where: list[str], value: Any) -> dict[str, Any]:
    """The event with one value replaced, in its envelope or in its data."""
    *path, name = where
    if not path:
        return event | {name: value}
    inner = event.get(path[0])
    return event | {path[0]: spoilt(inner if isinstance(inner, dict) else {}, where[1:], value)}


def as_json(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


@pytest.mark.parametrize("kind", FACT_TYPES, ids=lambda kind: kind.name)
def test_the_plainest_event_of_a_type_is_read_alike(kind: EventType) -> None:
    assert read_alike(as_json(plain(kind))) or kind.name not in ALWAYS_READ


@settings(max_examples=200)
@given(data=st.data(), kind=st.sampled_from(FACT_TYPES))
def test_whatever_fits_the_schema_is_read_alike(data: st.DataObject, kind: EventType) -> None:
    read_alike(as_json(data.draw(fitting(kind.model.model_json_schema()))))


@settings(max_examples=400)
@given(data=st.data(), kind=st.sampled_from(FACT_TYPES), value=odd)
def test_an_odd_value_anywhere_is_read_alike(data: st.DataObject, kind: EventType, value: Any) -> None:
    event = plain(kind)
    content: Any = kind.model.model_fields["data"].annotation
    inner = [["data", field.alias or name] for name, field in content.model_fields.items()]
    places = [[name] for name in (*event, "more")] + inner + [["data", "more"]]
    read_alike(as_json(spoilt(event, data.draw(st.sampled_from(places)), value)))


@settings(max_examples=400)
@given(
    kind=st.sampled_from(FACT_TYPES),
    place=st.floats(0, 1),
    cut=st.integers(0, 3),
    noise=st.binary(max_size=4) | st.sampled_from([b'"', b"}", b",", b"\\", b"\\u00e9", b"\xff", b"\x00"]),
)
def test_damaged_bytes_are_read_alike(kind: EventType, place: float, cut: int, noise: bytes) -> None:
    value = as_json(plain(kind, note="for nobody", unread={"n": [1, 2.5, "x"]}))
    at = int(place * len(value))
    read_alike(value[:at] + noise + value[at + cut :])


@given(
    text=st.sampled_from(
        ["2026-06-01T12:00:00{}Z", "2026-06-01 12:00:00{}+00:00", "1970-01-01T00:00:00{}-00:00"]
    )
)
@example(text="2026-06-01T12:00:00{}+02:00")
@example(text="2200-01-01T00:00:00{}Z")
@example(text="1969-12-31T23:59:59{}Z")
@example(text="2026-06-01T12:00:00{}")
def test_a_time_is_the_same_moment_to_both(text: str) -> None:
    for fraction in ("", ".5", ".123456", ".1234565", ".9999999"):
        read_alike(as_json(plain(EVENT_TYPES["order.placed"], time=text.format(fraction))))


@pytest.mark.parametrize("value", [b'{"type": "order.placed"', b"\xff", b"[]", b"null", b'{"type": "none"}'])
def test_what_is_no_event_is_left_to_the_models(value: bytes) -> None:
    assert lean_fact(value) is None
    with pytest.raises(ValidationError):
        FACTS.validate_json(value)


def test_a_lean_fact_is_unknown_to_the_garbage_collector() -> None:
    fact: Any = lean_fact(as_json(plain(EVENT_TYPES["order.placed"])))
    assert type(fact).__struct_config__.gc is False
    assert isinstance(fact, msgspec.Struct)
