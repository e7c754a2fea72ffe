"""What is told beside facts, and what it changes of a customer: profiles and commands.

Belongs here: which function of the domain each of them is for, and what becomes of a command that can't be obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.domain.commands import Obeyed, Rejected, obey
from monitor.domain.observe import fingerprint
from monitor.domain.profile import with_profile, without_profile
from monitor.domain.rules import Rule
from monitor.domain.state import Standing, State
from monitor.engine.admission import Gone
from monitor.engine.step import RejectedCommand
from schemas.commands import Command, CustomerCommand, MarketEvent, OwnerEvent, SourceEvent
from schemas.customers import Profile
from schemas.rejections import Rejection

Aside = Profile | Gone | Command

NOT_YET = OwnerEvent | MarketEvent | SourceEvent
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


def not_yet(command: OwnerEvent | MarketEvent | SourceEvent) -> RejectedCommand:
    """The refusal of a command that nothing acts on yet."""
    return _rejected(command, Rejection.not_yet, "nothing acts on owners, the market or sources yet")


def _rejected(command: Command, reason: Rejection, detail: str) -> RejectedCommand:
    return RejectedCommand(command.subject, command.id, command.source, command.type, reason, detail)
