"""The kinds of values that events are made of: instants, amounts, names.

Each has a bound; none has a meaning of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 1970, 2199  # durations are added to instants: far from the ends of `datetime`


class Part(BaseModel):
    """A frozen, strict record of which unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


def instant(given: object) -> datetime:
    """Read an RFC 3339 text (or take a `datetime`) as a moment in `datetime.UTC` itself.

    Half the cost of pydantic's own reading and then `astimezone`, and comparisons with `UTC` stay cheap.
    Raises `PydanticCustomError` of type `bad_time` or `naive_time`.
    """
    moment = _parsed(given) if isinstance(given, str) else given
    if not isinstance(moment, datetime):
        raise PydanticCustomError("bad_time", "a time must be a text such as 2026-06-01T12:00:00Z")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PydanticCustomError("bad_time", "a time must lie in the years 1970 to 2199")
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise PydanticCustomError("naive_time", "a time must have a zone, such as Z or +02:00")
    return moment.astimezone(UTC)


def _parsed(text: str) -> datetime:
    try:
        return msgspec.convert(text, datetime)  # as schemas/lean.py reads them; fractions are rounded alike
    except msgspec.ValidationError:
        return _parsed_otherwise(text)


def _parsed_otherwise(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:-1] + "Z" if text[-1:] == "z" else text)
    except ValueError:
        raise PydanticCustomError("bad_time", "not a time such as 2026-06-01T12:00:00Z") from None


def told_instant(moment: datetime) -> str:
    """The moment as RFC 3339 text, as short as it can be."""
    return moment.isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainValidator(instant),
    PlainSerializer(told_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

Amount = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=100)]
Wait = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=3660))]

Id = Annotated[str, Field(min_length=1, max_length=128)]
Label = Annotated[str, Field(min_length=1, max_length=128)]
Text = Annotated[str, Field(max_length=2000)]
Currency = Annotated[str, Field(min_length=3, max_length=3)]

REASONS = (
    "service",
    "quality",
    "competitor",
    "price",
    "communication",
    "trust",
    "owner_left",
    "product",
    "market",
    "payment",
    "moved",
)
"""Why customers leave, as far as rules choose by it; a source may tell others, which are kept for people to read."""

Level = Literal["low", "normal", "high"]
ChurnKind = Literal["voluntary", "involuntary", "deliberate", "unknown"]

Stage = Literal["potential", "new", "active", "watch", "at_risk", "lost", "won_back"]
"""Where a customer stands in their own life."""

Tier = Literal["important", "ordinary", "potential"]
"""How much a customer matters."""

Action = Literal["call", "apology", "fix_first", "offer", "billing", "none"]
"""What to do next about a customer who may leave."""
