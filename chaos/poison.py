"""Records that break their contract, in some of the ways in which records do."""

from __future__ import annotations

import msgspec


def _event(**changes: object) -> bytes:
    told: dict[str, object] = {
        "specversion": "1.0",
        "id": "bad",
        "source": "/chaos",
        "type": "order.placed",
        "subject": "bad",
    }
    told |= {"time": "2026-01-01T00:00:00Z", "data": {"amount": 1.0}} | changes
    return msgspec.json.encode({name: value for name, value in told.items() if value is not None})


POISON: tuple[tuple[bytes | None, bytes | None], ...] = (
    (b"bad", b""),
    (b"bad", b"{"),
    (b"bad", b"\xff\xfe\x00"),
    (b"bad", b"[" * 20_000),
    (b"bad", b"null"),
    (b"bad", _event(subject=None)),
    (b"bad", _event(subject="\0lane-0")),
    (b"\0lane-0", _event(subject="\0lane-0")),
    (b"bad", _event(time="yesterday")),
    (b"bad", _event(time="2099-01-01T00:00:00Z")),
    (b"bad", _event(data={"amount": "much"})),
    (b"bad", _event(data={"amount": -1})),
    (b"other", _event()),
    (None, _event()),
    (b"bad", _event(type="no.such_type")),
    (b"bad", _event(data={"amount": 1.0, "note": "x" * 300_000})),
    (b"bad", None),
    (b"\xff", None),
)
