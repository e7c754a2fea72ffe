"""How an event changes what is known of a customer. Pure and total: no event is refused here.

A late event never moves time back; events that still fall within the rings may come in any order. Whether an
event was applied before can be asked of the state too: `fingerprint(event) in state.seen` (a match across two
fingerprints is as improbable as two events with one fingerprint).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec.structs import replace
from xxhash import xxh3_64_digest

from monitor.domain import rings, scores, trend
from monitor.domain.agreements import with_contact
from monitor.domain.categories import with_lines
from monitor.domain.objects import PARTS, with_event
from monitor.domain.purchases import SETTLING, refunded, settled, spent, with_placed_order
from monitor.domain.regions import with_region
from monitor.domain.rhythm import with_order
from monitor.domain.state import FLAVOUR_MARKS, FLAVOURS, REMEMBERED, State
from schemas.commands import CustomerCommand
from schemas.events import Fact
from schemas.fields import REASONS
from schemas.rule_parts import FILTERS

Observer = Callable[[State, Any], State]
"""What an event of some type makes of a state, beside marks and objects."""


def fingerprint(event: Fact | CustomerCommand) -> bytes:
    """8 bytes that stand for (source, id), which CloudEvents makes unique to an event."""
    return xxh3_64_digest((event.source + "\0" + event.id).encode())


def flavour_of(event: Fact) -> str:
    """A type with its enumerated fields: `contact.made sentiment=negative`. Fields that are missing are left out.

    So are reasons beyond those of the catalogue.
    """
    values_of = _VALUES.get(event.type)
    return event.type if values_of is None else _flavour(event.type, values_of(event.data))


@lru_cache(maxsize=1024)
def _flavour(kind: str, values: tuple[str | None, ...]) -> str:
    told = zip(FILTERS[kind], values, strict=True)
    return kind + "".join(
        f" {name}={value}"
        for name, value in told
        if value is not None and (name != "reason" or value in REASONS)
    )


def _values_of(fields: tuple[str, ...]) -> Callable[[Any], tuple[str | None, ...]]:
    """What reads these fields of an event's content."""
    read: Callable[[Any], Any] = attrgetter(*fields)
    return read if len(fields) > 1 else lambda content: (read(content),)


_VALUES = {kind: _values_of(fields) for kind, fields in FILTERS.items() if fields}


def observe(state: State, event: Fact, mark: bytes | None = None, flavour: str | None = None) -> State:
    """The state after `event`; the same state where the event is known already.

    Who has its fingerprint and its flavour at hand gives them.
    """
    mark = fingerprint(event) if mark is None else mark
    if mark in state.seen:
        return state
    kind, at, latest = event.type, event.time, state.latest
    if latest is None or at > latest:
        latest = at
    seen = (state.seen + mark)[-8 * REMEMBERED :]
    if kind == "order.placed":
        return _ordered(state, event, latest, seen)
    flavour = flavour_of(event) if flavour is None else flavour
    marks, cases, forgotten = state.marks, state.cases, state.forgotten
    if kind in FILTERS:
        marks, forgot = marked(marks, flavour, at)
        forgotten += forgot
    if kind in PARTS:
        cases, forgot = with_event(cases, event, flavour)
        forgotten += forgot
    after = State(
        state.events + 1,
        latest,
        seen,
        state.rhythm,
        marks,
        cases,
        forgotten,
        state.purchases,
        state.trend,
        state.scores,
        state.agreed,
        state.about,
        state.categories,
        state.regions,
    )
    observer = _OBSERVERS.get(kind)
    return after if observer is None else observer(after, event)


def _ordered(state: State, event: Any, latest: datetime, seen: bytes) -> State:
    """The state after an order: most events are, so nothing is looked up for them."""
    at, packed, content = event.time, rings.pack(event.time), event.data
    categories, regions = state.categories, state.regions
    if content.lines:
        categories = with_lines(categories, content.lines, at)
    if content.region is not None:
        regions = with_region(regions, content.region, at)
    return State(
        state.events + 1,
        latest,
        seen,
        with_order(state.rhythm, at, packed),
        state.marks,
        state.cases,
        state.forgotten,
        with_placed_order(state.purchases, event, packed),
        trend.with_event(state.trend, at, content.amount, 1.0, 0.0),
        state.scores,
        state.agreed,
        state.about,
        categories,
        regions,
    )


def marked(known: dict[str, bytes], flavour: str, at: datetime) -> tuple[dict[str, bytes], int]:
    """The times by flavour after one more, and how many flavours had to make room."""
    marks = {**known, flavour: rings.added(known.get(flavour, rings.EMPTY), at, FLAVOUR_MARKS)}
    if len(marks) <= FLAVOURS:
        return marks, 0
    del marks[min(marks, key=lambda name: (rings.last(marks[name]), name))]
    return marks, 1


def _settled(state: State, event: Any) -> State:
    return replace(state, purchases=settled(state.purchases, event))


def _refunded(state: State, event: Any) -> State:
    return replace(state, purchases=refunded(state.purchases, event))


def _rated(state: State, event: Any) -> State:
    return replace(state, scores=scores.added(state.scores, event.time, event.data.score))


def _engaged(state: State, event: Any) -> State:
    return replace(state, trend=trend.with_event(state.trend, event.time, 0.0, 0.0, 1.0))


def _contacted(state: State, event: Any) -> State:
    agreed = with_contact(state.agreed, event.time, event.data.next_due)
    cost = event.data.cost
    purchases = state.purchases if cost is None else spent(state.purchases, cost)
    return replace(state, agreed=agreed, purchases=purchases)


_OBSERVERS: dict[str, Observer] = {
    **dict.fromkeys(SETTLING, _settled),
    "order.refunded": _refunded,
    **dict.fromkeys(scores.RATINGS, _rated),
    **dict.fromkeys(trend.ENGAGING, _engaged),
    "contact.made": _contacted,
}
