"""Losses: what makes a customer lost, since when, of what kind and why.

Belongs here: the ways to be lost (declared, cancelled or not renewed, silent) and what undoes them, told by facts
alone. What a customer is otherwise, is for stages.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from monitor.domain import rings
from monitor.domain.absences import put_off
from monitor.domain.objects import Case, cases_of, is_finished, kind_of
from monitor.domain.profile import profile_of
from monitor.domain.state import State
from schemas.fields import REASONS, ChurnKind

ENDING = ("contract.cancelled", "contract.ended")
LEAVING = frozenset(
    {*ENDING, "subscription.cancelled", *(f"subscription.cancelled reason={reason}" for reason in REASONS)}
)
"""The flavours of events by which a customer leaves."""

TOUCHING = frozenset(
    (
        *("order.placed", "order.invoiced", "order.paid", "order.payment_failed"),
        *("contract.signed", "contract.renewed", *ENDING, "subscription.cancelled"),
    )
)
"""The types of events that can make a customer lost, win them back, or say why they are."""

INVOLUNTARY = ("moved", "payment")
"""Reasons for which customers leave without choosing to."""

NEVER = rings.EPOCH
"""Before all that is ever told."""


class Loss(msgspec.Struct, frozen=True):
    """That a customer is lost since a moment, which may be to come, if nothing happens before."""

    since: datetime
    kind: ChurnKind
    reason: str | None = None


def losses(state: State, quiet_for: timedelta) -> Iterator[Loss]:
    """All that makes the customer lost, or will if nothing happens: the surest first.

    A deal since (an order, a contract signed or renewed) undoes it. A contract that still runs outweighs silence and
    whatever else was cancelled. `quiet_for` is how long this customer may be silent.
    """
    contracts, about = _contracts(state), state.about
    deal = max((state.rhythm.last or NEVER, *map(_begun, contracts)))
    if about is not None and (left := about.left) is not None and left.at >= deal:
        loss = Loss(left.at, left.kind, left.reason)
        yield loss if left.kind != "unknown" else _explained(state, deal, loss)
    ends = [end for contract in contracts if (end := _end(contract)) is not None]
    if len(ends) < len(contracts):
        return
    if ends and max(ends) >= deal:
        yield _ended(state, deal, contracts, max(ends))
        return
    yield from _cancelled(state, deal)
    last = state.rhythm.last
    if last is not None:
        silent = put_off(state, last, last + quiet_for)
        yield _explained(state, deal, Loss(silent, "unknown"), unpaid=True)


def silence_alone(state: State) -> bool:
    """Whether nothing but an unplanned silence can make the customer lost: as of most, which is told at once."""
    about = state.about
    return (
        type(state) is State
        and (about is None or (about.left is None and not about.absences))
        and b"contract:" not in state.cases
        and LEAVING.isdisjoint(state.marks)
    )


def first_deal_after(state: State, moment: datetime) -> datetime | None:
    """When the customer first ordered, signed or renewed after a moment, as far as that is remembered."""
    deals = [*rings.times(state.rhythm.marks), *map(_begun, _contracts(state))]
    return min((deal for deal in deals if deal > moment), default=None)


def _contracts(state: State) -> Sequence[Case]:
    if b"contract:" not in state.cases:  # hardly anyone has one: a look among the bytes says so soonest
        return ()
    return [case for name, case in cases_of(state.cases).items() if kind_of(name) == "contract"]


def _begun(contract: Case) -> datetime:
    """When it was signed or last renewed."""
    return max(contract.opened or NEVER, contract.happened.get("contract.renewed", NEVER))


def _end(contract: Case) -> datetime | None:
    """When it was or will be over: cancelled, ended, or not renewed by its end; None for one without an end."""
    ends = [at for kind in ENDING if (at := contract.happened.get(kind, NEVER)) > NEVER]
    return min((at for at in ends if at >= _begun(contract)), default=contract.due)


def _ended(state: State, deal: datetime, contracts: Sequence[Case], end: datetime) -> Loss:
    """The end of the last contract."""
    cancelled = any(contract.happened.get("contract.cancelled") == end for contract in contracts)
    return _explained(state, deal, Loss(end, "voluntary"), unpaid=not cancelled)


def _cancelled(state: State, deal: datetime) -> Iterator[Loss]:
    """The first cancellation since the last deal."""
    if LEAVING.isdisjoint(state.marks):
        return
    flavours = LEAVING & state.marks.keys()
    told = ((at, flavour) for flavour in flavours for at in rings.times(state.marks[flavour]) if at >= deal)
    at, flavour = min(told, default=(NEVER, ""))
    if flavour:
        reason = flavour.partition(" reason=")[2] or None
        kind: ChurnKind = "involuntary" if reason in INVOLUNTARY else "voluntary"
        yield _explained(state, deal, Loss(at, kind, reason))


def _explained(state: State, deal: datetime, loss: Loss, *, unpaid: bool = False) -> Loss:
    """The loss of someone who was to be let go, or has moved; or who, if we ask for it, has not paid."""
    about = state.about
    if about is not None and profile_of(about.profile).policy == "let_go":
        return Loss(loss.since, "deliberate", loss.reason)
    if "customer.moved" in state.marks and _last(state, "customer.moved") >= deal:
        return Loss(loss.since, "involuntary", "moved")
    if unpaid and _has_not_paid(state, deal, loss.since):
        return Loss(loss.since, "involuntary", "payment")
    return loss


def _has_not_paid(state: State, deal: datetime, moment: datetime) -> bool:
    """Whether payments failed last, since the last deal, or an invoice was due by `moment` and is open still."""
    failed = _last(state, "order.payment_failed")
    if failed >= deal and failed > _last(state, "order.paid"):
        return True
    if b"invoice:" not in state.cases:
        return False
    return any(
        kind_of(name) == "invoice"
        and not is_finished(name, case)
        and (case.due or case.opened or moment) <= moment
        for name, case in cases_of(state.cases).items()
    )


def _last(state: State, flavour: str) -> datetime:
    ring = state.marks.get(flavour)
    return rings.last(ring) if ring else NEVER
