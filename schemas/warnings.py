"""The warning as others read it on `churn.warnings`: one CloudEvent for each transition of its life."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.commands import Outcome, WarningId
from schemas.fields import Action, Amount, ChurnKind, Instant, Part

SOURCE: Literal["/churn-monitor"] = "/churn-monitor"

Severity = Literal["watch", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Transition = Literal[
    "warning.pending",
    "warning.firing",
    "warning.raised",
    "warning.corrected",
    "warning.resolved",
    "warning.acknowledged",
    "warning.unacknowledged",
    "warning.snoozed",
    "warning.labelled",
]
Origin = Literal["customer", "tier", "segment", "default"]
Cause = Literal[
    "ordered again",
    "contacted",
    "ticket solved",
    "ticket answered",
    "no longer tracked",
    "paid",
    "settled",
    "recovered",
    "lapsed",
    "data corrected",
    "rule changed",
    "lost",
    "erased",
]


class Evidence(Part):
    """What a warning rests on: what was seen, how it was measured, against which threshold, and how sure."""

    saw: str
    measure: str | int | float
    threshold: str
    origin: Origin
    basis: str


class Acknowledged(Part):
    """Who takes care of a warning, said at `at`: for good, or until `until`, whose coming is told by nobody."""

    at: Instant
    by: str | None = None
    note: str | None = None
    until: Instant | None = None


class Snoozed(Part):
    """That a warning can wait, said at `at`, until `until`, whose coming is told by nobody."""

    at: Instant
    until: Instant
    reason: str
    by: str | None = None


class ValueAtRisk(Part):
    """What the customer would bring over so many days at their own pace, in the events' own currency."""

    amount: Amount
    basis: Literal["margin", "sales"]
    horizon_days: int | float


class NextStep(Part):
    """What to do next, and the text that says so."""

    step: Action
    text: str


class Warned(Part):
    """A warning as it stands after the transition; once it is resolved it has no evidence, and nothing is advised.

    `cause` stands with `warning.resolved`, `outcome` with `warning.labelled`. What people said of a warning stands with
    each transition until its end; where they said nothing, it is left out. So are the `channel` that the customer
    prefers, and whether the profile is a stale one, where no profile says so.
    """

    warning: WarningId
    sequence: Annotated[int, Field(ge=1)]
    customer: str
    rule: str
    about: str | None = None
    severity: Severity
    since: Instant
    cause: Cause | None = None
    title: str
    evidence: Evidence | None = None
    resolves_when: str
    kind: ChurnKind = "unknown"
    reason: str | None = None
    value_at_risk: ValueAtRisk | None = None
    next_step: NextStep | None = None
    channel: str | None = None
    stale_profile: bool | None = None
    acknowledged: Acknowledged | None = None
    snoozed: Snoozed | None = None
    outcome: Outcome | None = None


class WarningEvent(CloudEvent):
    """A warning began, rose, was corrected or ended, or people said something of it.

    `time` is the lane's clock at that moment.
    """

    source: Literal["/churn-monitor"] = SOURCE
    type: Transition
    data: Warned
