"""Events about support tickets, and about the actions and incidents around them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import Id, Instant, Label, Part, Score

TicketKind = Literal["complaint", "question", "suggestion", "incident"]
TicketSeverity = Literal["low", "medium", "high", "critical"]
TicketPriority = Literal["low", "normal", "high", "urgent"]


class Ticket(Part):
    """Which ticket is meant."""

    ticket_id: Id


class OpenedTicket(Ticket):
    """A ticket as opened."""

    kind: TicketKind | None = None
    category: Label | None = None
    priority: TicketPriority | None = None
    severity: TicketSeverity | None = None
    reason: Label | None = None
    sku: Id | None = None


class TicketOpened(CloudEvent):
    """The customer opened a ticket."""

    type: Literal["ticket.opened"]
    data: OpenedTicket


class RepliedTicket(Ticket):
    """An answer to the customer."""

    agent: Label | None = None


class TicketReplied(CloudEvent):
    """We answered the customer."""

    type: Literal["ticket.replied"]
    data: RepliedTicket


class ReassignedTicket(Ticket):
    """A ticket handed from one desk to another."""

    from_desk: Annotated[Label | None, Field(alias="from")] = None
    to_desk: Annotated[Label | None, Field(alias="to")] = None


class TicketReassigned(CloudEvent):
    """A ticket went from one desk to another."""

    type: Literal["ticket.reassigned"]
    data: ReassignedTicket


class PromisedTicket(Ticket):
    """What was promised about a ticket falls due at `due`."""

    due: Instant


class TicketPromised(CloudEvent):
    """We promised the customer something about a ticket."""

    type: Literal["ticket.promised"]
    data: PromisedTicket


class TicketReopened(CloudEvent):
    """A ticket that was thought to be done is open again."""

    type: Literal["ticket.reopened"]
    data: Ticket


class EndedTicket(Ticket):
    """How a ticket ended."""

    resolution: Label | None = None


class TicketResolved(CloudEvent):
    """A ticket was solved."""

    type: Literal["ticket.resolved"]
    data: EndedTicket


class TicketClosed(CloudEvent):
    """A ticket was closed."""

    type: Literal["ticket.closed"]
    data: EndedTicket


class RatedTicket(Ticket):
    """What the customer thought of the way a ticket was handled."""

    score: Score


class TicketRated(CloudEvent):
    """The customer rated the way a ticket was handled."""

    type: Literal["ticket.rated"]
    data: RatedTicket


class CustomerTold(CloudEvent):
    """The customer was told what became of a ticket."""

    type: Literal["customer.told"]
    data: Ticket


class PlannedAction(Part):
    """Something that we owe the customer by `due`."""

    due: Instant
    action_id: Id | None = None
    ticket_id: Id | None = None


class ActionPlanned(CloudEvent):
    """We planned to do something for the customer."""

    type: Literal["action.planned"]
    data: PlannedAction


class ActionReference(Part):
    """Which action is meant; without an id, the customer's oldest."""

    action_id: Id | None = None
    ticket_id: Id | None = None


class ActionDone(CloudEvent):
    """We did what we had planned."""

    type: Literal["action.done"]
    data: ActionReference = ActionReference()


class Incident(Part):
    """The incident that the customer was exposed to."""

    incident_id: Id


class IncidentExposed(CloudEvent):
    """The customer was hit by an incident."""

    type: Literal["incident.exposed"]
    data: Incident


TicketEvent = (
    TicketOpened
    | TicketReplied
    | TicketReassigned
    | TicketPromised
    | TicketReopened
    | TicketResolved
    | TicketClosed
    | TicketRated
    | CustomerTold
    | ActionPlanned
    | ActionDone
    | IncidentExposed
)
