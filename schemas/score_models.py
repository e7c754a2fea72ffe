"""Fitted parameters of a score, as a file: versioned, so that a score can be told apart from an older one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

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


WITHIN = {"r": (1e-3, 20.0), "alpha": (1e-4, 1e5), "a": (1e-3, 1e3), "b": (1e-3, 1e3)}
"""Parameters by which customers can be judged: others come of a history that doesn't tell them."""


def _no_name(given: object) -> object:
    if not isinstance(given, str):
        return given
    raise ValueError("only a rule file can name a file: give the parameters themselves")


def _tells_something(model: BgNbdFile) -> BgNbdFile:
    for name, (least, most) in WITHIN.items():
        value = getattr(model, name)
        if not least <= value <= most:
            told = f"{name} is {value:g}, not from {least:g} to {most:g}: the history it was fitted to is too short"
            raise ValueError(told)
    return model


Judging = Annotated[BgNbdFile, BeforeValidator(_no_name), AfterValidator(_tells_something)]
"""A model that customers are judged by while they are watched, its parameters standing where it is used."""
