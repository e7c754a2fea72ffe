"""Commands as events, out of what options say; and what came of one, out of what a lane told afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from monitor.adapters.kafka_logs import Answer, Record
from schemas.commands import CustomerCommand, SourceEvent
from schemas.dead_letters import DETAIL, OFFSET, REASON, TOPIC
from schemas.errors import ConfigError
from schemas.fields import told_instant
from schemas.rejections import CommandRejected
from schemas.warnings import WarningEvent

SOURCE = "/churn-monitor/command-line"
COMMANDS: TypeAdapter[CustomerCommand] = TypeAdapter(Annotated[CustomerCommand, Field(discriminator="type")])

Content = Mapping[str, str | datetime | None]
"""What a command says, by field; None is not said."""


class Refusal(NamedTuple):
    """Why a command was not obeyed."""

    reason: str
    detail: str


class Outcome(NamedTuple):
    """What came of a command: `refusal` is None where it was obeyed, `told` are the events about its customer."""

    refusal: Refusal | None
    told: list[WarningEvent]


def command_event(kind: str, customer: str, content: Content, *, name: str, now: datetime) -> CustomerCommand:
    """The command of this type as an event called `name`. Raises `ConfigError` for what its contract doesn't allow."""
    said = {key: _plain(value) for key, value in content.items() if value is not None}
    envelope = {"specversion": "1.0", "id": name, "source": SOURCE, "time": told_instant(now)}
    try:
        return COMMANDS.validate_python({**envelope, "type": kind, "subject": customer, "data": said})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = str(first["loc"][-1])
        key = "CUSTOMER" if where == "subject" else f"--{where}"
        raise ConfigError(first["msg"][:1].lower() + first["msg"][1:], key=key) from None


def outcome_of(command: CustomerCommand, answer: Answer, topic: str) -> Outcome:
    """What a lane that has applied a command made of it; `topic` is the name of the commands on the broker."""
    refusals = [*rejected(command, answer.told["churn.rejections"])]
    refusals += _buried(answer, topic)
    about = [*_about(command.subject, answer.told["churn.warnings"])]
    return Outcome(next(iter(refusals), None), [] if refusals else about)


def rejected(command: CustomerCommand | SourceEvent, records: Sequence[Record]) -> Iterator[Refusal]:
    """Why lanes refused a command, as far as these records tell."""
    for record in records:
        refused = CommandRejected.model_validate_json(record.value or b"").data
        if (refused.command.source, refused.command.id) == (command.source, command.id):
            yield Refusal(refused.reason, refused.detail)


def _buried(answer: Answer, topic: str) -> Iterator[Refusal]:
    """A command that breaks its contract, or the lane's bounds, is a dead letter like any record."""
    for record in answer.told["churn.dead-letters"]:
        said = {name: value.decode() for name, value in record.headers}
        if (said.get(TOPIC), said.get(OFFSET)) == (topic, str(answer.offset)):
            yield Refusal(said[REASON], said[DETAIL])


def _about(customer: str, records: Sequence[Record]) -> Iterator[WarningEvent]:
    for record in records:
        if record.key == customer.encode() and record.value is not None:
            yield WarningEvent.model_validate_json(record.value)


def _plain(value: str | datetime) -> Any:
    return told_instant(value) if isinstance(value, datetime) else value
