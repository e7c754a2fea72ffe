"""All events in one place: the unions to decode with, and the catalogue of types with their topics."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args

from pydantic import Field, TypeAdapter

from schemas.agreements import AgreementEvent
from schemas.clock import TimePassed
from schemas.cloudevents import Envelope
from schemas.commands import Command
from schemas.contacts import ContactEvent
from schemas.customers import Profile
from schemas.orders import OrderEvent
from schemas.tickets import TicketEvent

Fact = Annotated[OrderEvent | AgreementEvent | TicketEvent | ContactEvent, Field(discriminator="type")]
Event = Annotated[
    OrderEvent | AgreementEvent | TicketEvent | ContactEvent | Profile | Command | TimePassed,
    Field(discriminator="type"),
]

FACTS: TypeAdapter[Fact] = TypeAdapter(Fact)
PROFILES: TypeAdapter[Profile] = TypeAdapter(Profile)
COMMANDS: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
TIMES: TypeAdapter[TimePassed] = TypeAdapter(TimePassed)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


class EventType(NamedTuple):
    """One type of event: its name, the input topic (without prefix) it belongs on, and its model."""

    name: str
    input: str
    model: type[Envelope]


def _types(topic: str, union: Any) -> list[EventType]:
    models: tuple[type[Envelope], ...] = get_args(union) or (union,)
    return [EventType(get_args(model.model_fields["type"].annotation)[0], topic, model) for model in models]


EVENT_TYPES: dict[str, EventType] = {
    kind.name: kind
    for kind in [
        *_types("orders", OrderEvent),
        *_types("orders", AgreementEvent),
        *_types("tickets", TicketEvent),
        *_types("contacts", ContactEvent),
        *_types("customers", Profile),
        *_types("commands", Command),
        *_types("clock", TimePassed),
    ]
}
