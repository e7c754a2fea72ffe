"""What people and other tasks tell a lane: about customers, warnings, owners, the market and sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import ChurnKind, Id, Instant, Label, Part, Text

Outcome = Literal["saved", "false_alarm", "lost"]
WarningId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Move(Part):
    """Where a customer moved to."""

    to: Label | None = None
    region: Label | None = None


class CustomerMoved(CloudEvent):
    """The customer moved away."""

    type: Literal["customer.moved"]
    data: Move = Move()


class DeclaredChurn(Part):
    """Somebody knows that the customer has left."""

    kind: ChurnKind = "unknown"
    reason: Label | None = None
    by: Label | None = None


class ChurnDeclared(CloudEvent):
    """Somebody declared the customer lost."""

    type: Literal["churn.declared"]
    data: DeclaredChurn = DeclaredChurn()


class Erasure(Part):
    """Who asked to forget a customer."""

    by: Label | None = None


class CustomerErased(CloudEvent):
    """The customer is to be forgotten."""

    type: Literal["customer.erased"]
    data: Erasure = Erasure()


class Absence(Part):
    """A silence that is expected until `until`."""

    until: Instant
    reason: Label | None = None


class AbsencePlanned(CloudEvent):
    """The customer will be away."""

    type: Literal["absence.planned"]
    data: Absence


class WarningReference(Part):
    """Which warning is meant, by its id, and who says so."""

    warning: WarningId
    by: Label | None = None
    note: Text | None = None


class Acknowledgement(WarningReference):
    """Somebody has taken the warning on, for good or until `until`."""

    until: Instant | None = None


class WarningAcknowledged(CloudEvent):
    """Somebody takes care of a warning."""

    type: Literal["warning.acknowledged"]
    data: Acknowledgement


class WarningUnacknowledged(CloudEvent):
    """Nobody takes care of a warning any more."""

    type: Literal["warning.unacknowledged"]
    data: WarningReference


class Snooze(WarningReference):
    """The warning is not to be told again before `until`."""

    until: Instant
    reason: Text


class WarningSnoozed(CloudEvent):
    """A warning is not to be told for a while."""

    type: Literal["warning.snoozed"]
    data: Snooze


class Labelling(WarningReference):
    """What became of the customer after the warning."""

    outcome: Outcome


class WarningLabelled(CloudEvent):
    """A warning's outcome is known."""

    type: Literal["warning.labelled"]
    data: Labelling


class OwnerLeft(CloudEvent):
    """An owner of customers left us; the subject is the owner."""

    type: Literal["owner.left"]
    data: Part = Part()


class Handover(Part):
    """Who looks after the owner's customers from now on."""

    to: Label


class OwnerReassigned(CloudEvent):
    """An owner's customers go to another; the subject is the former owner."""

    type: Literal["owner.reassigned"]
    data: Handover


class Scope(Part):
    """Which customers or goods are meant; all where nothing is said."""

    region: Label | None = None
    category: Label | None = None
    sku: Id | None = None
    segment: Label | None = None


class Announcement(Part):
    """A change of ours that customers may take amiss, from a moment on."""

    what: Literal["price", "strategy", "product"]
    starts: Annotated[Instant, Field(alias="from")]
    scope: Scope = Scope()


class AnnouncementMade(CloudEvent):
    """We announced a change."""

    type: Literal["announcement.made"]
    data: Announcement


class FixedCause(Part):
    """A reason for leaving that is no more."""

    reason: Label
    sku: Id | None = None
    region: Label | None = None


class CauseFixed(CloudEvent):
    """A cause for leaving was removed."""

    type: Literal["cause.fixed"]
    data: FixedCause


class SourceSilence(Part):
    """Since when a source has been silent, by default since the verdict is read, and until when at most that counts."""

    since: Instant | None = None
    until: Instant | None = None


class SourceReturn(Part):
    """Since when a source has been back; if not said, since the verdict is read."""

    since: Instant | None = None


class SourceSilent(CloudEvent):
    """A source fell silent; the subject is the input topic, without prefix. Told to every partition."""

    type: Literal["source.silent"]
    data: SourceSilence = SourceSilence()


class SourceBack(CloudEvent):
    """A source speaks again; the subject is the input topic, without prefix. Told to every partition."""

    type: Literal["source.back"]
    data: SourceReturn = SourceReturn()


CustomerCommand = (
    CustomerMoved
    | ChurnDeclared
    | CustomerErased
    | AbsencePlanned
    | WarningAcknowledged
    | WarningUnacknowledged
    | WarningSnoozed
    | WarningLabelled
)
OwnerEvent = OwnerLeft | OwnerReassigned
MarketEvent = AnnouncementMade | CauseFixed
SourceEvent = SourceSilent | SourceBack
Command = CustomerCommand | OwnerEvent | MarketEvent | SourceEvent
