"""For how long lanes stood still under each fault: from the times at which steps were committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from chaos.town import Happening

AFTERWARDS = 15.0
"""Seconds after a fault in which a standstill that begins counts as its own, unless the next fault comes before."""

USUAL = 1.0
"""Seconds that may lie between two steps without any fault: the last one before a fault may be as old."""

STEPPED = 3_600.0
"""By how much a worker's clock, which stamps its steps, may have been stepped."""


class Standstill(NamedTuple):
    """No step of a lane between two moments, in seconds after the beginning."""

    lane: int
    begin: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.begin


def standstills(lane: int, stamps: Iterable[float]) -> list[Standstill]:
    """The pauses between a lane's steps, given when each was stamped, in the order of their log."""
    return [Standstill(lane, one, other) for one, other in pairwise(_righted(stamps))]


def by_fault(story: Sequence[Happening], pauses: Sequence[Standstill]) -> dict[str, tuple[float, float]]:
    """Of each kind of fault, the longest standstill of any lane: the median over its times, and the most."""
    longest: defaultdict[str, list[float]] = defaultdict(list)
    ends = [each.at for each in story[1:]] + [float("inf")]
    for each, following in zip(story, ends, strict=True):
        until = min(each.at + each.took + AFTERWARDS, max(following, each.at + each.took))
        own = [pause.length for pause in pauses if each.at - USUAL <= pause.begin < until]
        longest[each.fault].append(max(own, default=0.0))
    return {kind: (median(lengths), max(lengths)) for kind, lengths in sorted(longest.items())}


def _righted(stamps: Iterable[float]) -> Iterator[float]:
    """The stamps as a clock that was never stepped would have made them: each fits to the one before it."""
    before = None
    for stamp in stamps:
        as_told = (stamp, stamp - STEPPED, stamp + STEPPED)
        before = stamp if before is None else min(as_told, key=partial(_distance, before))
        yield before


def _distance(one: float, other: float) -> float:
    return abs(one - other)
