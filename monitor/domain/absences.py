"""Times away that were announced: a silence that is expected does not count where silence is measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.domain.state import Absence, State


def absences_of(state: State) -> Sequence[Absence]:
    """The times away that are remembered, in the order of time."""
    return state.about.absences if state.about is not None else ()


def put_off(state: State, last: datetime, due: datetime) -> datetime:
    """When a silence since `last` is as long as it would be at `due`, were the customer never away."""
    for away in absences_of(state):
        begins = max(away.start, last)
        if begins < away.until and begins < due:
            due += away.until - begins
    return due


def away_between(state: State, last: datetime, now: datetime) -> timedelta:
    """For how much of the time from `last` to `now` the customer was away."""
    overlaps = (min(away.until, now) - max(away.start, last) for away in absences_of(state))
    return sum((each for each in overlaps if each > timedelta(0)), timedelta(0))
