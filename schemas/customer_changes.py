"""What happened to customers, as others read it on `churn.customers`: changes of stage and of tier."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.cloudevents import CloudEvent
from schemas.fields import ChurnKind, Instant, Label, Part, Stage, Tier
from schemas.warnings import SOURCE


class StageChange(Part):
    """From which stage to which, and since when; once lost: of what kind and why.

    The first stage comes from none. Between equal stages, only moment, kind or reason are known better now.
    """

    before: Annotated[Stage | None, Field(alias="from")] = None
    after: Annotated[Stage, Field(alias="to")]
    since: Instant
    kind: ChurnKind | None = None
    reason: Label | None = None


class StageChanged(CloudEvent):
    """A customer came to another stage; `time` is the lane's clock at that moment."""

    source: Literal["/churn-monitor"] = SOURCE
    type: Literal["customer.stage_changed"]
    data: StageChange


class TierChange(Part):
    """From which tier to which, at how much sales; `border` is the one that they crossed, if they did."""

    before: Annotated[Tier | None, Field(alias="from")] = None
    after: Annotated[Tier, Field(alias="to")]
    sales: float
    border: float | None = None


class TierChanged(CloudEvent):
    """A customer came to another tier; `time` is the lane's clock at that moment."""

    source: Literal["/churn-monitor"] = SOURCE
    type: Literal["customer.tier_changed"]
    data: TierChange


CustomerChange = StageChanged | TierChanged
