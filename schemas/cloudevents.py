"""The envelope of every event: the attributes of CloudEvents 1.0. How it travels on Kafka is in `binding`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import Instant, Part


class Envelope(Part):
    """The attributes that every event carries; its own `type` and `data` come with the subclass."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=256)]
    source: Annotated[str, Field(min_length=1, max_length=512)]
    time: Instant


class CloudEvent(Envelope):
    """An event about one subject, as a rule a customer."""

    subject: Annotated[str, Field(min_length=1, max_length=256)]
