"""What people tell of a customer, and what follows from it. Pure and total: a command is obeyed or refused.

Belongs here: commands about one customer; those about a warning are in warning_commands.py. What the rules make of it
is for assess.py. An obeyed command leaves its fingerprint in `state.seen`, where one that comes twice is known by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.domain.observe import fingerprint, marked
from monitor.domain.rings import EPOCH
from monitor.domain.rules.base import Rule
from monitor.domain.state import ABSENCES, NOBODY, REMEMBERED, Absence, Left, Standing, State, with_about
from monitor.domain.warning_commands import (
    Heard,
    Obeyed,
    Outcome,
    Rejected,
    acknowledged,
    labelled,
    snoozed,
    unacknowledged,
)
from schemas.commands import AbsencePlanned, ChurnDeclared, CustomerCommand, CustomerMoved
from schemas.rejections import Rejection

__all__ = ["WORDS", "Obeyed", "Rejected", "obey"]

WORDS = 4096
"""Bytes of a row that notes and reasons of people may take, all together."""


def obey(
    customer: str,
    state: State,
    standing: tuple[Standing, ...],
    rules: Mapping[str, Rule],
    command: CustomerCommand,
    now: datetime,
) -> Obeyed | Rejected:
    """What `command` makes of a customer at `now`; an end that it gives must lie after `now`.

    A clock that has read no event yet lies before 1970, and has no time at which anything could be said.

    `rules` are by name. Every rule has to judge the customer anew afterwards.
    """
    if state == State():
        return Rejected(Rejection.unknown_customer, "nothing is known of this customer")
    if now < EPOCH:
        return Rejected(
            Rejection.not_yet, "no event has been read here yet, so there is no time to say it at"
        )
    ends: datetime | None = getattr(command.data, "until", None)
    if ends is not None and ends <= now:
        detail = f"it would end at {ends.isoformat()}, and the clock here has come to {now.isoformat()}"
        return Rejected(Rejection.end_in_the_past, detail)
    obeyed = _OBEYED.get(command.type)
    if obeyed is None:
        return Rejected(Rejection.not_yet, f"{command.type} is not acted on yet")
    done = obeyed(Heard(customer, state, standing, rules, now), command)
    return _with_seen(done, command) if isinstance(done, Obeyed) else done


def _with_seen(done: Obeyed, command: CustomerCommand) -> Outcome:
    words = _words(done)
    if words > WORDS:
        detail = f"people's notes and reasons would take {words} bytes of the customer's row, at most {WORDS}"
        return Rejected(Rejection.row_too_large, detail)
    seen = (done.state.seen + fingerprint(command))[-8 * REMEMBERED :]
    return done._replace(state=replace(done.state, seen=seen))


def _words(done: Obeyed) -> int:
    """The bytes of all that people say in a row."""
    about = done.state.about or NOBODY
    of_warnings = [(each.acknowledged, each.snoozed) for each in done.standing]
    return len(_encode((of_warnings, about.absences, about.left)))


def _moved(heard: Heard, command: CustomerMoved) -> Outcome:
    """A move counts from when it happened, as far as the clock has come."""
    state = heard.state
    marks, forgot = marked(state.marks, command.type, min(command.time, heard.now))
    return _changed(heard, replace(state, marks=marks, forgotten=state.forgotten + forgot))


def _declared(heard: Heard, command: ChurnDeclared) -> Outcome:
    left = Left(heard.now, command.data.kind, command.data.reason)
    return _changed(heard, with_about(heard.state, left=left))


def _away(heard: Heard, command: AbsencePlanned) -> Outcome:
    """An absence that lasts gets this end; otherwise one begins."""
    before = (heard.state.about or NOBODY).absences
    start = heard.now
    if before and before[-1].until > heard.now:
        start, before = before[-1].start, before[:-1]
    away = Absence(start, command.data.until, command.data.reason)
    return _changed(heard, with_about(heard.state, absences=(*before, away)[-ABSENCES:]))


def _changed(heard: Heard, state: State) -> Obeyed:
    return Obeyed(state, heard.standing, [])


_OBEYED: dict[str, Callable[[Heard, Any], Outcome]] = {
    "customer.moved": _moved,
    "churn.declared": _declared,
    "absence.planned": _away,
    "warning.acknowledged": acknowledged,
    "warning.unacknowledged": unacknowledged,
    "warning.snoozed": snoozed,
    "warning.labelled": labelled,
}
_encode = msgspec.msgpack.Encoder().encode
