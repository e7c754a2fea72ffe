"""What a copy is written to: the port, and what goes through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


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
