"""The events that a lane tells, as bytes: of a warning's transition, a refused command, a customer's stage or tier.

The contracts are schemas.warnings, schemas.rejections and schemas.customer_changes; tests hold them together.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from monitor.domain.advice import Advice, Suggested, ValueAtRisk
from monitor.domain.changes import CustomerChange, StageChange, TierChange
from monitor.domain.life import Transition
from monitor.domain.rules.base import Evidence
from monitor.domain.state import Acknowledged, Snoozed
from monitor.engine.step import RejectedCommand
from schemas.fields import ChurnKind, Stage, Tier
from schemas.rejections import Rejection
from schemas.warnings import SEVERITIES, SOURCE

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No event's time lies before it; the clock of a lane that has read no fact yet does."""

FROM_TO = {"before": "from", "after": "to"}


class _Evidence(msgspec.Struct, frozen=True):
    saw: str
    measure: str
    threshold: str
    origin: str
    basis: str


class _Acknowledged(msgspec.Struct, frozen=True):
    at: datetime
    by: str | None
    note: str | None
    until: datetime | None


class _Snoozed(msgspec.Struct, frozen=True):
    at: datetime
    until: datetime
    reason: str
    by: str | None


class _Warned(msgspec.Struct, frozen=True):
    warning: str
    sequence: int
    customer: str
    rule: str
    about: str | None
    severity: str
    since: datetime
    cause: str | None
    title: str
    evidence: _Evidence | None
    resolves_when: str
    kind: str
    reason: str | None
    value_at_risk: ValueAtRisk | None
    next_step: Suggested | None
    channel: str | UnsetType
    stale_profile: bool | UnsetType
    acknowledged: _Acknowledged | UnsetType
    snoozed: _Snoozed | UnsetType
    outcome: str | UnsetType


class _RejectedCommand(msgspec.Struct, frozen=True):
    id: str
    source: str
    type: str


class _Refusal(msgspec.Struct, frozen=True):
    command: _RejectedCommand
    reason: Rejection
    detail: str


class _StageChange(msgspec.Struct, frozen=True, rename=FROM_TO):
    before: Stage | None
    after: Stage
    since: datetime
    kind: ChurnKind | None
    reason: str | None


class _TierChange(msgspec.Struct, frozen=True, rename=FROM_TO):
    before: Tier | None
    after: Tier
    sales: float
    border: float | None


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    subject: str
    time: datetime
    data: _Warned | _Refusal | _StageChange | _TierChange
    specversion: str = "1.0"
    source: str = SOURCE
    datacontenttype: str = "application/json"


NO_ADVICE = Advice()
_encode = msgspec.json.Encoder().encode


def warning_json(transition: Transition) -> bytes:
    """The warning event (schemas.warnings.WarningEvent) of a transition."""
    warning = transition.warning
    evidence, advice = transition.evidence, transition.advice or NO_ADVICE
    warned = _Warned(
        warning=warning.id,
        sequence=warning.sequence,
        customer=transition.customer,
        rule=warning.rule,
        about=warning.about,
        severity=SEVERITIES[warning.severity],
        since=warning.since,
        cause=transition.cause,
        title=evidence.title if evidence else _title(transition),
        evidence=_evidence(evidence) if evidence else None,
        resolves_when=transition.resolves_when,
        kind=transition.kind_of_churn,
        reason=transition.reason,
        value_at_risk=advice.value_at_risk,
        next_step=advice.next_step,
        channel=advice.channel or UNSET,
        stale_profile=UNSET if advice.stale_profile is None else advice.stale_profile,
        acknowledged=_acknowledged(warning.acknowledged) if warning.acknowledged else UNSET,
        snoozed=_snoozed(warning.snoozed) if warning.snoozed else UNSET,
        outcome=transition.outcome or UNSET,
    )
    name = f"{warning.id}-{warning.sequence}"
    return _encode(_Event(name, f"warning.{transition.told}", transition.customer, transition.at, warned))


def rejection_json(rejected: RejectedCommand, name: str, at: datetime) -> bytes:
    """The rejection event (schemas.rejections.CommandRejected) of a command; `at` is the lane's clock."""
    command = _RejectedCommand(rejected.command_id, rejected.source, rejected.type)
    refusal = _Refusal(command, rejected.reason, rejected.detail)
    return _encode(_Event(name, "command.rejected", rejected.customer, max(at, EARLIEST), refusal))


def change_json(change: CustomerChange) -> bytes:
    """The event (schemas.customer_changes) of a change of stage or tier."""
    at = max(change.at, EARLIEST)
    match change:
        case StageChange(before=before, after=life):
            was, since = before.stage if before else None, max(life.since, EARLIEST)
            told = _StageChange(was, life.stage, since, life.kind, life.reason)
            return _encode(_Event(change.id, "customer.stage_changed", change.customer, at, told))
        case TierChange():
            tier = _TierChange(change.before, change.after, change.sales, change.border)
            return _encode(_Event(change.id, "customer.tier_changed", change.customer, at, tier))


def _title(transition: Transition) -> str:
    """What is told of a warning that rests on nothing any more."""
    rule = transition.warning.rule
    if transition.told == "resolved":
        return f"{rule} is over: {transition.cause}"
    told = transition.told if transition.outcome is None else f"labelled {transition.outcome}"
    return f"{rule} was {told}"


def _evidence(evidence: Evidence) -> _Evidence:
    return _Evidence(evidence.saw, evidence.measure, evidence.threshold, evidence.origin, evidence.basis)


def _acknowledged(said: Acknowledged) -> _Acknowledged:
    return _Acknowledged(said.at, said.by, said.note, said.until)


def _snoozed(said: Snoozed) -> _Snoozed:
    return _Snoozed(said.at, said.until, said.reason, said.by)
