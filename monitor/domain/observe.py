"""How an event changes what is known of a customer. Pure and total: no event is refused here.

A late event never moves time back; events that still fall within the rings may come in any order. Whether an
event was applied before can be asked of the state too: `fingerprint(event) in state.seen` (a match across two
fingerprints is as improbable as two events with one fingerprint).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace
from xxhash import xxh3_64_digest

from monitor.domain import rings
from monitor.domain.rhythm import Rhythm, with_order
from monitor.domain.state import (
    CASES,
    FLAVOUR_MARKS,
    FLAVOURS,
    REMEMBERED,
    Case,
    State,
    cases_of,
    packed_cases,
)
from schemas.events import Fact
from schemas.rule_parts import FILTERS

ENDS = ("ticket.replied", "ticket.resolved", "ticket.closed")
"""What may end the wait that a ticket's opening began."""

FINISHES = ("ticket.resolved", "ticket.closed")
"""What ends a ticket altogether."""

UNKNOWN = Case()

Kept = tuple[Rhythm, dict[str, bytes], bytes, int]
"""What an event may change of a state: rhythm, marks, cases, forgotten."""


def fingerprint(event: Fact) -> bytes:
    """8 bytes that stand for (source, id), which CloudEvents makes unique to an event."""
    return xxh3_64_digest((event.source + "\0" + event.id).encode())


def observe(state: State, event: Fact, mark: bytes | None = None, flavour: str | None = None) -> State:
    """The state after `event`; the same state where the event is known already.

    Who has its fingerprint and its flavour at hand gives them.
    """
    mark = fingerprint(event) if mark is None else mark
    if mark in state.seen:
        return state
    at, latest = event.time, state.latest
    if latest is None or at > latest:
        latest = at
    observer = _OBSERVERS.get(event.type, _nothing)
    kept = observer(state, event, flavour_of(event) if flavour is None else flavour)
    return State(state.events + 1, latest, (state.seen + mark)[-8 * REMEMBERED :], *kept)


def flavour_of(event: Fact) -> str:
    """A type with its enumerated fields: `contact.made sentiment=negative`. Fields that are missing are left out."""
    fields = FILTERS.get(event.type)
    if not fields:
        return event.type
    content = event.data
    told = [f" {name}={value}" for name in fields if (value := getattr(content, name)) is not None]
    return event.type + "".join(told)


def _nothing(state: State, _event: Fact, _flavour: str) -> Kept:
    return state.rhythm, state.marks, state.cases, state.forgotten


def _order(state: State, event: Fact, _flavour: str) -> Kept:
    return with_order(state.rhythm, event.time), state.marks, state.cases, state.forgotten


def _counted(state: State, event: Fact, flavour: str) -> Kept:
    marks, forgot = _marked(state.marks, flavour, event.time)
    return state.rhythm, marks, state.cases, state.forgotten + forgot


def _opened(state: State, event: Fact, flavour: str) -> Kept:
    def opened(known: Case) -> Case:
        if known.opened is None:
            return Case(flavour, event.time, known.happened)
        # told twice, differently: the first opening counts, whichever came first
        at, first = min((known.opened, known.flavour), (event.time, flavour))
        return Case(first, at, known.happened)

    marks, forgot = _marked(state.marks, flavour, event.time)
    cases, forgot_case = _with_case(state.cases, event, opened)
    return state.rhythm, marks, cases, state.forgotten + forgot + forgot_case


def _followed(state: State, event: Fact, _flavour: str) -> Kept:
    cases, forgot = _with_case(state.cases, event, lambda known: _happened(known, event))
    return state.rhythm, state.marks, cases, state.forgotten + forgot


def _reopened(state: State, event: Fact, flavour: str) -> Kept:
    marks, forgot = _marked(state.marks, flavour, event.time)
    cases, forgot_case = _with_case(state.cases, event, lambda known: _happened(known, event))
    return state.rhythm, marks, cases, state.forgotten + forgot + forgot_case


def _happened(known: Case, event: Fact) -> Case:
    at = max(known.happened.get(event.type, event.time), event.time)
    return replace(known, happened={**known.happened, event.type: at})


def _with_case(packed: bytes, event: Fact, change: Callable[[Case], Case]) -> tuple[bytes, bool]:
    """The tickets after a change to one, and whether another had to make room."""
    ticket: str = event.data.ticket_id  # type: ignore[union-attr,assignment]
    cases = cases_of(packed)
    cases[ticket] = change(cases.get(ticket, UNKNOWN))
    if len(cases) <= CASES:
        return packed_cases(cases), False
    leaving = next((each for each, case in cases.items() if is_finished(case)), next(iter(cases)))
    del cases[leaving]
    return packed_cases(cases), True


def is_finished(case: Case) -> bool:
    """Whether nobody waits for anything in this case; one that was never seen to open counts as finished."""
    return case.opened is None or bool(case.ends(FINISHES))


def _marked(known: dict[str, bytes], flavour: str, at: datetime) -> tuple[dict[str, bytes], bool]:
    """The times after one more, and whether a flavour had to make room."""
    marks = {**known, flavour: rings.added(known.get(flavour, rings.EMPTY), at, FLAVOUR_MARKS)}
    if len(marks) <= FLAVOURS:
        return marks, False
    del marks[min(marks, key=lambda name: (rings.last(marks[name]), name))]
    return marks, True


_OBSERVERS: dict[str, Callable[[State, Fact, str], Kept]] = {
    "order.placed": _order,
    "ticket.opened": _opened,
    "ticket.reopened": _reopened,
    **dict.fromkeys(ENDS, _followed),
    **dict.fromkeys((kind for kind in FILTERS if not kind.startswith("ticket.")), _counted),
}
