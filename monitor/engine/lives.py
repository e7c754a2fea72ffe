"""The stage and the tier of a lane's customers: when they are told anew, and what is told of them.

Belongs here: how the engine asks the domain. A lane whose rules say nothing of customers has no such thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from monitor.domain.changes import CustomerChange, Known, changes, placed
from monitor.domain.losses import TOUCHING
from monitor.domain.stages import CustomerTerms, live, worst
from monitor.domain.state import Life, Row, Standing, State

LIFE = 1 << 30
"""Where the stage stands among the places of rules: behind all of them, for it rests on their warnings."""


class Lived(NamedTuple):
    """A customer's stage, and when to ask again."""

    life: Life
    check: datetime | None


class Lives:
    """What becomes of stages and tiers by these terms."""

    def __init__(self, terms: CustomerTerms) -> None:
        self._terms = terms

    def placed(self, state: State, life: Life | None) -> State:
        """The state with tier and probation of now, or the very same one: only another one concerns all rules."""
        return placed(state, life, self._terms)

    def is_touched(self, life: Life | None, kind: str, before: State, after: State) -> bool:
        """Whether an event of this type can change the stage, beside the warnings that it leads to."""
        return life is None or kind in TOUCHING or after.forgotten != before.forgotten

    def lived(
        self, before: Life | None, state: State, standing: tuple[Standing, ...], now: datetime
    ) -> Lived:
        """The stage at `now`, given the one before."""
        terms = self._terms
        life, check = live(before, state, worst(standing, terms.shadows), terms.stages, now)
        return Lived(before if before is not None and life == before else life, check)

    def next_check(self, row: Row, now: datetime, clock: datetime) -> datetime | None:
        """When to ask again for a row as it stands at `now`; at `clock`, if nobody ever asked."""
        return clock if row.life is None else self.lived(row.life, row.state, row.warnings, now).check

    def told(self, customer: str, before: Known, after: Known, now: datetime) -> Iterable[CustomerChange]:
        """What is told of what has changed."""
        if before[0].about is after[0].about and before[1] is after[1]:
            return ()
        return changes(customer, before, after, self._terms, now)
