"""Texts with places in them, which the profile of a customer fills: what is allowed in their braces."""

from __future__ import annotations

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, Field

PLACES = ("name", "company", "customer", "owner", "preferences")
"""What a text can be filled with: the profile's, or the customer's id where it has none."""


def _fillable(text: str) -> str:
    """The text. Raises `ValueError` for one with anything else in braces than one of `PLACES`."""
    try:
        fields = [each[1:] for each in Formatter().parse(text) if each[1] is not None]
    except ValueError as error:
        raise ValueError(f"{error}; write a brace twice to have it in the text") from None
    for name, form, conversion in fields:
        if name not in PLACES or form or conversion:
            told = "".join((str(name), (conversion and f"!{conversion}") or "", (form and f":{form}") or ""))
            raise ValueError(f"{told!r} can't be filled in; allowed: {', '.join(PLACES)}")
    return text


Template = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_fillable)]
