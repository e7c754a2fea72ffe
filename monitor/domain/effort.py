"""Customer effort: what it took customers to have their tickets solved, told by the tickets that a row keeps.

Belongs here: contacts, hand-overs and waiting of each solved ticket. How much is too much is for rules/effort.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.domain import rings
from monitor.domain.objects import ENDS, cases_of, is_finished, kind_of
from monitor.domain.state import State

CONTACTS = ("contact.made", "contact.missed")
"""What customers do to reach us, unless the direction says that we did it."""

TICKET = "ticket"


class Solved(NamedTuple):
    """A ticket from its opening to the moment at which it was solved, and how often it was handed over."""

    opened: datetime
    solved: datetime
    hand_overs: int


class Effort(NamedTuple):
    """Means per ticket; `contacts` is None where no contact of the customer's was ever told."""

    contacts: float | None
    hand_overs: float
    waiting: timedelta


def solved_tickets(state: State) -> list[Solved]:
    """The solved tickets that are kept and were seen to open, the first to be solved first."""
    found = []
    for name, case in cases_of(state.cases).items():
        if kind_of(name) == TICKET and case.opened is not None and is_finished(name, case):
            found.append(Solved(case.opened, min(case.ends(ENDS[TICKET]).values()), case.hops))
    return sorted(found, key=lambda each: each.solved)


def effort_of(state: State, tickets: Sequence[Solved]) -> Effort:
    """What these tickets took on average; a contact counts once, if it lies between opening and solving of any."""
    number, made = len(tickets), _contacts(state)
    of_them = [at for at in made if any(each.opened <= at <= each.solved for each in tickets)]
    waiting = sum((each.solved - each.opened for each in tickets), timedelta(0))
    return Effort(
        len(of_them) / number if made else None,
        sum(each.hand_overs for each in tickets) / number,
        waiting / number,
    )


def _contacts(state: State) -> list[datetime]:
    """When the customer reached us, or tried to."""
    found = (ring for flavour, ring in state.marks.items() if _is_theirs(flavour))
    return [at for ring in found for at in rings.times(ring)]


def _is_theirs(flavour: str) -> bool:
    kind, *fields = flavour.split(" ")
    return kind in CONTACTS and "direction=outbound" not in fields
