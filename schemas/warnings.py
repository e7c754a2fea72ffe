"""The warning as others read it on `churn.warnings`: one CloudEvent for each transition of its life."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.commands import WarningId
from schemas.fields import ChurnKind, Instant, Part

SOURCE: Literal["/churn-monitor"] = "/churn-monitor"

Severity = Literal["watch", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Transition = Literal[
    "warning.pending", "warning.firing", "warning.raised", "warning.corrected", "warning.resolved"
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


class Warned(Part):
    """A warning as it stands after the transition; once it is resolved it has a `cause` and no `evidence`."""

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


class WarningEvent(CloudEvent):
    """A warning began, rose, was corrected or ended; `time` is the lane's clock at that moment."""

    source: Literal["/churn-monitor"] = SOURCE
    type: Transition
    data: Warned
