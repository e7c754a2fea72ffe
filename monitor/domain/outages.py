"""Times in which a source was silent: what would have come from it did not, so silence in them says nothing.

Belongs here: what is known of them, and a customer's facts seen together with them. A lane remembers them, not a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from monitor.domain.state import State

LONGEST_HOLD = timedelta(days=7)
"""How long a source that does not come back holds silences, if nobody says otherwise."""

REMEMBERED = 8
"""Outages that count for silences that began before them; older ones are forgotten."""


class Outage(msgspec.Struct, frozen=True, array_like=True):
    """That an input brought nothing from `start` on, and does not count up to `until`."""

    source: str
    start: datetime
    until: datetime


Outages = tuple[Outage, ...]
"""In the order in which they were told."""


class Interrupted(State, frozen=True, array_like=True):
    """A state as rules see it who have to know of outages; no row ever holds one."""

    outages: Outages = ()


class Span(NamedTuple):
    """A time that does not count."""

    start: datetime
    until: datetime


def interrupted(state: State, outages: Outages) -> State:
    """The facts, together with these outages."""
    known = {name: getattr(state, name) for name in State.__struct_fields__}
    return Interrupted(**known, outages=outages)


def outages_of(state: State, sources: frozenset[str]) -> Iterator[Span]:
    """When any of these sources was silent, as far as this state is seen with outages."""
    if isinstance(state, Interrupted):
        yield from (Span(each.start, each.until) for each in state.outages if each.source in sources)


def silent(outages: Outages, source: str, start: datetime, until: datetime) -> Outages:
    """With one more outage, or one that holds already made longer; the same where it is known."""
    known = next((each for each in outages if each.source == source and each.until >= start), None)
    if known is None:
        return (*outages, Outage(source, start, until))[-REMEMBERED:]
    longer = Outage(source, min(known.start, start), max(known.until, until))
    return tuple(longer if each is known else each for each in outages) if longer != known else outages


def back(outages: Outages, source: str, moment: datetime) -> Outages:
    """With the outages of a source ended at a moment; the same where none lasts."""
    if all(each.source != source or each.until <= moment for each in outages):
        return outages
    ended = (
        Outage(source, each.start, moment) if each.source == source and each.until > moment else each
        for each in outages
    )
    return tuple(each for each in ended if each.start < each.until)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same times in order, none of which overlaps another."""
    apart: list[Span] = []
    for span in sorted(spans):
        if apart and span.start <= apart[-1].until:
            apart[-1] = Span(apart[-1].start, max(apart[-1].until, span.until))
        else:
            apart.append(span)
    return apart
