"""Fitted parameters of a score, as a file: versioned, so that a score can be told apart from an older one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]


class BgNbdFile(BaseModel):
    """BG/NBD as fitted to the orders of the days `first` to `last`, in weeks (Fader, Hardie, Lee 2005).

    Of one-time buyers the model says that they are alive for ever: they are scored by the days since their order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Literal["BG/NBD"] = "BG/NBD"
    version: Literal[1] = 1
    unit: Literal["week"] = "week"
    r: Positive
    alpha: Positive
    a: Positive
    b: Positive
    log_likelihood: float
    customers: int = Field(ge=1)
    repeat_buyers: int = Field(ge=1)
    first: date
    last: date
    fitted_to: tuple[str, ...]
    one_time_buyers: Literal["days since the last order"] = "days since the last order"
