"""From raw records to facts: what may enter a lane, and why the rest may not.

Belongs here: everything that can be judged by one record alone. Whether a customer belongs to the lane, and whether
an event came before, takes the rows and is for the lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.engine.fetched import Record
from schemas.binding import envelope_from_headers, is_binary
from schemas.clock import TimePassed
from schemas.cloudevents import CloudEvent
from schemas.commands import Command, CustomerCommand
from schemas.customers import Profile
from schemas.dead_letters import Reason, is_unknown_type, reason_of
from schemas.errors import ContractError
from schemas.events import COMMANDS, FACTS, PROFILES, TIMES, Fact
from schemas.lean import lean_fact

Ignored = Literal["unknown_type", "tombstone"]
T = TypeVar("T")


class Refused(NamedTuple):
    """Why a record is a dead letter."""

    reason: Reason
    detail: str


class Gone(NamedTuple):
    """That a customer's profile is no more: a tombstone under the customer's key."""

    subject: str


class Limits(NamedTuple):
    """What admission holds records against. `keyed`: the record's key must be the customer's id."""

    keyed: bool = True
    largest: int = 262_144
    future_skew: timedelta = timedelta(hours=1)


NUL = Refused(Reason.bad_field, "subject: a customer's id must not begin with NUL")


class Admission:
    """Judges records one by one; never raises for what a record holds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._skew = limits.future_skew.total_seconds()

    def fact(self, record: Record) -> Fact | Refused | Ignored:
        """The fact that a record tells, or why it tells none."""
        value = record.value
        if value is None:
            return "tombstone"
        if record.headers or len(value) > self._limits.largest or (event := lean_fact(value)) is None:
            return self._odd(record, value)
        return self._misplaced(record, event) or event

    def profile(self, record: Record) -> Profile | Gone | Refused | Ignored:
        """The same for a record of the topic of profiles, where a tombstone says that a profile is gone."""
        if record.value is None:
            return _gone(record.key)
        return self._aside(PROFILES, record, record.value)

    def command(self, record: Record) -> Command | Refused | Ignored:
        """The same for a record of the topic of commands; what is not about one customer may have any key."""
        if record.value is None:
            return "tombstone"
        return self._aside(COMMANDS, record, record.value)

    def time_passed(self, record: Record) -> TimePassed | Refused | Ignored:
        """The same for a record of the clock topic."""
        if record.value is None:
            return "tombstone"
        event = _decoded(TIMES, record.headers, record.value)
        if isinstance(event, TimePassed) and self._too_far(record, event.data.until.timestamp()):
            return self._future(event.data.until.isoformat())
        return event

    def _aside(self, adapter: TypeAdapter[T], record: Record, value: bytes) -> T | Refused | Ignored:
        if len(value) > self._limits.largest:
            return self._too_large(value)
        told = _decoded(adapter, record.headers, value)
        if isinstance(told, Profile | CustomerCommand):
            return self._misplaced(record, told) or told
        return told

    def _odd(self, record: Record, value: bytes) -> Fact | Refused | Ignored:
        if len(value) > self._limits.largest:
            return self._too_large(value)
        event = _decoded(FACTS, record.headers, value)
        return event if isinstance(event, Refused | str) else self._misplaced(record, event) or event

    def _misplaced(self, record: Record, event: CloudEvent) -> Refused | None:
        if self._limits.keyed and record.key != event.subject.encode():
            return _wrong_key(record.key, event.subject)
        if event.subject[0] == "\0":  # lanes keep their own rows under such keys
            return NUL
        if self._too_far(record, event.time.timestamp()):
            return self._future(event.time.isoformat())
        return None

    def _too_large(self, value: bytes) -> Refused:
        return Refused(Reason.too_large, f"{len(value)} bytes, at most {self._limits.largest} are read")

    def _too_far(self, record: Record, at: float) -> bool:
        return at > record.timestamp / 1000 + self._skew

    def _future(self, told: str) -> Refused:
        skew = self._limits.future_skew
        return Refused(
            Reason.future_time, f"time {told} lies more than {skew} ahead of the record's own timestamp"
        )


def _decoded(
    adapter: TypeAdapter[T], headers: Sequence[tuple[str, bytes]], value: bytes
) -> T | Refused | Ignored:
    try:
        if not is_binary(headers):
            return adapter.validate_json(value)
        return adapter.validate_json(envelope_from_headers(headers, value))
    except ContractError as error:
        return Refused(error.reason, error.detail)
    except ValidationError as error:
        return "unknown_type" if is_unknown_type(error) else Refused(*reason_of(error))


def _gone(key: bytes | None) -> Gone | Refused:
    try:
        customer = (key or b"").decode()
    except UnicodeDecodeError:
        customer = ""
    if not customer:
        return Refused(
            Reason.wrong_key, f"a tombstone under key {(key or b'')[:64]!r}, which is no customer's id"
        )
    return NUL if customer[0] == "\0" else Gone(customer)


def _wrong_key(key: bytes | None, subject: str) -> Refused:
    told = "no key" if key is None else f"key {key[:64]!r}"
    remedy = "produce every record with its customer's id as the key"
    return Refused(Reason.wrong_key, f"{told} on a record about subject {subject[:64]!r}: {remedy}")
