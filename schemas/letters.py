"""A dead letter read back: where its record stood, why it was refused, and the record, ready to be told again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, Self

from schemas.dead_letters import DETAIL, OFFSET, PARTITION, REASON, RETRY_OF, TOPIC, TRUNCATED

OURS = "cm-"
"""How all headers begin that we put on a record; its own are the others."""


class Stored(Protocol):
    """A record of the topic of dead letters; its timestamp is in milliseconds."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes]]: ...


class Origin(NamedTuple):
    """Where a record stood: topic as the broker names it, partition, offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Letter(NamedTuple):
    """One dead letter; `name` is its partition and offset on its own topic.

    `length` is that of the record's value, which is cut if it is longer. `retry_of` is the origin of the dead letter
    that this record was a second try of.
    """

    name: str
    at: datetime
    origin: Origin
    reason: str
    detail: str
    key: bytes | None
    value: bytes
    length: int
    headers: tuple[tuple[str, bytes], ...]
    retry_of: str | None

    @classmethod
    def read(cls, record: Stored) -> Self:
        """The letter that a record holds. Raises `ValueError` for what no lane wrote."""
        told = {name: value.decode() for name, value in record.headers if name.startswith(OURS)}
        value = record.value or b""
        try:
            return cls(
                f"{record.partition}/{record.offset}",
                datetime.fromtimestamp(record.timestamp / 1000, UTC),
                Origin(told[TOPIC], int(told[PARTITION]), int(told[OFFSET])),
                told[REASON],
                told[DETAIL],
                record.key,
                value,
                int(told.get(TRUNCATED, len(value))),
                tuple((name, text) for name, text in record.headers if not name.startswith(OURS)),
                told.get(RETRY_OF),
            )
        except KeyError as error:
            raise ValueError(f"no dead letter: it has no header {error}") from error

    @property
    def is_cut(self) -> bool:
        """Whether the record was longer than what is left of it."""
        return self.length > len(self.value)

    @property
    def customer(self) -> str | None:
        """The record's key as text."""
        return None if self.key is None else self.key.decode(errors="replace")
