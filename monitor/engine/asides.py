"""What is told beside facts, and what it changes of a customer: profiles and commands.

Belongs here: which function of the domain each of them is for, and what becomes of a command that can't be obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.domain.commands import Obeyed, Rejected, obey
from monitor.domain.observe import fingerprint
from monitor.domain.outages import LONGEST_HOLD, Outages, back, silent
from monitor.domain.profile import with_profile, without_profile
from monitor.domain.rules import Rule
from monitor.domain.state import Standing, State
from monitor.engine.admission import Gone
from monitor.engine.fetched import DAWN
from monitor.engine.step import RejectedCommand
from schemas.commands import Command, CustomerCommand, MarketEvent, OwnerEvent, SourceBack, SourceEvent
from schemas.customers import Profile
from schemas.rejections import Rejection

SOURCES = ("orders", "tickets", "contacts")
"""The inputs of which a silence can say something."""

Aside = Profile | Gone | Command

NOT_YET = OwnerEvent | MarketEvent
"""Commands about more than one customer."""


def heeded(
    customer: str,
    state: State,
    standing: tuple[Standing, ...],
    rules: Mapping[str, Rule],
    told: Profile | Gone | CustomerCommand,
    now: datetime,
) -> Obeyed | RejectedCommand:
    """The customer after what was told; the very same state where it changes nothing."""
    if isinstance(told, Gone):
        return Obeyed(without_profile(state), standing, [])
    if isinstance(told, Profile):
        return Obeyed(with_profile(state, told), standing, [])
    if fingerprint(told) in state.seen:
        return Obeyed(state, standing, [])
    outcome = obey(customer, state, standing, rules, told, now)
    return _rejected(told, *outcome) if isinstance(outcome, Rejected) else outcome


def of_source(told: SourceEvent, outages: Outages, now: datetime) -> Outages | RejectedCommand:
    """The outages after a verdict on a source, heard at the lane's clock; the very same where it changes nothing."""
    since = told.data.since or now
    if now == DAWN:
        return _rejected(
            told, Rejection.not_yet, "no event has been read here yet, so there is no time to say it at"
        )
    if told.subject not in SOURCES:
        return _rejected(told, Rejection.unknown_source, f"sources are {', '.join(SOURCES)}")
    if isinstance(told, SourceBack):
        return back(outages, told.subject, since)
    until = told.data.until or since + LONGEST_HOLD
    if until <= since:
        return _rejected(told, Rejection.end_in_the_past, "the hold would end before it begins")
    return silent(outages, told.subject, since, until)


def not_yet(command: OwnerEvent | MarketEvent) -> RejectedCommand:
    """The refusal of a command that nothing acts on yet."""
    return _rejected(command, Rejection.not_yet, "nothing acts on owners or the market yet")


def _rejected(command: Command, reason: Rejection, detail: str) -> RejectedCommand:
    return RejectedCommand(command.subject, command.id, command.source, command.type, reason, detail)
