"""What a proof finds wrong, in words that a person can act on."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

import msgspec

Kind = Literal[
    "missing",
    "doubled",
    "out of order",
    "differing",
    "extra",
    "hole",
    "overlap",
    "not in sequence",
    "clock went back",
    "other row",
    "not applied",
    "not copied",
]
"""hole, overlap: records of an input that no step applied, or two did. extra: told, and nothing called for it.

not in sequence: steps that are left out or repeated. not applied: records that no step has reached. not copied: what
stands on the warning topic and not in Redis.
"""

MOST = 50
"""Divergences of a lane that are kept whole; all are counted."""


class Divergence(NamedTuple):
    """One thing that is not as it must be; `customer` where it is about one, `offset` where something was seen."""

    kind: Kind
    lane: int
    topic: str
    step: int | None
    what: str
    customer: str | None = None
    expected: str | None = None
    seen: str | None = None
    offset: int | None = None


class Found:
    """All divergences of one lane: counted, the first kept whole."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: list[Divergence] = []

    def add(self, divergence: Divergence) -> None:
        """Take one in."""
        self.counts[divergence.kind] += 1
        if len(self.first) < MOST:
            self.first.append(divergence)


def readable(value: bytes | None) -> str:
    """A record's value for people: JSON as it is, anything else as a literal."""
    if value is None:
        return "a tombstone"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return repr(value)


def differences(expected: object, seen: object, where: str = "") -> list[str]:
    """Where two plain values differ, field by field."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = sorted({*expected, *seen}, key=str)
        told = [differences(expected.get(key), seen.get(key), f"{where}.{key}".lstrip(".")) for key in keys]
        return [each for some in told for each in some]
    return [] if expected == seen else [f"{where or 'value'}: expected {expected!r}, seen {seen!r}"]


def json_differences(expected: bytes | None, seen: bytes | None) -> list[str]:
    """The same of two records' values, where both are JSON; nothing where one is not."""
    try:
        return differences(msgspec.json.decode(expected or b""), msgspec.json.decode(seen or b""))
    except msgspec.DecodeError:
        return []
