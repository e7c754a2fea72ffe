"""Scores: the newest ratings of a customer's, each with its time, packed into bytes and ascending in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from struct import Struct
from typing import NamedTuple

from monitor.domain import rings

RATINGS = ("ticket.rated", "survey.answered")
"""The types of event that carry a score."""

KEPT = 8
_ENTRY = Struct("<qd")


class Score(NamedTuple):
    """One rating, from 0 to 100 on the scale of the source, and when it was given."""

    at: datetime
    value: float


def added(scores: bytes, at: datetime, value: float) -> bytes:
    """The scores with one more in its place; the oldest makes room."""
    told = sorted([*_ENTRY.iter_unpack(scores), (rings.microseconds(at), value)])
    return b"".join(_ENTRY.pack(*each) for each in told[-KEPT:])


def scores_of(scores: bytes) -> list[Score]:
    """All scores, the oldest first."""
    return [Score(rings.moment_of(at), value) for at, value in _ENTRY.iter_unpack(scores)]


def mean(values: Iterable[float]) -> float | None:
    """The plain mean, or None of nothing."""
    each = list(values)
    return sum(each) / len(each) if each else None
