"""The random numbers of the job: PCG64 as numpy's `default_rng(7)` gives them, for good and without numpy.

Comparisons need the very same events for years; numpy may change its streams from one version to the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

WORD, HALF = (1 << 64) - 1, (1 << 32) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
SEED_7 = (208745520555909116978795849195383758904, 261136684632268670825940853076396136793)
"""State and increment that numpy makes of the seed 7."""


class Draws:
    """One stream of draws; methods draw as the ones of numpy's `Generator` with the same names do."""

    def __init__(self, seeded: tuple[int, int] = SEED_7) -> None:
        self._state, self._increment = seeded
        self._half: int | None = None

    def permutation(self, count: int) -> list[int]:
        """The numbers below `count`, shuffled."""
        shuffled = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self._up_to(last)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return shuffled

    def choice(self, weights: Sequence[float], size: int) -> list[int]:
        """Places in `weights`, drawn with replacement, each as probable as it weighs."""
        sums = list(accumulate(weights))
        shares = [each / sums[-1] for each in sums]
        return [bisect_right(shares, self._double()) for _ in range(size)]

    def _word(self) -> int:
        """64 bits: the state moves on, its halves are mixed and rotated (PCG XSL RR 128/64)."""
        self._state = state = (self._state * MULTIPLIER + self._increment) & ((1 << 128) - 1)
        mixed, turn = (state >> 64) ^ (state & WORD), state >> 122
        return (mixed >> turn | mixed << (64 - turn)) & WORD

    def _double(self) -> float:
        return (self._word() >> 11) / (1 << 53)

    def _half_word(self) -> int:
        if self._half is not None:
            half, self._half = self._half, None
            return half
        word = self._word()
        self._half = word >> 32
        return word & HALF

    def _up_to(self, last: int) -> int:
        """A number from 0 to `last`, under 2**32: as many bits as it has, drawn again while they say more."""
        mask = (1 << last.bit_length()) - 1
        while (drawn := self._half_word() & mask) > last:
            pass
        return drawn
