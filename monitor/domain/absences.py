"""Times that don't count where silence is measured: the customer was away as announced, or the source was silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.domain.outages import Span, joined, outages_of
from monitor.domain.state import Absence, State

ORDERS = frozenset({"orders"})
"""The source of most silences."""


def absences_of(state: State) -> Sequence[Absence]:
    """The times away that are remembered, in the order of time."""
    return state.about.absences if state.about is not None else ()


def put_off(state: State, last: datetime, due: datetime, sources: frozenset[str] = ORDERS) -> datetime:
    """When a silence since `last` is as long as it would be at `due`, did all time count."""
    for away in _not_counted(state, sources):
        begins = max(away.start, last)
        if begins < away.until and begins < due:
            due += away.until - begins
    return due


def away_between(state: State, last: datetime, now: datetime, sources: frozenset[str] = ORDERS) -> timedelta:
    """How much of the time from `last` to `now` does not count."""
    overlaps = (min(away.until, now) - max(away.start, last) for away in _not_counted(state, sources))
    return sum((each for each in overlaps if each > timedelta(0)), timedelta(0))


def _not_counted(state: State, sources: frozenset[str]) -> Sequence[Absence | Span]:
    """In the order of time, none overlapping another."""
    own = absences_of(state)
    silent = [*outages_of(state, sources)]
    return joined([*silent, *(Span(each.start, each.until) for each in own)]) if silent else own
