"""How an event changes what is known of a customer. Pure and total: no event is refused here.

A late event never moves time back; events that still fall within the rings may come in any order. Whether an
event was applied before is for the caller to ask (`is_repeated`), so that it can be counted.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from xxhash import xxh3_64_intdigest

from monitor.domain.rhythm import with_order
from monitor.domain.state import CASES, FLAVOUR_MARKS, FLAVOURS, REMEMBERED, Case, State
from schemas.events import Fact
from schemas.rule_parts import FILTERS

ENDS = ("ticket.replied", "ticket.resolved", "ticket.closed")
"""What may end the wait that a ticket's opening began."""

FINISHES = ("ticket.resolved", "ticket.closed")
"""What ends a ticket altogether."""

UNKNOWN = Case()

Changes = dict[str, Any]


def fingerprint(event: Fact) -> int:
    """64 bits that stand for (source, id), which CloudEvents makes unique to an event."""
    return xxh3_64_intdigest(f"{event.source}\0{event.id}".encode())


def is_repeated(state: State, mark: int) -> bool:
    """Whether an event with this fingerprint is among the last that were applied."""
    return mark in state.seen


def observe(state: State, event: Fact, mark: int | None = None) -> State:
    """The state after `event`; the same state where the event is known already."""
    mark = fingerprint(event) if mark is None else mark
    if mark in state.seen:
        return state
    at = event.time
    observer = _OBSERVERS.get(event.type)
    changes = observer(state, event) if observer is not None else {}
    latest = at if state.latest is None or at > state.latest else state.latest
    seen = (*state.seen[-REMEMBERED + 1 :], mark)
    return replace(state, events=state.events + 1, latest=latest, seen=seen, **changes)


def flavour_of(event: Fact) -> str:
    """A type with its enumerated fields: `contact.made sentiment=negative`. Fields that are missing are left out."""
    told = [
        f" {name}={value}" for name in FILTERS[event.type] if (value := getattr(event.data, name)) is not None
    ]
    return event.type + "".join(told)


def _order(state: State, event: Fact) -> Changes:
    return {"rhythm": with_order(state.rhythm, event.time)}


def _counted(state: State, event: Fact) -> Changes:
    return _marked(state, flavour_of(event), event.time)


def _opened(state: State, event: Fact) -> Changes:
    known = _case(state, event)
    opened = event.time if known.opened is None else min(known.opened, event.time)
    case = Case(flavour_of(event), opened, known.happened)
    return _counted(state, event) | _with_case(state, event, case)


def _followed(state: State, event: Fact) -> Changes:
    known = _case(state, event)
    before = known.happened.get(event.type, event.time)
    case = replace(known, happened={**known.happened, event.type: max(before, event.time)})
    return _with_case(state, event, case)


def _reopened(state: State, event: Fact) -> Changes:
    return _counted(state, event) | _followed(state, event)


def _case(state: State, event: Fact) -> Case:
    return state.cases.get(event.data.ticket_id, UNKNOWN)  # type: ignore[union-attr]


def _with_case(state: State, event: Fact, case: Case) -> Changes:
    cases = {**state.cases, event.data.ticket_id: case}  # type: ignore[union-attr]
    if len(cases) <= CASES:
        return {"cases": cases}
    leaving = min(cases, key=lambda ticket: (*_importance(cases[ticket]), ticket))
    still_open = not is_finished(cases.pop(leaving))
    return {"cases": cases, "forgotten": state.forgotten + still_open}


def is_finished(case: Case) -> bool:
    """Whether nobody waits for anything in this case; one that was never seen to open counts as finished."""
    return case.opened is None or any(case.ended_by(kind) for kind in FINISHES)


def _importance(case: Case) -> tuple[bool, datetime]:
    newest = max(case.happened.values(), default=case.opened)
    return not is_finished(case), newest  # type: ignore[return-value]


def _marked(state: State, flavour: str, at: datetime) -> Changes:
    times = state.marks.get(flavour, ())
    if not times or at >= times[-1]:
        times = (*times[-FLAVOUR_MARKS + 1 :], at)
    else:
        kept = list(times)
        insort(kept, at)
        times = tuple(kept[-FLAVOUR_MARKS:])
    marks = {**state.marks, flavour: times}
    if len(marks) <= FLAVOURS:
        return {"marks": marks}
    del marks[min(marks, key=lambda name: (marks[name][-1], name))]
    return {"marks": marks, "forgotten": state.forgotten + 1}


_OBSERVERS: dict[str, Callable[[State, Fact], Changes]] = {
    "order.placed": _order,
    "ticket.opened": _opened,
    "ticket.reopened": _reopened,
    **dict.fromkeys(ENDS, _followed),
    **dict.fromkeys((kind for kind in FILTERS if not kind.startswith("ticket.")), _counted),
}
