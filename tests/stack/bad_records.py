"""Records that can't be applied, one or more for each fault that one record alone can have; what dead letters tell."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from schemas.dead_letters import Reason
from tests.events import order

DAY = "2026-06-01T12:00:00Z"
LONGEST_EVENT = 2048
BINARY = (("ce_specversion", b"1.0"), ("ce_source", b"/shop"), ("ce_type", b"order.placed"))


class Bad(NamedTuple):
    """A record of the customer `bad` that must be a dead letter; `key` and `headers` where they are odd."""

    reason: Reason
    value: bytes
    key: bytes | None = b"bad"
    headers: tuple[tuple[str, bytes | None], ...] = ()


def changed(**changes: Any) -> bytes:
    """An order of the customer `bad`, with some attributes changed; None leaves one out."""
    told = json.loads(order("bad", DAY)) | changes
    return json.dumps({name: value for name, value in told.items() if value is not None}).encode()


BAD = {
    "broken-json": Bad(Reason.broken_json, changed()[:-1]),
    "empty": Bad(Reason.broken_json, b""),
    "not-utf8": Bad(Reason.not_utf8, changed().replace(b"/shop", b"/sh\xf6p")),
    "no-event": Bad(Reason.not_an_event, b'["order.placed"]'),
    "no-id": Bad(Reason.not_an_event, changed(id=None)),
    "no-subject": Bad(Reason.missing_subject, changed(subject=None)),
    "empty-subject": Bad(Reason.missing_subject, changed(subject=""), key=b""),
    "bad-time": Bad(Reason.bad_time, changed(time="last Monday")),
    "no-time": Bad(Reason.bad_time, changed(time=None)),
    "naive-time": Bad(Reason.naive_time, changed(time="2026-06-01T12:00:00")),
    "year-2099": Bad(Reason.future_time, changed(time="2099-01-01T00:00:00Z")),
    "amount-is-text": Bad(Reason.bad_field, changed(data={"amount": "12.50"})),
    "data-is-a-list": Bad(Reason.bad_field, changed(data=[])),
    "negative-amount": Bad(Reason.bad_amount, changed(data={"amount": -0.01})),
    "amount-not-a-number": Bad(Reason.bad_amount, changed(data={"amount": float("nan")})),
    "amount-without-end": Bad(Reason.bad_amount, changed(data={"amount": 1}).replace(b": 1}", b": 1e999}")),
    "too-large": Bad(Reason.too_large, changed(data={"amount": 1, "note": "x" * LONGEST_EVENT})),
    "binary-without-id": Bad(Reason.missing_headers, b'{"amount": 1}', headers=BINARY),
    "binary-not-utf8": Bad(
        Reason.not_utf8, b'{"amount": 1}', headers=(*BINARY, ("ce_id", b"1"), ("ce_subject", b"\xff"))
    ),
    "binary-broken": Bad(Reason.broken_json, b'{"amount": ', headers=(*BINARY, ("ce_id", b"1"))),
    "key-of-another": Bad(Reason.wrong_key, changed(), key=b"someone else"),
    "no-key": Bad(Reason.wrong_key, changed(), key=None),
    "profile-among-orders": Bad(Reason.wrong_topic, changed(type="profile.updated", data={})),
    "with-headers": Bad(Reason.broken_json, b"{", headers=(("trace", b"\xff\x00"), ("nothing", None))),
}


def marks(letter: Any) -> dict[str, str]:
    """The headers that we put on a dead letter."""
    return {name: value.decode() for name, value in letter.headers if name.startswith("cm-")}


def origin(letter: Any) -> tuple[str, str, str]:
    """Topic, partition and offset that a dead letter says it comes from."""
    told = marks(letter)
    return told["cm-topic"], told["cm-partition"], told["cm-offset"]
