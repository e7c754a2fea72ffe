"""The editions of the rules that lanes judge by, one after the other, while the stream runs.

Belongs here: which edition is in force at a lane's clock. How a lane goes over to it is for the lane.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, assert_never

from monitor.domain.rule_change import Change
from monitor.domain.rules import RuleSet
from monitor.engine.fetched import MOMENT
from schemas.editions import OpenWarnings

FIRST = -1
"""The number of the edition that a worker starts with: its rule file."""


class Edition(NamedTuple):
    """Rules by their `number` in the topic of rules, ready to judge by (schemas.editions)."""

    number: int
    rules: RuleSet
    effective_from: datetime | None = None
    open_warnings: OpenWarnings = "judge"
    changed: frozenset[str] = frozenset()

    def change(self, at: datetime) -> Change:
        """What it means for open warnings, having come into force at a moment."""
        match self.open_warnings:
            case "judge":
                return Change(at)
            case "keep":
                return Change(at, keeps=self.changed)
            case "close":
                return Change(at, closes=self.changed)
            case _:
                assert_never(self.open_warnings)


class Editions:
    """All that a worker knows of, `first` the rules of its file; lanes look at it whenever they step."""

    def __init__(self, first: RuleSet, later: Iterable[Edition] = ()) -> None:
        self._all = [Edition(FIRST, first), *later]

    @property
    def newest(self) -> int:
        """The number of the newest edition."""
        return self._all[-1].number

    def add(self, edition: Edition) -> None:
        """Take in an edition that was just published: it stands behind all others."""
        self._all.append(edition)

    def of(self, number: int) -> Edition:
        """The edition of this number; the first one where it isn't known any more."""
        return next((each for each in self._all if each.number == number), self._all[0])

    def due(self, after: int, clock: datetime) -> Edition | None:
        """The newest edition after number `after` that is in force once all before `clock` and at it is done."""
        for each in reversed(self._all):
            if each.number <= after:
                return None
            if each.effective_from is None or each.effective_from <= clock + MOMENT:
                return each
        return None

    def planned(self, after: int) -> datetime | None:
        """The first moment from which on an edition after number `after` is meant to be in force."""
        plans = (each.effective_from for each in self._all if each.number > after)
        return min((plan for plan in plans if plan is not None), default=None)
