"""What was refused of what people told: a command that could not be obeyed, and why.

Commands that break their contract are dead letters like any other record (schemas.dead_letters).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from schemas.cloudevents import CloudEvent
from schemas.fields import Part

SOURCE: Literal["/churn-monitor"] = "/churn-monitor"


class Rejection(StrEnum):
    """Why a command was refused; bounded, for it is counted."""

    unknown_customer = "unknown_customer"
    unknown_warning = "unknown_warning"
    already_closed = "already_closed"
    not_acknowledged = "not_acknowledged"
    end_in_the_past = "end_in_the_past"
    row_too_large = "row_too_large"
    unknown_source = "unknown_source"
    not_yet = "not_yet"


class RejectedCommand(Part):
    """Which command was refused: `source` and `id` are its own."""

    id: str
    source: str
    type: str


class Refusal(Part):
    """A command, and why it was refused."""

    command: RejectedCommand
    reason: Rejection
    detail: str


class CommandRejected(CloudEvent):
    """A command was refused; the subject is its own, `time` the lane's clock."""

    source: Literal["/churn-monitor"] = SOURCE
    type: Literal["command.rejected"]
    data: Refusal
