"""The customers' own life as data: when a customer counts as new, as lost, as important, and how often to speak.

A part of the rule file; to tell the stage and tier of a customer is the domain's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from schemas.fields import Label
from schemas.rule_parts import Personal, Prior, RulePart, listed
from schemas.spans import Span

DOWN_TO = 0.8
"""Of the border above which customers are important: below that much of it they are so no more."""

Labels = Annotated[tuple[Label, ...], Field(strict=False, max_length=100), BeforeValidator(listed)]


class LostAfter(Personal):
    """Lost after a silence of three times the factor of an overdue purchase, within half a year and two years."""

    factor: float = Field(9, gt=0, le=100)
    floor: Span = timedelta(days=180)
    ceiling: Span | None = timedelta(days=730)
    fallback: Span = timedelta(days=365)
    min_gaps: int = Field(2, ge=1, le=100)
    prior: Prior | None = Prior(gap=timedelta(days=30), weight=2)


class Need(RulePart):
    """Who is important whatever they buy: by a level or a segment of the profile."""

    level: Labels = ()
    segments: Labels = ()


class Important(RulePart):
    """Important from `sales_from` on, until sales lie below `down_to`; in the events' own currency."""

    sales_from: float = Field(gt=0)
    down_to: float | None = Field(None, ge=0)
    need: Annotated[Need, Field(alias="or")] = Need()
    cadence: Span = timedelta(days=30)

    @property
    def border_down(self) -> float:
        """Below which sales an important customer is so no more."""
        return DOWN_TO * self.sales_from if self.down_to is None else self.down_to

    @model_validator(mode="after")
    def _down_to_below_sales_from(self) -> Important:
        if self.border_down > self.sales_from:
            raise ValueError("down_to must not lie above sales_from")
        return self


class Ordinary(RulePart):
    """Customers who are not important; `cadence` is the time from one contact to the next."""

    cadence: Span = timedelta(days=90)


class Potential(RulePart):
    """Who never ordered."""

    cadence: Span = timedelta(days=30)


class Tiers(RulePart):
    """The border of the important, and how often to speak with customers of each tier."""

    important: Important
    ordinary: Ordinary = Ordinary()
    potential: Potential = Potential()


class CustomerLife(RulePart):
    """When customers are new, lost, won back; without `tiers` they have none."""

    new_for: Span = timedelta(days=90)
    lost_after: LostAfter = LostAfter()
    probation: Span = timedelta(days=90)
    probation_factor: float = Field(0.5, gt=0, le=1)
    tiers: Tiers | None = None
