"""What a copy is written to: the port, and what goes through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from monitor.engine.fetched import Record


class _Typed(msgspec.Struct):
    type: str = ""


_decode = msgspec.json.Decoder(_Typed).decode


class Copy(NamedTuple):
    """A record on its way into a stream; no warning lies between the offset `after` and its own."""

    offset: int
    after: int
    event: bytes
    customer: bytes
    type: str


class Behind(Exception):
    """A stream ends before what was copied to it already: Redis was emptied, or a late replica took over."""


class Streams(Protocol):
    """One stream for each partition, in the order of the log. Every method may raise `StoreUnavailable`."""

    async def last(self, partition: int) -> int | None:
        """The last offset that was copied, also if it was trimmed since; None for none."""
        ...

    async def append(self, partition: int, copied: int | None, records: Sequence[Copy]) -> int:
        """Append records to a stream that reaches to `copied` at least; return how many were there already.

        Raises `Behind`, and then has written nothing.
        """
        ...

    async def remove(self, partition: int) -> None:
        """Remove a stream, to begin it anew."""
        ...


def copies_of(records: Iterable[Record], told: int) -> Iterator[Copy]:
    """What goes into a stream of these records; `told` is the last offset up to which all that came is told.

    A tombstone, which nobody should write there, is no warning.
    """
    for record in records:
        if record.value is not None:
            yield Copy(record.offset, told, record.value, record.key or b"", _type_of(record.value))
            told = record.offset


def _type_of(event: bytes) -> str:
    """The event's type; nothing for what is no event."""
    try:
        return _decode(event).type
    except msgspec.MsgspecError:
        return ""
