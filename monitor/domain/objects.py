"""Open objects: tickets, invoices, quotes, promises, actions and contracts, each from its opening to its end.

Belongs here: which event does what to which object, and which objects a row keeps. Not: how long is too long (rules/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from schemas.events import Fact

CASES = 16
"""Objects kept per customer; finished ones make room first, the oldest first."""

FINISHED = 6
"""Finished objects kept, for what comes late or opens them again."""

Role = Literal["opens", "follows", "moves", "hops"]


class Part(NamedTuple):
    """What a type of event does: to which kind of object, named by which field, in which role; `due` names a moment."""

    kind: str
    id: str
    role: Role
    due: str | None = None


PARTS: dict[str, Part] = {
    "ticket.opened": Part("ticket", "ticket_id", "opens"),
    "ticket.replied": Part("ticket", "ticket_id", "follows"),
    "ticket.resolved": Part("ticket", "ticket_id", "follows"),
    "ticket.closed": Part("ticket", "ticket_id", "follows"),
    "ticket.reopened": Part("ticket", "ticket_id", "follows"),
    "ticket.reassigned": Part("ticket", "ticket_id", "hops"),
    "ticket.promised": Part("ticket", "ticket_id", "moves", "due"),
    "customer.told": Part("ticket", "ticket_id", "follows"),
    "order.invoiced": Part("invoice", "invoice_id", "opens", "due"),
    "order.paid": Part("invoice", "invoice_id", "follows"),
    "quote.sent": Part("quote", "quote_id", "opens"),
    "quote.won": Part("quote", "quote_id", "follows"),
    "quote.lost": Part("quote", "quote_id", "follows"),
    "promise.made": Part("promise", "promise_id", "opens", "due"),
    "promise.kept": Part("promise", "promise_id", "follows"),
    "action.planned": Part("action", "action_id", "opens", "due"),
    "action.done": Part("action", "action_id", "follows"),
    "contract.signed": Part("contract", "contract_id", "opens", "ends"),
    "contract.renewed": Part("contract", "contract_id", "moves", "ends"),
    "contract.cancelled": Part("contract", "contract_id", "follows"),
    "contract.ended": Part("contract", "contract_id", "follows"),
}

ENDS: dict[str, tuple[str, ...]] = {
    "ticket": ("ticket.resolved", "ticket.closed"),
    "invoice": ("order.paid",),
    "quote": ("quote.won", "quote.lost"),
    "promise": ("promise.kept",),
    "action": ("action.done",),
    "contract": ("contract.cancelled", "contract.ended"),
}
"""What ends an object of a kind altogether."""


class Case(msgspec.Struct, frozen=True, array_like=True):
    """An open object: when it was opened, when last each type of event happened to it.

    `due` is the moment agreed for it, told at `due_told`; `hops` counts hand-overs from desk to desk. `amount` is that
    of an invoice or a quote, in the events' own currency.
    """

    flavour: str = ""
    opened: datetime | None = None
    happened: dict[str, datetime] = {}
    due: datetime | None = None
    due_told: datetime | None = None
    hops: int = 0
    amount: float | None = None

    def waiting_since(self, until: Sequence[str]) -> datetime | None:
        """Since when it has waited for one of these types: opened, or opened again after one of them had come.

        None where the opening was never seen.
        """
        reopened = self.happened.get("ticket.reopened")
        if self.opened is None or reopened is None:
            return self.opened
        ended = any(self.opened <= self.happened.get(kind, reopened) < reopened for kind in until)
        return reopened if ended else self.opened

    def ends(self, until: Sequence[str]) -> dict[str, datetime]:
        """Which of these types have ended the waiting, and when; empty while it lasts."""
        since = self.waiting_since(until)
        if since is None:
            return {}
        return {kind: at for kind in until if (at := self.happened.get(kind)) is not None and at >= since}


Opening = tuple[datetime | None, str, float | None]
"""When an object was opened, the flavour of that event, and the amount that it told."""

UNKNOWN = Case()
Cases = dict[str, Case]
"""Objects by name (`ticket:T-1`), in the order in which they came."""


@lru_cache(maxsize=256)
def cases_of(packed: bytes) -> Mapping[str, Case]:
    """The objects of a state's `cases`, for many rules to look at."""
    return _decode(packed) if packed else {}


def packed_cases(cases: Cases) -> bytes:
    """The objects as a state keeps them."""
    return _encode(cases)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Cases).decode


def with_event(packed: bytes, event: Fact, flavour: str) -> tuple[bytes, int]:
    """The objects after an event about one of them, and how many others had to make room."""
    part = PARTS[event.type]
    cases = _decode(packed) if packed else {}
    name = _named(part, event, cases)
    if name is None:
        return packed, 0
    cases[name] = _changed(cases.get(name, UNKNOWN), part, event, flavour)
    leaving = _leaving(cases, name)
    for each in leaving:
        del cases[each]
    return packed_cases(cases), len(leaving)


def is_finished(name: str, case: Case) -> bool:
    """Whether nobody waits for anything in this case; one that was never seen to open counts as finished."""
    if case.opened is None:
        return True
    ends = ENDS[kind_of(name)]
    return not case.happened.keys().isdisjoint(ends) and bool(case.ends(ends))


def kind_of(name: str) -> str:
    """The kind of object that a name is of."""
    return name.split(":", 1)[0]


def subject_of(name: str) -> str:
    """The object's own id."""
    return name.split(":", 1)[1]


def _named(part: Part, event: Fact, cases: Cases) -> str | None:
    """The object's name; one that is told without an id bears its event's, and is later the oldest that is open."""
    content: Any = event.data
    own = getattr(content, part.id) or getattr(content, "ticket_id", None)
    if own is not None:
        return f"{part.kind}:{own}"
    if part.role == "opens":
        return f"{part.kind}:{event.id}"
    open_ones = (each for each in cases if kind_of(each) == part.kind and not is_finished(each, cases[each]))
    return next(open_ones, None)


def _changed(known: Case, part: Part, event: Fact, flavour: str) -> Case:
    at, role, happened = event.time, part.role, known.happened
    opening = known.opened, known.flavour, known.amount
    if role == "opens":  # the first one counts, where it is told twice and differently, whichever came first
        told_now = at, flavour, getattr(event.data, "amount", None)
        opening = told_now if known.opened is None else min(opening, told_now, key=_first)
    else:
        happened = {**happened, event.type: max(happened.get(event.type, at), at)}
    due, due_told = known.due, known.due_told
    told: datetime | None = getattr(event.data, part.due) if part.due else None
    if told is not None and (due_told is None or at >= due_told):
        due, due_told = told, at
    opened, flavour, amount = opening
    return Case(flavour, opened, happened, due, due_told, known.hops + (role == "hops"), amount)


def _first(opening: Opening) -> tuple[datetime | None, str, float]:
    """By what openings are ranked."""
    opened, flavour, amount = opening
    return opened, flavour, amount or 0.0


def _leaving(cases: Cases, newest: str) -> list[str]:
    """Which objects make room: finished ones beyond those that are kept, then the oldest of all."""
    if len(cases) <= FINISHED:
        return []
    finished = [name for name, case in cases.items() if is_finished(name, case)]
    leaving = [name for name in finished[: max(0, len(finished) - FINISHED)] if name != newest]
    rest = len(cases) - len(leaving) - CASES
    if rest > 0:
        leaving += [name for name in cases if name not in leaving and name != newest][:rest]
    return leaving
