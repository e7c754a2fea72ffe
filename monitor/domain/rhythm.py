"""A customer's purchase cycle, learned from the gaps between orders.

Belongs here: how order times become a mean gap. Does not: what a gap that is too long means (rules/silence.py).
"""

from __future__ import annotations

from bisect import insort
from datetime import datetime

import msgspec

MARKS = 8
"""How many order times are kept. Orders that come late, but fall among these, find their place."""

NEWEST_GAP = 0.2
"""Weight of the newest gap in the smoothed mean (simple exponential smoothing, Brown 1956)."""


class Rhythm(msgspec.Struct, frozen=True, array_like=True):
    """Orders in number and time; gaps are kept in seconds, as floats, because they are averaged.

    `marks` are the newest order times, ascending. `before` is the smoothed gap at the oldest mark (None where
    no gap lies before it), `smoothed` the same at the newest mark: both are one fold over all gaps, left to right.
    """

    orders: int = 0
    first: datetime | None = None
    marks: tuple[datetime, ...] = ()
    before: float | None = None
    smoothed: float | None = None

    @property
    def last(self) -> datetime | None:
        """The newest order."""
        return self.marks[-1] if self.marks else None

    @property
    def gaps(self) -> int:
        """How many gaps the means rest on."""
        return max(0, self.orders - 1)

    @property
    def mean(self) -> float | None:
        """The plain mean gap in seconds: from first to last order, divided by the number of gaps."""
        if self.orders < 2 or self.first is None:
            return None
        return (self.marks[-1] - self.first).total_seconds() / (self.orders - 1)


def with_order(rhythm: Rhythm, at: datetime) -> Rhythm:
    """Count one more order at `at`, wherever it falls in time."""
    marks = rhythm.marks
    if not marks:
        return Rhythm(orders=1, first=at, marks=(at,))
    if at < marks[-1]:
        return _with_late_order(rhythm, at)
    smoothed = _smooth(rhythm.smoothed, marks[-1], at)
    before = rhythm.before
    if len(marks) == MARKS:
        before = _smooth(before, marks[0], marks[1])
        marks = marks[1:]
    return Rhythm(rhythm.orders + 1, rhythm.first, (*marks, at), before, smoothed)


def _with_late_order(rhythm: Rhythm, at: datetime) -> Rhythm:
    first = min(rhythm.first or at, at)
    marks, before = list(rhythm.marks), rhythm.before
    if len(marks) == MARKS and at < marks[0]:
        return Rhythm(rhythm.orders + 1, first, rhythm.marks, before, rhythm.smoothed)
    insort(marks, at)
    if len(marks) > MARKS:
        before = _smooth(before, marks[0], marks[1])
        del marks[0]
    return Rhythm(rhythm.orders + 1, first, tuple(marks), before, _fold(before, marks))


def _fold(before: float | None, marks: list[datetime]) -> float | None:
    smoothed = before
    for earlier, later in zip(marks, marks[1:], strict=False):
        smoothed = _smooth(smoothed, earlier, later)
    return smoothed


def _smooth(smoothed: float | None, earlier: datetime, later: datetime) -> float:
    gap = (later - earlier).total_seconds()
    return gap if smoothed is None else (1 - NEWEST_GAP) * smoothed + NEWEST_GAP * gap
