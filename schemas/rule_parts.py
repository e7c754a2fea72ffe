"""The pieces that rules of several kinds are made of: steps, personal thresholds, choices of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.events import EVENT_TYPES
from schemas.fields import REASONS, Action, ChurnKind, Label
from schemas.spans import Span
from schemas.templates import Template
from schemas.warnings import SEVERITIES, Severity

LARGEST_MISSED = 4  # the state keeps so many contacts
LARGEST_COUNT = 16  # the state keeps so many marks

# What can be counted, and by which fields chosen: those with few, known values, for the state keeps them.
FILTERS: dict[str, tuple[str, ...]] = {
    "ticket.opened": ("kind", "severity", "priority", "reason"),
    "ticket.reopened": (),
    "ticket.reassigned": (),
    "ticket.resolved": (),
    "ticket.closed": (),
    "order.delivered": (),
    "order.cancelled": (),
    "order.returned": (),
    "order.refunded": (),
    "order.paid": (),
    "order.payment_failed": (),
    "quote.sent": (),
    "quote.won": (),
    "quote.lost": ("reason",),
    "contract.renewed": (),
    "contract.cancelled": (),
    "contract.ended": (),
    "subscription.cancelled": ("reason",),
    "subscription.downgraded": ("reason",),
    "contact.made": ("kind", "sentiment", "outcome", "direction", "intent", "reason"),
    "contact.missed": ("direction",),
    "survey.sent": (),
    "survey.answered": (),
    "incident.exposed": (),
    "campaign.responded": (),
    "points.redeemed": (),
    "training.attended": (),
    "referral.made": (),
    "reward.given": (),
    "winback.tried": ("kind",),
    "customer.moved": (),
}


def allowed_values(kind: str, field: str) -> tuple[str, ...]:
    """The values that an enumerated field of an event type can have, in the contract's order."""
    if field == "reason":
        return REASONS
    about: Any = EVENT_TYPES[kind].model.model_fields["data"].annotation
    choice, *others = get_args(about.model_fields[field].annotation)
    return (choice, *others) if isinstance(choice, str) else get_args(choice)  # of `Literal[...] | None`


def listed(given: object) -> object:
    """A list as it is; anything else as a list of one."""
    return given if isinstance(given, list | tuple) else [given]


def _choosable(name: str) -> str:
    if name != "order.placed" and name not in FILTERS:
        raise ValueError(f"{name!r} can't be chosen; allowed: order.placed, {', '.join(FILTERS)}")
    return name


class RulePart(BaseModel):
    """A frozen, strict piece of a rule file, in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class TimesStep(RulePart):
    """A higher severity at so many times the threshold."""

    severity: Severity
    times: float = Field(gt=1, le=100)


class CountStep(RulePart):
    """A higher severity from so many events on."""

    severity: Severity
    n: int = Field(ge=2, le=LARGEST_COUNT)


class LateStep(RulePart):
    """A higher severity from so long after the agreed moment on, or with so many missed in a row, this one too."""

    severity: Severity
    overdue: Span | None = None
    missed: int | None = Field(None, ge=2, le=LARGEST_MISSED)

    @model_validator(mode="after")
    def _one_measure(self) -> LateStep:
        if (self.overdue is None) == (self.missed is None):
            raise ValueError("give either overdue or missed")
        return self


class ShareStep(RulePart):
    """A higher severity at a deeper fall, to this share of what is usual."""

    severity: Severity
    to: float = Field(gt=0, lt=1)

    @property
    def depth(self) -> float:
        """Goes up as the share goes down."""
        return -self.to


TimesSteps = Annotated[tuple[TimesStep, ...], Field(strict=False)]
CountSteps = Annotated[tuple[CountStep, ...], Field(strict=False)]
LateSteps = Annotated[tuple[LateStep, ...], Field(strict=False)]
ShareSteps = Annotated[tuple[ShareStep, ...], Field(strict=False)]
AnyStep = TimesStep | CountStep | LateStep | ShareStep


class OrdersSoFar(RulePart):
    """For whom a rule is: customers with so many orders, both ends included."""

    min: int = Field(0, ge=0)
    max: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _min_below_max(self) -> OrdersSoFar:
        if self.max is not None and self.max < self.min:
            raise ValueError("max must not lie below min")
        return self


class NextStep(RulePart):
    """What to do about a warning, and the text that says so; without one, it is that of the step."""

    step: Action
    text: Template | None = None


WhileLost = Literal["ends", "stays"]
"""What becomes of a rule's warnings when the customer is lost: they end and none begins, or the rule goes on."""


class Common(RulePart):
    """What a rule of any kind has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)
    severity: Severity = "warning"
    mode: Literal["live", "shadow", "off"] = "live"
    kind_of_churn: ChurnKind = "unknown"
    reason: Label | None = None
    orders: OrdersSoFar | None = None
    held_for: Span | None = Field(None, alias="for")
    keep: Span | None = None
    next_step: NextStep | None = None
    while_lost: WhileLost = "ends"

    def check_steps(self, steps: Iterable[AnyStep], first: Any, measure: str) -> None:
        """Raise `ValueError` unless the severity and the measure both go up from step to step."""
        severity, reached = self.severity, first
        for step in steps:
            here = getattr(step, measure)
            if SEVERITIES.index(step.severity) <= SEVERITIES.index(severity):
                raise ValueError(f"steps must go up in severity: {step.severity} is not above {severity}")
            if here <= reached:
                raise ValueError(f"steps must go up in {measure}: {here} is not above {reached}")
            severity, reached = step.severity, here


class Prior(RulePart):
    """The population's gap, taken for `weight` gaps of the customer's own."""

    gap: Span
    weight: float = Field(ge=0, le=1000)


class Personal(RulePart):
    """A threshold from the customer's own rhythm: factor × mean gap, between floor and ceiling.

    With fewer than `min_gaps` gaps it is `fallback`. In a smoothed mean the newest gap weighs one fifth.
    """

    factor: float = Field(gt=0, le=100)
    floor: Span
    fallback: Span
    ceiling: Span | None = None
    min_gaps: int = Field(1, ge=1, le=100)
    mean: Literal["plain", "smoothed"] = "plain"
    prior: Prior | None = None

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> Personal:
        if self.ceiling is not None and self.ceiling < self.floor:
            raise ValueError("ceiling must not lie below floor")
        return self


Values = Annotated[tuple[str, ...], Field(strict=False, min_length=1), BeforeValidator(listed)]


class Chosen(RulePart):
    """Events of one type, each field in `where` having one of the values."""

    type: Annotated[str, AfterValidator(_choosable)]
    where: dict[str, Values] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _where_is_kept(self) -> Chosen:
        check_where(self.type, self.where)
        return self


def _choices(given: object) -> object:
    each = listed(given)
    return (
        [{"type": one} if isinstance(one, str) else one for one in each] if isinstance(each, list) else each
    )


Choices = Annotated[
    tuple[Chosen, ...], Field(strict=False, min_length=1, max_length=8), BeforeValidator(_choices)
]
"""Types of events, each with what it is chosen by; an event belongs if any of them fits."""


def check_where(kind: str, where: dict[str, tuple[str, ...]]) -> None:
    """Raise `ValueError` if `where` asks an event of this type for more than the state keeps of it."""
    fields = FILTERS.get(kind, ())
    for field, values in where.items():
        if field not in fields:
            raise ValueError(f"{kind} has no {field} to choose by; allowed: {', '.join(fields) or 'none'}")
        allowed = allowed_values(kind, field)
        for value in values:
            if value not in allowed:
                raise ValueError(f"{field} is never {value!r}; allowed: {', '.join(allowed)}")
