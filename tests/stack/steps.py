"""What the steps topic says: which records were applied, in which order, how far time has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

Step: TypeAlias = dict[str, Any]
"""A step as its topic has it."""


class Course(NamedTuple):
    """The ranges of one input on one partition, in the order in which steps applied them."""

    input: str
    partition: int
    ranges: list[tuple[int, int]]

    def is_gapless(self) -> bool:
        """Whether each range begins where the one before it ended, the first at 0."""
        ends = [0, *(end for _, end in self.ranges)]
        return all(start == end for (start, _), end in zip(self.ranges, ends, strict=False))


def courses(steps: Iterable[Step]) -> list[Course]:
    """The courses of all inputs that these steps applied."""
    found: dict[tuple[str, int], Course] = {}
    for step in steps:
        for name, (start, end) in step["ranges"].items():
            place = name, step["partition"]
            found.setdefault(place, Course(*place, [])).ranges.append((start, end))
    return list(found.values())


def gaps(steps: Iterable[Step]) -> list[Course]:
    """The courses in which something was left out or applied twice."""
    return [course for course in courses(steps) if not course.is_gapless()]


def clocks(steps: Iterable[Step]) -> dict[int, datetime]:
    """How far each lane's time has come."""
    return {step["partition"]: datetime.fromisoformat(step["clock"]) for step in steps}
