"""Who a customer is, as the row keeps it: the newest profile, packed, for few events look at it."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Literal

import msgspec

from monitor.domain.state import State, with_about
from schemas.customers import ProfileUpdated


class ContactPerson(msgspec.Struct, frozen=True):
    """Somebody to speak to at an organisation."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None


class Profile(msgspec.Struct, frozen=True):
    """The attributes of `schemas.customers.CustomerProfile`, as they were told at `updated` (None: never)."""

    updated: datetime | None = None
    name: str | None = None
    company: str | None = None
    contact_persons: tuple[ContactPerson, ...] = ()
    kind: Literal["person", "organisation"] = "person"
    account: str | None = None
    province: str | None = None
    city: str | None = None
    region: str | None = None
    type: str | None = None
    industry: str | None = None
    level: str | None = None
    source: str | None = None
    stage: str | None = None
    owner: str | None = None
    time_zone: str | None = None
    language: str | None = None
    birthday: date | None = None
    preferences: dict[str, str] = {}
    preferred_channel: str | None = None
    segments: tuple[str, ...] = ()
    consent: dict[str, bool] = {}
    policy: Literal["let_go"] | None = None

    @property
    def home_region(self) -> str | None:
        """The region that the customer belongs to: the province unless one is given."""
        return self.region or self.province


NO_PROFILE = Profile()


def with_profile(state: State, event: ProfileUpdated) -> State:
    """The state with this profile in place of the one before, whole; what it leaves out is not known any more."""
    told = {"updated": event.time, **event.data.model_dump(exclude_defaults=True)}
    return with_about(state, profile=_encode(told))


def without_profile(state: State) -> State:
    """The state of a customer whose profile is gone; what else people told of them stays."""
    return with_about(state, profile=b"") if state.about is not None else state


@lru_cache(maxsize=4096)
def profile_of(raw: bytes) -> Profile:
    """The profile of a state's `about.profile`, for many rules to look at; an empty one where there is none."""
    return _decode(raw) if raw else NO_PROFILE


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Profile).decode
