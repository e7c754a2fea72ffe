"""The kinds of rules as data: which keys a rule of each kind has and what is allowed.

Judging by them is the domain's. The file they stand in is in `schemas.rules`.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from schemas.business_hours import BusinessHours
from schemas.rule_parts import (
    LARGEST_COUNT,
    Choices,
    Chosen,
    CountSteps,
    LateSteps,
    Personal,
    RulePart,
    ShareSteps,
    TimesSteps,
    Values,
    WhileLost,
    check_where,
    listed,
)
from schemas.rule_scopes import ScopedRule
from schemas.score_models import Judging
from schemas.spans import Span

HABIT = 3
"""From how many orders on a category is usual, where nothing else is said: two gaps between them."""

LARGEST_EFFORT = 6  # the state keeps so many finished objects

UNTIL: dict[str, tuple[str, ...]] = {
    "ticket.opened": ("ticket.replied", "ticket.resolved", "ticket.closed"),
    "ticket.resolved": ("customer.told",),
    "order.placed": ("order.delivered",),
    "order.invoiced": ("order.paid",),
    "quote.sent": ("quote.won", "quote.lost"),
}
"""What can be awaited of an object that was opened by such an event."""


def _of_no_orders(of: tuple[Chosen, ...]) -> tuple[Chosen, ...]:
    if any(choice.type == "order.placed" for choice in of):
        raise ValueError("order.placed can't be counted: silence, decline and sequence look at orders")
    return of


Countable = Annotated[Choices, AfterValidator(_of_no_orders)]

AgeingType = Literal["ticket.opened", "ticket.resolved", "order.placed", "order.invoiced", "quote.sent"]
DueType = Literal[
    "promise.made", "action.planned", "ticket.promised", "order.invoiced", "contract.signed", "contact.made"
]


class Silence(ScopedRule):
    """No such event for longer than `quiet_for`, or than the customer's own rhythm allows.

    With `each`, no such category for as long, while others are bought.
    """

    kind: Literal["silence"]
    of: Choices
    each: Literal["category"] | None = None
    usual_from: int | None = Field(None, ge=2, le=1000)
    quiet_for: Span | None = None
    personal: Personal | None = None
    open_order_holds: Span | None = None
    steps: TimesSteps = ()

    @model_validator(mode="after")
    def _one_threshold(self) -> Silence:
        of_orders = [choice.type for choice in self.of] == ["order.placed"]
        if (self.quiet_for is None) == (self.personal is None):
            raise ValueError("give either quiet_for or personal")
        if self.personal is not None and not of_orders:
            raise ValueError("personal needs `of: order.placed`, for a rhythm is kept of orders only")
        if self.open_order_holds is not None and not of_orders:
            raise ValueError("open_order_holds needs `of: order.placed`")
        self.check_steps(self.steps, 1, "times")
        return self

    @model_validator(mode="after")
    def _each_is_of_orders(self) -> Silence:
        if self.each is None:
            if self.usual_from is not None:
                raise ValueError("usual_from needs `each: category`")
            return self
        if [choice.type for choice in self.of] != ["order.placed"]:
            raise ValueError("each needs `of: order.placed`, for orders alone tell categories")
        if self.open_order_holds is not None:
            raise ValueError("open_order_holds is not for `each`: an order on its way may be of anything")
        if self.personal is not None and self.personal.mean == "smoothed":
            raise ValueError("personal: mean: only a plain mean is kept of each category")
        return self


class Count(ScopedRule):
    """At least `n` of these events within a window.

    The window ends now, or with `as_of: last_event` at the customer's last event: then time alone never
    ends it.
    """

    kind: Literal["count"]
    of: Countable
    n: int = Field(ge=1, le=LARGEST_COUNT)
    within: Span
    as_of: Literal["now", "last_event"] = "now"
    steps: CountSteps = ()

    @model_validator(mode="after")
    def _steps_go_up(self) -> Count:
        self.check_steps(self.steps, self.n, "n")
        return self


class Ageing(ScopedRule):
    """An open object that has waited for longer than `older_than` for one of the events in `until`."""

    kind: Literal["ageing"]
    of: AgeingType
    older_than: Span
    until: Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(listed)] = ()
    where: dict[str, Values] = Field(default_factory=dict)
    business_hours: BusinessHours | None = None
    steps: TimesSteps = ()

    @field_validator("until")
    @classmethod
    def _can_be_awaited(cls, until: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        allowed = UNTIL.get(info.data.get("of", ""), ())
        for kind in until if allowed else ():
            if kind not in allowed:
                raise ValueError(f"{kind!r} is not allowed; allowed: {', '.join(allowed)}")
        return until

    @property
    def awaited(self) -> tuple[str, ...]:
        """What ends the waiting: what is given, or all that can."""
        return self.until or UNTIL[self.of]

    @model_validator(mode="after")
    def _where_and_steps(self) -> Ageing:
        check_where("ticket.opened" if self.of.startswith("ticket.") else self.of, self.where)
        self.check_steps(self.steps, 1, "times")
        if self.business_hours is not None:
            self.business_hours.check(self.older_than * max((1.0, *(step.times for step in self.steps))))
        return self


class Due(ScopedRule):
    """A promised or planned moment that has passed by `overdue`, or that comes within `ahead`.

    With `cadence`, the next contact is due by the cadence of the customer's tier where none was agreed.
    """

    kind: Literal["due"]
    of: DueType
    overdue: Span | None = None
    ahead: Span | None = None
    cadence: bool = False
    business_hours: BusinessHours | None = None
    steps: LateSteps = ()

    @property
    def shift(self) -> timedelta:
        """From the moment that was agreed to the moment of the finding."""
        return (self.overdue or timedelta(0)) - (self.ahead or timedelta(0))

    @model_validator(mode="after")
    def _one_side(self) -> Due:
        if self.overdue is not None and self.ahead is not None:
            raise ValueError("give either overdue or ahead")
        if self.cadence and self.of != "contact.made":
            raise ValueError("cadence needs `of: contact.made`")
        late = [step for step in self.steps if step.overdue is not None]
        missed = [step for step in self.steps if step.missed is not None]
        if missed and self.of != "contact.made":
            raise ValueError("steps: missed needs `of: contact.made`, for only earlier contacts are kept")
        self.check_steps(late, self.overdue or timedelta(0), "overdue")
        self.check_steps(missed, 1, "missed")
        if self.business_hours is not None:
            longest = max((step.overdue for step in late if step.overdue), default=timedelta(0))
            self.business_hours.check(max(abs(self.shift), longest))
        return self


class Signal(ScopedRule):
    """One explicit event is enough. It stands for `lasts`, or until one of the events in `until`.

    It may tell of the loss itself, so it stays while the customer is lost, where nothing else is said.
    """

    kind: Literal["signal"]
    while_lost: WhileLost = "stays"
    of: Countable
    lasts: Span = timedelta(days=90)
    until: Choices | None = None


class Streak(ScopedRule):
    """`n` in a row: such events with none of those in `broken_by` between or after them; or low scores."""

    kind: Literal["streak"]
    n: int = Field(ge=2, le=LARGEST_COUNT)
    of: Countable | None = None
    broken_by: Choices | None = None
    scores_below: float | None = Field(None, gt=0, le=100)
    steps: CountSteps = ()

    @model_validator(mode="after")
    def _one_kind_of_streak(self) -> Streak:
        if (self.of is None) == (self.scores_below is None):
            raise ValueError("give either of or scores_below")
        by_ticket = self.of is not None and [choice.type for choice in self.of] == ["ticket.reassigned"]
        if self.of is not None and not by_ticket and self.broken_by is None:
            raise ValueError("give broken_by: what ends the streak")
        if self.scores_below is not None and self.n > 8:
            raise ValueError("n: only the newest 8 scores are kept")
        self.check_steps(self.steps, self.n, "n")
        return self


class Decline(ScopedRule):
    """The customer's last month, at most `to` times what is usual for them, by sums that fade."""

    kind: Literal["decline"]
    measure: Literal["spend", "orders", "engagement", "loyalty", "own_region", "satisfaction"]
    to: float = Field(gt=0, lt=1)
    min_orders: int = Field(4, ge=0, le=1000)
    min_history: Span = timedelta(days=120)
    min_pace: float = Field(1.0, ge=0, le=1000)
    steps: ShareSteps = ()

    @model_validator(mode="after")
    def _steps_go_down(self) -> Decline:
        shares = [self.to, *(step.to for step in self.steps)]
        if any(lower >= higher for higher, lower in pairwise(shares)):
            raise ValueError("steps must go down in to, from the rule's own on")
        self.check_steps(self.steps, -self.to, "depth")
        usual = type(self).model_fields["min_orders"].default  # a rule that was written out whole has it, too
        if self.measure == "satisfaction" and self.min_orders != usual:
            raise ValueError("min_orders: satisfaction does not depend on orders")
        return self


class Sequence(ScopedRule):
    """One event, then another `within` a time; or then none of those that should have come.

    The first is one of those in `after`, or a rating below a limit.
    """

    kind: Literal["sequence"]
    after: Choices | None = None
    scores_below: float | None = Field(None, gt=0, le=100)
    within: Span
    then: Choices | None = None
    without: Choices | None = None
    lasts: Span = timedelta(days=90)

    @model_validator(mode="after")
    def _one_beginning_and_one_ending(self) -> Sequence:
        if (self.after is None) == (self.scores_below is None):
            raise ValueError("give either after or scores_below")
        if (self.then is None) == (self.without is None):
            raise ValueError("give either then or without")
        return self


class ScorePart(RulePart):
    """What one other rule adds to a score while it finds something, or a model while it expects too little.

    By the model, a repeat buyer is expected to make fewer than `below` purchases `within` a time.
    """

    rule: str | None = None
    model: Judging | None = None
    within: Span | None = None
    below: float | None = Field(None, gt=0, le=1000)
    weight: float = Field(gt=0, le=100)

    @model_validator(mode="after")
    def _of_a_rule_or_a_model(self) -> ScorePart:
        if (self.rule is None) == (self.model is None):
            raise ValueError("give either rule or model")
        if self.model is None and (self.within or self.below):
            raise ValueError("within and below need a model")
        if self.model is not None and (self.within is None or self.below is None):
            raise ValueError("a model needs within and below: fewer than so many purchases in that time")
        return self


class EffortPart(RulePart):
    """What so many per solved ticket add to a customer's effort: at `full` the whole weight, below that a share."""

    full: float = Field(gt=0, le=1000)
    weight: float = Field(1, gt=0, le=100)


class WaitingPart(RulePart):
    """What waiting for a ticket to be solved adds to a customer's effort."""

    full: Span
    weight: float = Field(1, gt=0, le=100)


class EffortParts(RulePart):
    """Customer effort: what solved tickets took, by at least one measure; which tickets count."""

    contacts: EffortPart | None = None
    hand_overs: EffortPart | None = None
    waiting: WaitingPart | None = None
    within: Span = timedelta(days=180)
    min_tickets: int = Field(2, ge=1, le=LARGEST_EFFORT)

    @model_validator(mode="after")
    def _some_measure(self) -> EffortParts:
        if self.contacts is None and self.hand_overs is None and self.waiting is None:
            raise ValueError("give at least one of contacts, hand_overs, waiting")
        return self


class Score(ScopedRule):
    """Weighted parts; the score is their share of the whole, from 0 to 1.

    The parts are other rules of the file and what a model expects, or measures of customer effort.
    """

    kind: Literal["score"]
    parts: Annotated[tuple[ScorePart, ...], Field(strict=False, max_length=30)] = ()
    effort: EffortParts | None = None
    at_least: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _parts_or_effort(self) -> Score:
        if bool(self.parts) == (self.effort is not None):
            raise ValueError("give either parts or effort")
        if len(self.parts) == 1 and self.parts[0].model is None:
            raise ValueError("parts: one rule is no score; give two or more")
        return self
