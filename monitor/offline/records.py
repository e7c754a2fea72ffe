"""What a reader of files is asked and what it hands on. How files are read is in `files` and below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal, NamedTuple, TypeAlias

from schemas.dead_letters import Reason

DateOrder = Literal["dmy", "mdy"]
Tell: TypeAlias = Callable[[str], None]


class RawRecord(NamedTuple):
    """One event as a CloudEvent in structured mode, not judged yet.

    `place` names file and line, `position` counts the records of the file from 0, `consumed` is how many
    bytes of the file on disk were read by then (for a progress bar; it moves in steps of a block).
    """

    place: str
    position: int
    value: bytes
    consumed: int


class RejectedRow(NamedTuple):
    """A row of a CSV that could not be read as an order; `raw` is the row as it stands in the file."""

    place: str
    position: int
    raw: bytes
    reason: Reason
    detail: str
    consumed: int


Record: TypeAlias = RawRecord | RejectedRow


@dataclass(frozen=True)
class Columns:
    """Which columns of a CSV hold what, by name or number from 1; what is None is recognised.

    `zone` is where times without a zone were written; `time_format` says how, where a file does not show it: the order
    of day and month, or a pattern of strptime's.
    """

    customer: str | None = None
    time: str | None = None
    amount: str | None = None
    zone: tzinfo = UTC
    time_format: str | None = None


AS_RECOGNISED = Columns()


def silence(notice: str) -> None:
    """Take a notice and tell nobody."""
