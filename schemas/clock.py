"""The event that moves a lane's clock when no customer does anything."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import Envelope
from schemas.fields import Instant, Part


class Passage(Part):
    """Event time has passed up to and including `until`."""

    until: Instant


class TimePassed(Envelope):
    """Event time has passed, on one partition: the one event that is about no customer."""

    type: Literal["time.passed"]
    data: Passage
    subject: Annotated[str | None, Field(max_length=256)] = None
