"""Events to test with: a plain envelope, and anything that fits a JSON Schema of ours."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from schemas.cloudevents import Envelope
from schemas.events import EVENT_TYPES, EventType
from schemas.fields import Part

KINDS = sorted(EVENT_TYPES.values())
PLAIN: dict[str, Any] = {
    "ticket_id": "t-1",
    "invoice_id": "i-1",
    "quote_id": "q-1",
    "contract_id": "c-1",
    "incident_id": "x-1",
    "promise_id": "p-1",
    "warning": "0123456789abcdef",
    "amount": 12.5,
    "score": 4,
    "due": "2026-06-08T12:00:00Z",
    "ends": "2027-06-01T00:00:00Z",
    "until": "2026-06-15T00:00:00Z",
    "from": "2026-06-15T00:00:00Z",
    "reason": "price",
    "outcome": "saved",
    "kind": "apology",
    "what": "price",
    "to": "ben",
}


def plain(kind: EventType, **attributes: Any) -> dict[str, Any]:
    """The least that an event of a type has to say; `None` leaves an attribute out."""
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/shop",
        "type": kind.name,
        "subject": "ada",
        "time": "2026-06-01T12:00:00Z",
        "data": {name: PLAIN[name] for name in required(kind)},
    }
    return {name: value for name, value in (event | attributes).items() if value is not None}


def required(kind: EventType) -> list[str]:
    """The names, as on the wire, of the fields of `data` that an event of this type must have."""
    content = kind.model.model_fields["data"].annotation
    assert isinstance(content, type)
    assert issubclass(content, Part)
    return [field.alias or name for name, field in content.model_fields.items() if field.is_required()]


def encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def decoded(kind: EventType, **attributes: Any) -> Envelope:
    return kind.model.model_validate_json(encoded(plain(kind, **attributes)))


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Any JSON that fits a schema of ours, by the keywords that pydantic writes for our contracts."""
    return _Drawing(schema.get("$defs", {})).fitting(schema)


class _Drawing:
    def __init__(self, defs: dict[str, Any]) -> None:
        self.defs = defs

    def fitting(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        match schema:
            case {"$ref": str(ref)}:
                return self.fitting(self.defs[ref.removeprefix("#/$defs/")])
            case {"const": value}:
                return st.just(value)
            case {"enum": [*values]}:
                return st.sampled_from(values)
            case {"anyOf": [*choices]}:
                return st.one_of([self.fitting(choice) for choice in choices])
        drawn: st.SearchStrategy[Any] = getattr(self, schema["type"])(schema)
        return drawn

    def object(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        if "additionalProperties" in schema:
            return st.dictionaries(
                st.text(min_size=1), self.fitting(schema["additionalProperties"]), max_size=3
            )
        fields = {name: self.fitting(field) for name, field in schema.get("properties", {}).items()}
        needed = {name: fields.pop(name) for name in schema.get("required", [])}
        return st.fixed_dictionaries(needed, optional=fields)

    def array(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        return st.lists(self.fitting(schema["items"]), max_size=3)

    def string(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        if "format" in schema:
            return _FORMATS[schema["format"]]
        return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 9))

    def number(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)

    def integer(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        return st.integers(schema.get("minimum"), schema.get("maximum"))

    def boolean(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        return st.booleans()

    def null(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        return st.none()


_FORMATS = {
    "date": st.dates().map(str),
    "date-time": st.builds(
        "{:%Y-%m-%dT%H:%M:%S}.{:06d}{}".format,
        st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001 - the zone is put to it
        st.integers(0, 999_999),
        st.sampled_from(["Z", "+00:00", "+05:30", "-11:00"]),
    ),
    "duration": st.integers(0, 100_000).map("PT{}S".format),
}
