"""The profile of a customer: who they are and how they are classified. Not what they did."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import Id, Label, Part, Text


class ContactPerson(Part):
    """Somebody to speak to at an organisation."""

    name: Label
    role: Label | None = None
    email: Label | None = None
    phone: Label | None = None


class CustomerProfile(Part):
    """What is known of a customer's identity; each profile replaces the one before."""

    name: Label | None = None
    company: Label | None = None
    contact_persons: Annotated[tuple[ContactPerson, ...], Field(max_length=50)] = ()
    kind: Literal["person", "organisation"] = "person"
    account: Id | None = None
    province: Label | None = None
    city: Label | None = None
    region: Label | None = None
    type: Label | None = None
    industry: Label | None = None
    level: Label | None = None
    source: Label | None = None
    stage: Label | None = None
    owner: Label | None = None
    time_zone: Label | None = None
    language: Label | None = None
    birthday: date | None = None
    preferences: dict[Label, Text] = Field(default_factory=dict, max_length=50)
    preferred_channel: Label | None = None
    segments: Annotated[tuple[Label, ...], Field(max_length=50)] = ()
    consent: dict[Label, bool] = Field(default_factory=dict, max_length=50)
    policy: Literal["let_go"] | None = None

    @property
    def home_region(self) -> str | None:
        """The region that the customer belongs to: the province unless one is given."""
        return self.region or self.province


class ProfileUpdated(CloudEvent):
    """A customer's profile as it is now, whole."""

    type: Literal["profile.updated"]
    data: CustomerProfile = CustomerProfile()


Profile = ProfileUpdated
