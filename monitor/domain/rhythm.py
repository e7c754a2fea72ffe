"""A customer's purchase cycle, learned from the gaps between orders.

Belongs here: how order times become a mean gap. Does not: what a gap that is too long means (rules/silence.py).
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import msgspec

from monitor.domain import rings

MARKS = 8
"""How many order times are kept. Orders that come late, but fall among these, find their place."""

FULL = MARKS * rings.WIDTH

NEWEST_GAP = 0.2
"""Weight of the newest gap in the smoothed mean (simple exponential smoothing, Brown 1956)."""


class Rhythm(msgspec.Struct, frozen=True, array_like=True):
    """Orders in number and time; gaps are kept in seconds, as floats, because they are averaged.

    `marks` is a ring of the newest order times. `before` is the smoothed gap at the oldest mark (None where no gap
    lies before it), `smoothed` the same at the newest mark: both are one fold over all gaps, left to right. `repeated`
    counts orders on a day (UTC) that had one; a late one, older than all marks, is taken for the only one of its day.
    """

    orders: int = 0
    first: datetime | None = None
    last: datetime | None = None
    marks: bytes = rings.EMPTY
    before: float | None = None
    smoothed: float | None = None
    repeated: int = 0

    @property
    def days(self) -> int:
        """On how many days (UTC) there were orders."""
        return self.orders - self.repeated

    @property
    def gaps(self) -> int:
        """How many gaps the means rest on."""
        return max(0, self.orders - 1)

    @property
    def mean(self) -> float | None:
        """The plain mean gap in seconds: from first to last order, divided by the number of gaps."""
        if self.first is None or self.last is None or self.orders < 2:
            return None
        return (self.last - self.first).total_seconds() / (self.orders - 1)


def with_order(rhythm: Rhythm, at: datetime, packed: bytes | None = None) -> Rhythm:
    """Count one more order at `at`, wherever it falls in time; who has `at` packed as a ring already gives it."""
    last, packed = rhythm.last, packed or rings.pack(at)
    if last is None:
        return Rhythm(1, at, at, packed)
    if at < last:
        return _with_late_order(rhythm, at)
    before, smoothed, marks = rhythm.before, rhythm.smoothed, rhythm.marks
    gap = at - last
    smoothed = _blend(smoothed, gap.total_seconds())
    repeated = rhythm.repeated + (gap.days == 0 and at.day == last.day)
    if len(marks) == FULL:
        before, marks = _blend(before, rings.first_gap(marks)), marks[rings.WIDTH :]
    return Rhythm(rhythm.orders + 1, rhythm.first, at, marks + packed, before, smoothed, repeated)


def _with_late_order(rhythm: Rhythm, at: datetime) -> Rhythm:
    first = min(rhythm.first or at, at)
    before, marks, orders = rhythm.before, rhythm.marks, rhythm.orders + 1
    repeated = rhythm.repeated + _is_on_a_day_of(rhythm, at)
    full = rings.count(marks) == MARKS
    if full and at < rings.first(marks):
        return Rhythm(orders, first, rhythm.last, marks, before, rhythm.smoothed, repeated)
    longer = rings.added(marks, at, MARKS + 1)
    if full:
        before = _blend(before, rings.first_gap(longer))
        longer = longer[rings.WIDTH :]
    return Rhythm(orders, first, rhythm.last, longer, before, _fold(before, longer), repeated)


def _is_on_a_day_of(rhythm: Rhythm, at: datetime) -> bool:
    """Whether one of the orders whose times are kept fell on that day."""
    known = (rhythm.first, *rings.times(rhythm.marks))
    return any(each is not None and each.date() == at.date() for each in known)


def _fold(before: float | None, marks: bytes) -> float | None:
    smoothed = before
    for earlier, later in pairwise(rings.times(marks)):
        smoothed = _blend(smoothed, (later - earlier).total_seconds())
    return smoothed


def _blend(smoothed: float | None, gap: float) -> float:
    return gap if smoothed is None else (1 - NEWEST_GAP) * smoothed + NEWEST_GAP * gap
