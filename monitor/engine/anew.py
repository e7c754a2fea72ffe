"""Judging all customers of a lane anew after its rules have changed: slice by slice, between its other work."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SLICE = 1_000
"""Customers judged anew in one step, so that the stream goes on meanwhile."""


class Slice(NamedTuple):
    """The customers after `after` in the order of their names, up to and including `to` (None: to the last)."""

    after: str
    to: str | None
    names: Sequence[str]


class Anew:
    """Who is still to be judged: of `names`, those after `after` (None: nobody).

    Whoever waits to be judged has no deadlines: what falls due for them is found when their turn comes.
    """

    def __init__(self, names: Iterable[str] = (), after: str | None = None) -> None:
        self.after = after
        self._names = sorted(names) if after is not None else []

    def waits(self, customer: str, *, is_new: bool) -> bool:
        """Whether this customer is still to be judged; who `is_new` is looked at in their turn, too."""
        if self.after is None or customer <= self.after:
            return False
        if is_new:
            insort(self._names, customer)
        return True

    @property
    def left(self) -> int:
        """How many are still to be judged."""
        return 0 if self.after is None else len(self._names) - bisect_right(self._names, self.after)

    def next(self, most: int) -> Slice | None:
        """The next so many; None where all is done."""
        if self.after is None:
            return None
        begin = bisect_right(self._names, self.after)
        names = self._names[begin : begin + most]
        return Slice(self.after, names[-1] if begin + len(names) < len(self._names) else None, names)

    def between(self, after: str, to: str | None) -> Slice:
        """A slice as it was recorded."""
        end = len(self._names) if to is None else bisect_right(self._names, to)
        return Slice(after, to, self._names[bisect_right(self._names, after) : end])

    def done(self, slice_: Slice) -> None:
        """Take this slice for judged."""
        self.after = slice_.to
        if slice_.to is None:
            self._names = []
