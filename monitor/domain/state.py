"""What is known of one customer: one bounded row of canonical facts and the warnings that stand on it.

Belongs here: the shape of a row and its bytes. Does not: how events change it (observe.py), what it means (rules/).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from monitor.domain.rhythm import Rhythm
from monitor.domain.trend import Trend
from schemas.fields import ChurnKind, Stage, Tier

VERSION = 2
"""Of the row's bytes. Fields are only ever appended; anything else takes a new version and an upgrade."""

REMEMBERED = 16
"""Events per customer that are known again when they come twice."""

FLAVOUR_MARKS = 16
"""Times kept per flavour of event: enough to decide any count rule with `n` up to this number exactly."""

FLAVOURS = 32
"""Flavours kept per customer; the one that has been quiet for longest makes room."""

RESOLVED = 16
"""Ended warnings whose sequence numbers are remembered, so that reopening goes on counting."""


class Purchases(msgspec.Struct, frozen=True, array_like=True):
    """What orders amount to, in the events' own currency.

    `placed` holds the newest orders with an id, `settled` the newest deliveries, cancellations and returns: 8 bytes of
    a hash of the order's id (zeros: none was told), then the packed time, one after the other. `delivered` counts
    reported deliveries. `expenses` is what contacts cost, None where no cost was ever told.
    """

    sales: float = 0.0
    margin: float = 0.0
    refunds: float = 0.0
    placed: bytes = b""
    settled: bytes = b""
    delivered: int = 0
    expenses: float | None = None


class Agreed(msgspec.Struct, frozen=True, array_like=True):
    """What the last contact, at `told`, agreed on: the moment of the next one, or none.

    `before` are the contacts before it, each with its own `due`, as far as they tell what was missed (agreements.py).
    """

    told: datetime
    due: datetime | None = None
    before: tuple[tuple[datetime, datetime | None], ...] = ()


ABSENCES = 4
"""Times away that are remembered, so that those that are over still count where a silence began before them."""


class Absence(msgspec.Struct, frozen=True, array_like=True):
    """A silence that was announced: it is expected from `start` up to `until`."""

    start: datetime
    until: datetime
    reason: str | None = None


class Left(msgspec.Struct, frozen=True, array_like=True):
    """That the customer has left, as somebody or something said at `at`, beside what silence says."""

    at: datetime
    kind: ChurnKind
    reason: str | None = None


class About(msgspec.Struct, frozen=True, array_like=True):
    """What is known of who the customer is; it changes seldom, so it stands apart from what events change.

    `profile` is packed (profile.py). `absences` ascend and don't overlap. `tier` is the one that rules choose by.
    `probation` ends then, for someone who was won back.
    """

    profile: bytes = b""
    absences: tuple[Absence, ...] = ()
    left: Left | None = None
    tier: Tier | None = None
    probation: datetime | None = None


NOBODY = About()


class State(msgspec.Struct, frozen=True, array_like=True):
    """The facts. `latest` is the newest event time; `seen` holds the 8-byte fingerprints of the last
    events applied, one after the other.

    `marks` maps a flavour (observe.py) to a ring of its newest times; `cases` are the open objects by name, packed (see
    objects.py) because most events leave them alone; `scores` are the newest ratings (scores.py).
    `forgotten` counts cases and flavours that made room for others. `about` is None where nothing was told.
    `categories` are what was bought, `regions` where it went, both packed (categories.py, regions.py).
    """

    events: int = 0
    latest: datetime | None = None
    seen: bytes = b""
    rhythm: Rhythm = Rhythm()
    marks: dict[str, bytes] = {}
    cases: bytes = b""
    forgotten: int = 0
    purchases: Purchases = Purchases()
    trend: Trend = Trend()
    scores: bytes = b""
    agreed: Agreed | None = None
    about: About | None = None
    categories: bytes = b""
    regions: bytes = b""


def with_about(state: State, **changes: Any) -> State:
    """The state with these fields of `about` changed; nothing known of who the customer is, is None again."""
    about = replace(state.about or NOBODY, **changes)
    return replace(state, about=None if about == NOBODY else about)


STANDING = 48
"""Warnings that may fire at once for one customer: no rule set makes a row grow without bound."""

Phase = Literal["pending", "firing", "resolved"]


class Acknowledged(msgspec.Struct, frozen=True, array_like=True):
    """Who takes care of a warning, for good or until a moment."""

    at: datetime
    by: str | None = None
    note: str | None = None
    until: datetime | None = None


class Snoozed(msgspec.Struct, frozen=True, array_like=True):
    """That a warning is not to be told again before `until`."""

    at: datetime
    until: datetime
    reason: str
    by: str | None = None


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """One warning's place in the row; kept after its end for the sequence number alone.

    `id` is frozen at opening; `since` may be corrected. `severity` is a level (rules/base.py) and never steps down.
    A pending warning waits for its rule's `for`; one whose finding went at `gone` is kept for its rule's `keep`.
    It was `opened` at that moment of the lane's clock; while it is open, `shadow` says whether its rule was one then.
    """

    rule: str
    about: str | None
    phase: Phase
    sequence: int
    id: str
    since: datetime
    severity: int
    gone: datetime | None = None
    acknowledged: Acknowledged | None = None
    snoozed: Snoozed | None = None
    shadow: bool = False
    opened: datetime | None = None


class Life(msgspec.Struct, frozen=True, array_like=True):
    """Where a customer stands in their own life, since when; once lost: of what kind, and why."""

    stage: Stage
    since: datetime
    kind: ChurnKind | None = None
    reason: str | None = None


SWITCHED_OFF = 48
"""Rules that may be switched off for one customer: no rule set makes a row grow without bound."""


class SwitchedOff(msgspec.Struct, frozen=True, array_like=True):
    """That a rule raised such an error at `at`, by a mistake of ours, and is not judged for this customer any more."""

    rule: str
    at: datetime
    error: str


class Row(msgspec.Struct, frozen=True, array_like=True):
    """All that a lane keeps of one customer; rules that are `off` stay so until the rules change."""

    version: int = VERSION
    state: State = State()
    warnings: tuple[Standing, ...] = ()
    life: Life | None = None
    off: tuple[SwitchedOff, ...] = ()


NEW = Row()


def _with_kinds_of_objects(row: list[Any]) -> list[Any]:
    """Version 2 knows other objects than tickets: their names begin with their kind."""
    _, state, *rest = row
    cases = msgspec.msgpack.decode(state[5]) if len(state) > 5 and state[5] else {}
    if cases:
        state[5] = _encode({f"ticket:{name}": case for name, case in cases.items()})
    return [2, state, *rest]


UPGRADES: dict[int, Callable[[list[Any]], list[Any]]] = {1: _with_kinds_of_objects}
"""From a version of the row, as plain lists, to the next one."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode


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
    try:
        while plain[0] < VERSION:
            plain = UPGRADES[plain[0]](plain)
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"no row that any version wrote: {error!r}") from error
    if plain[0] > VERSION:
        message = (
            f"row version {plain[0]} was written by a newer churn-monitor (this one knows up to {VERSION})"
        )
        raise ValueError(message)
    return msgspec.convert(plain, Row)
