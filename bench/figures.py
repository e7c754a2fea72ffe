"""What a measure yields: named numbers, what is expected of each, and the median of several rounds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple


class Expected(NamedTuple):
    """What a figure should come to. Only what is `exactly` so can be wrong; a slow machine is just slow."""

    word: Literal["at least", "at most", "exactly"]
    value: float

    def holds(self, value: float) -> bool:
        match self.word:
            case "at least":
                return value >= self.value
            case "at most":
                return value <= self.value
            case "exactly":
                return value == self.value


class Figure(NamedTuple):
    """One number that a measure yields: its name in JSON, its name for people, its unit and its decimals."""

    name: str
    title: str
    unit: str = ""
    digits: int = 0
    expected: Expected | None = None


class Result(NamedTuple):
    """A figure, as each round found it."""

    figure: Figure
    rounds: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def as_expected(self) -> bool:
        """Whether the median is as expected; in every round, where it has to be exact."""
        expected = self.figure.expected
        if expected is None:
            return True
        return all(map(expected.holds, self.rounds if expected.word == "exactly" else [self.median]))

    @property
    def wrong(self) -> bool:
        """Whether something was counted that must not be."""
        expected = self.figure.expected
        return expected is not None and expected.word == "exactly" and not self.as_expected


def share(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values don't exceed (nearest rank)."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(int(rank) - 1, 0)]
