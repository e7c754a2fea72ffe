"""The copy of the warning topic in Redis: names of streams and cursors, ids and fields of the entries.

One stream for each partition of the topic. An entry's id is made of the record's offset, so that Redis itself
refuses a repeat; the number behind the dash is there because Redis refuses `0-0`.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.settings import Settings
from schemas.topics import topic_name

WARNINGS = "churn.warnings"

EVENT = "event"
"""The field that holds the warning event, as on the topic (schemas.warnings.WarningEvent)."""

CUSTOMER = "customer"
TYPE = "type"

AFTER = "after"
"""The field that makes a gap visible: no warning lies between this offset and the entry's own.

Whoever has read up to an offset below it has missed what lies up to it. Offsets alone don't tell: the markers
of transactions take some, too.
"""

BEGINNING = "0-0"
"""The id before every entry."""


class Entry(NamedTuple):
    """One transition of a warning: its place on the topic, and the event's bytes."""

    partition: int
    offset: int
    event: bytes


def stream_name(partition: int, settings: Settings) -> str:
    """The key of the stream that copies a partition."""
    return f"{topic_name(WARNINGS, settings)}.{partition}"


def new_stream_name(partition: int, settings: Settings) -> str:
    """The key under which a stream is made anew, before it takes the place of the one that is there."""
    return f"{stream_name(partition, settings)}.new"


def cursor_name(reader: str, settings: Settings) -> str:
    """The key of the hash in which a named reader keeps, for each partition, the id that it has read."""
    return f"{settings.topic_prefix}churn.cursor.{reader}"


def entry_id(offset: int | None) -> str:
    """The id of the record at an offset; `BEGINNING` for none."""
    return BEGINNING if offset is None else f"{offset}-1"


def offset_of(entry: bytes | str) -> int | None:
    """The offset that an id was made of; None for `BEGINNING`."""
    text = entry.decode() if isinstance(entry, bytes) else entry
    return None if text == BEGINNING else int(text.partition("-")[0])
