"""Two rule files over one history: which warnings are new, gone, earlier, later, graver or milder.

Each file has had a run of its own; a rule is compared with that of the same name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal, NamedTuple

from monitor.offline.replay import Stretch

Change = Literal["same", "new", "gone", "earlier", "later", "graver", "milder"]
CHANGES: tuple[Change, ...] = ("new", "gone", "earlier", "later", "graver", "milder", "same")


class Subject(NamedTuple):
    """What warnings are compared by: customer, rule, and what it is about."""

    customer: str
    rule: str
    about: str | None


class Episode(NamedTuple):
    """A warning from when it was told to when it was over (None: it stands), and the worst it came to (a level)."""

    began: datetime
    ended: datetime | None
    severity: int

    def overlaps(self, other: Episode) -> bool:
        """Whether both stood at one time, so that they are about the same trouble."""
        return self.began == other.began or (_before(self.began, other) and _before(other.began, self))


class Difference(NamedTuple):
    """One warning under both files; `a` is None where it is new, `b` where it is gone."""

    subject: Subject
    a: Episode | None
    b: Episode | None

    @property
    def change(self) -> Change:
        """What the second file makes of it."""
        if self.a is None:
            return "new"
        if self.b is None:
            return "gone"
        if self.a.began != self.b.began:
            return "earlier" if self.b.began < self.a.began else "later"
        if self.a.severity != self.b.severity:
            return "graver" if self.b.severity > self.a.severity else "milder"
        return "same"

    @property
    def by(self) -> timedelta | None:
        """How much earlier or later."""
        if self.a is None or self.b is None or self.a.began == self.b.began:
            return None
        return abs(self.b.began - self.a.began)

    @property
    def first(self) -> datetime:
        """When there was something to tell under either file."""
        return min(each.began for each in (self.a, self.b) if each is not None)


class Episodes:
    """The warnings of a run, by subject, as they are told."""

    def __init__(self) -> None:
        self._told: dict[Subject, list[Episode]] = defaultdict(list)

    def take(self, stretch: Stretch) -> None:
        """Take note of what was told next."""
        for each in stretch.transitions:
            episodes = self._told[Subject(each.customer, each.warning.rule, each.warning.about)]
            if each.told == "firing":
                episodes.append(Episode(each.at, None, each.warning.severity))
            elif episodes and episodes[-1].ended is None:  # else it was pending, and told nobody
                ended = each.at if each.told == "resolved" else None
                worst = max(episodes[-1].severity, each.warning.severity)
                episodes[-1] = episodes[-1]._replace(ended=ended, severity=worst)

    def of(self, subject: Subject) -> list[Episode]:
        """The warnings about a subject, in order of time."""
        return self._told.get(subject, [])

    def subjects(self) -> set[Subject]:
        """All that was warned of."""
        return set(self._told)


def compared(a: Episodes, b: Episodes) -> list[Difference]:
    """All warnings of both runs, by the moment of the first."""
    subjects = a.subjects() | b.subjects()
    found = (Difference(each, *pair) for each in subjects for pair in paired(a.of(each), b.of(each)))
    return sorted(found, key=lambda each: (each.first, *map(str, each.subject)))


def paired(a: Sequence[Episode], b: Sequence[Episode]) -> Iterator[tuple[Episode | None, Episode | None]]:
    """Episodes of one subject that overlap, in order of time, each with one at most; the others stand alone."""
    left, right = list(a), list(b)
    while left and right:
        if left[0].overlaps(right[0]):
            yield left.pop(0), right.pop(0)
        elif left[0].began < right[0].began:
            yield left.pop(0), None
        else:
            yield None, right.pop(0)
    yield from chain(((each, None) for each in left), ((None, each) for each in right))


def counts(differences: Iterable[Difference]) -> dict[str, Counter[Change]]:
    """How often each change happened, by rule."""
    counted: dict[str, Counter[Change]] = defaultdict(Counter)
    for each in differences:
        counted[each.subject.rule][each.change] += 1
    return counted


def _before(moment: datetime, episode: Episode) -> bool:
    return episode.ended is None or moment < episode.ended
