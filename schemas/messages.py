"""What is on which topic: the contract of each topic's values, for documents and tests."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from schemas.agreements import AgreementEvent
from schemas.clock import TimePassed
from schemas.commands import Command
from schemas.contacts import ContactEvent
from schemas.customer_changes import CustomerChange
from schemas.customers import Profile
from schemas.editions import RulesApplied
from schemas.orders import OrderEvent
from schemas.rejections import CommandRejected
from schemas.steps import StepRecord
from schemas.tickets import TicketEvent
from schemas.warnings import WarningEvent

BY_TYPE = Field(discriminator="type")

# Dead letters are bytes as they came, and rows are internal: they have no contract.
PAYLOADS: dict[str, Any] = {
    "orders": Annotated[OrderEvent | AgreementEvent, BY_TYPE],
    "tickets": Annotated[TicketEvent, BY_TYPE],
    "contacts": Annotated[ContactEvent, BY_TYPE],
    "customers": Profile,
    "commands": Annotated[Command, BY_TYPE],
    "rules": RulesApplied,
    "clock": TimePassed,
    "churn.warnings": WarningEvent,
    "churn.warnings.standing": WarningEvent,
    "churn.shadow": WarningEvent,
    "churn.customers": Annotated[CustomerChange, BY_TYPE],
    "churn.rejections": CommandRejected,
    "churn.steps": StepRecord,
}
