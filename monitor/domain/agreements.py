"""What contacts agreed on for the next one, and how often in a row that was missed. When it is overdue is for rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

from monitor.domain import rings
from monitor.domain.state import Agreed

KEPT = 4
"""Contacts that are kept, the newest among them: enough to tell so many missed ones in a row."""

Told = tuple[datetime, datetime | None]
"""When a contact was, and the moment of the next one that it agreed on."""


def with_contact(known: Agreed | None, told: datetime, due: datetime | None) -> Agreed:
    """What is agreed after a contact at `told`, wherever it falls in time; the newest says when the next one is due.

    One that agreed on nothing ends what was agreed before it.
    """
    if known is None or (due is None and told > known.told):
        return Agreed(told, due)
    contacts = sorted([*_contacts(known), (told, due)], key=_in_time)[-KEPT:]
    begin = max((place for place, (_, due) in enumerate(contacts) if due is None), default=0)
    *before, newest = contacts[begin:]
    return Agreed(*newest, tuple(before))


def missed_before(agreed: Agreed, late: Callable[[datetime], datetime]) -> int:
    """How many agreed moments in a row were missed before the newest one; `late` says from when one of them was."""
    missed = 0
    for (_, due), (told, _) in pairwise(_contacts(agreed)):
        missed = missed + 1 if due is not None and told >= late(due) else 0
    return missed


def _contacts(agreed: Agreed) -> list[Told]:
    return [*agreed.before, (agreed.told, agreed.due)]


def _in_time(contact: Told) -> tuple[datetime, datetime]:
    told, due = contact
    return told, due or rings.EPOCH
