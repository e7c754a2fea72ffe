"""What is known of one customer: one bounded row of canonical facts and the warnings that stand on it.

Belongs here: the shape of a row and its bytes. Does not: how events change it (observe.py), what it means (rules/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from monitor.domain.rhythm import Rhythm

VERSION = 1
"""Of the row's bytes. Fields are only ever appended; anything else takes a new version and an upgrade."""

REMEMBERED = 16
"""Events per customer that are known again when they come twice."""

FLAVOUR_MARKS = 16
"""Times kept per flavour of event: enough to decide any count rule with `n` up to this number exactly."""

FLAVOURS = 32
"""Flavours kept per customer; the one that has been quiet for longest makes room."""

CASES = 16
"""Tickets kept per customer; finished ones make room first, the oldest first."""

RESOLVED = 16
"""Ended warnings whose sequence numbers are remembered, so that reopening goes on counting."""


class Case(msgspec.Struct, frozen=True, array_like=True):
    """An open object (a ticket): when it was opened, and when last each type of event happened to it."""

    flavour: str = ""
    opened: datetime | None = None
    happened: dict[str, datetime] = {}

    def waiting_since(self, until: Sequence[str]) -> datetime | None:
        """Since when it has waited for one of these types: opened, or opened again after one of them had come.

        None where the opening was never seen.
        """
        reopened = self.happened.get("ticket.reopened")
        if self.opened is None or reopened is None:
            return self.opened
        ended = any(self.opened <= self.happened.get(kind, reopened) < reopened for kind in until)
        return reopened if ended else self.opened

    def ends(self, until: Sequence[str]) -> dict[str, datetime]:
        """Which of these types have ended the waiting, and when; empty while it lasts."""
        since = self.waiting_since(until)
        if since is None:
            return {}
        return {kind: at for kind in until if (at := self.happened.get(kind)) is not None and at >= since}


class State(msgspec.Struct, frozen=True, array_like=True):
    """The facts. `latest` is the newest event time; `seen` holds the 8-byte fingerprints of the last
    events applied, one after the other.

    `marks` maps a flavour (observe.py) to a ring of its newest times; `cases` are the tickets by id, packed (see
    `cases_of`) because most events leave them alone.
    `forgotten` counts cases and flavours that made room for others.
    """

    events: int = 0
    latest: datetime | None = None
    seen: bytes = b""
    rhythm: Rhythm = Rhythm()
    marks: dict[str, bytes] = {}
    cases: bytes = b""
    forgotten: int = 0


STANDING = 48
"""Warnings that may fire at once for one customer: no rule set makes a row grow without bound."""

Phase = Literal["firing", "resolved"]


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """One warning's place in the row; kept after its end for the sequence number alone.

    `id` is frozen at opening; `since` may be corrected. `severity` is a level (rules/base.py) and never steps down.
    """

    rule: str
    about: str | None
    phase: Phase
    sequence: int
    id: str
    since: datetime
    severity: int


class Row(msgspec.Struct, frozen=True, array_like=True):
    """All that a lane keeps of one customer."""

    version: int = VERSION
    state: State = State()
    warnings: tuple[Standing, ...] = ()


NEW = Row()

UPGRADES: dict[int, Callable[[list[Any]], list[Any]]] = {}
"""From a version of the row, as plain lists, to the next one."""


def cases_of(packed: bytes) -> dict[str, Case]:
    """The tickets of a state's `cases`, by id, in the order in which they came."""
    return _decode_cases(packed) if packed else {}


def packed_cases(cases: dict[str, Case]) -> bytes:
    """The tickets as a state keeps them."""
    return _encode(cases)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode
_decode_cases = msgspec.msgpack.Decoder(dict[str, Case]).decode


def to_bytes(row: Row) -> bytes:
    """The row as MessagePack."""
    return _encode(row)


def from_bytes(raw: bytes) -> Row:
    """The row of these bytes, upgraded from whatever older version wrote them.

    Raises `ValueError` for bytes that no version of ours wrote, or that a newer one did.
    """
    try:
        row = _decode(raw)
    except msgspec.ValidationError:
        return _upgraded(raw)
    return row if row.version == VERSION else _upgraded(raw)


def _upgraded(raw: bytes) -> Row:
    plain = msgspec.msgpack.decode(raw)
    while plain[0] < VERSION:
        plain = UPGRADES[plain[0]](plain)
    if plain[0] > VERSION:
        message = (
            f"row version {plain[0]} was written by a newer churn-monitor (this one knows up to {VERSION})"
        )
        raise ValueError(message)
    return msgspec.convert(plain, Row)
