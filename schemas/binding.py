"""How an event travels in a Kafka record: CloudEvents 1.0's binding, structured and binary mode."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

from schemas.cloudevents import Envelope
from schemas.dead_letters import Headers, Reason
from schemas.errors import ContractError

CONTENT_TYPE = "content-type"
STRUCTURED = "application/cloudevents"
REQUIRED = ("specversion", "id", "source", "type")
ATTRIBUTES = (*REQUIRED, "subject", "time")

ReadHeaders = Iterable[tuple[str, bytes | None]]


def structured(event: Envelope) -> tuple[Headers, bytes]:
    """Headers and value of a record that holds the whole event as JSON."""
    content_type = f"{STRUCTURED}+json; charset=UTF-8".encode()
    return [(CONTENT_TYPE, content_type)], _json(event)


def binary(event: Envelope) -> tuple[Headers, bytes]:
    """Headers and value of a record that holds the event's attributes as headers, its `data` as value."""
    told = json.loads(_json(event))
    content = json.dumps(told.pop("data"), ensure_ascii=False, separators=(",", ":")).encode()
    attributes = [(f"ce_{name}", told[name].encode()) for name in ATTRIBUTES if name in told]
    return [(CONTENT_TYPE, b"application/json"), *attributes], content


def is_binary(headers: ReadHeaders) -> bool:
    """Whether a record is in binary mode: it has `ce_` headers, and is not said to be structured."""
    marked = False
    for name, value in headers:
        if name.lower() == CONTENT_TYPE and (value or b"").lower().startswith(STRUCTURED.encode()):
            return False
        marked = marked or name[:3].lower() == "ce_"
    return marked


def envelope_from_headers(headers: ReadHeaders, value: bytes | None) -> bytes:
    """The event of a record in binary mode, as JSON like that of structured mode.

    Only well-formed JSON is put in as `data`, and the attributes come after it: a value can't pass for one.
    Raises `ContractError` for a missing header, and for headers or a value that are not UTF-8 or not JSON.
    """
    try:
        read = {name.lower(): (text or b"").decode() for name, text in headers if name[:3].lower() == "ce_"}
    except UnicodeDecodeError:
        raise ContractError(Reason.not_utf8, "a ce_ header is not UTF-8") from None
    missing = [f"ce_{name}" for name in REQUIRED if not read.get(f"ce_{name}")]
    if missing:
        raise ContractError(Reason.missing_headers, f"missing headers: {', '.join(missing)}")
    attributes = {name: read[f"ce_{name}"] for name in ATTRIBUTES if f"ce_{name}" in read}
    content = {"data": _checked(value)} if value else {}
    return msgspec.json.encode(content | attributes)


def _json(event: Envelope) -> bytes:
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def _checked(value: bytes) -> msgspec.Raw:
    try:
        return msgspec.json.decode(value.decode(), type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ContractError(Reason.broken_json, f"no JSON: {error}") from None
    except UnicodeDecodeError:
        raise ContractError(Reason.not_utf8, "the value is not UTF-8") from None
