"""Amounts of money as shops write them, as JSON numbers. Which column holds them is decided elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal

from schemas.dead_letters import Reason
from schemas.errors import ContractError

DecimalMark = Literal[".", ","]
CACHED = 1 << 14
# What is a JSON number as it stands, by the decimal mark of its column.
PLAIN: dict[DecimalMark, re.Pattern[str]] = {
    ".": re.compile(r"(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?", re.ASCII),
    ",": re.compile(r"0|[1-9]\d{0,14}", re.ASCII),
}
SPACES = str.maketrans("", "", " \t\u00a0\u2009\u202f'\u2019_")
SIGN = r"(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹₽₩₺₪฿₫₴₱¢₦]|kr\.?|zł|Kč|Ft|Rs\.?|lei|лв\.?)?"
MONEY = re.compile(
    rf"(?P<minus>[-\u2212(])?{SIGN}(?P<inner>[-\u2212])?(?P<digits>\d[\d.,]*|[.,]\d+){SIGN}(?P<last>[-)])?",
    re.ASCII,
)
GROUPED = {
    ",": re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}", re.ASCII),
    ".": re.compile(r"\d{1,3}(?:\.\d{3})+", re.ASCII),
}
SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d{1,3}", re.ASCII)


def amount_reader(mark: DecimalMark) -> Callable[[str], str]:
    """Make a reader from a text to a JSON number.

    Raises `ContractError` with reason `bad_amount`, also for negative amounts.
    """
    is_plain = PLAIN[mark].fullmatch
    return lambda text: text if is_plain(text) else json_number(parse_amount(text, mark))


def product_reader(mark: DecimalMark) -> Callable[[str, str], str]:
    """Make a reader from a quantity and a price to their product, otherwise as `amount_reader`."""
    is_plain = PLAIN[mark].fullmatch

    def read(text: str) -> float:
        return float(text) if is_plain(text) else parse_amount(text, mark)

    return lambda quantity, price: json_number(round(read(quantity) * read(price), 6))


def json_number(amount: float) -> str:
    """Write a finite amount that is not negative as a JSON number; raises `ContractError`."""
    if not math.isfinite(amount):
        raise ContractError(Reason.bad_amount, "amount: not finite")
    if amount < 0:
        raise ContractError(Reason.bad_amount, "amount: negative, so no order")
    return repr(amount + 0.0)  # -0.0 becomes 0.0


@lru_cache(CACHED)
def parse_amount(text: str, decimal: DecimalMark) -> float:
    """Read one amount with its currency sign, separators and sign; raises `ContractError`."""
    bare = text.translate(SPACES).removeprefix("+")
    if not bare:
        raise ContractError(Reason.bad_amount, "amount: missing")
    if SCIENTIFIC.fullmatch(bare):
        return float(bare)
    match = MONEY.fullmatch(bare)
    if match is None:
        raise ContractError(Reason.bad_amount, "amount: not a number that can be read")
    amount = float(_pointed(match["digits"], decimal))
    return -amount if match["minus"] or match["inner"] or match["last"] == "-" else amount


def _pointed(digits: str, decimal: DecimalMark) -> str:
    """Write the digits with a decimal point and no other separator."""
    mark = shown_mark(digits) or decimal
    other = "," if mark == "." else "."
    whole, point, fraction = digits.rpartition(mark) if mark in digits else (digits, "", "")
    if other in fraction or (other in whole and not GROUPED[other].fullmatch(whole)) or mark in whole:
        raise ContractError(Reason.bad_amount, "amount: not a number that can be read")
    return (whole.replace(other, "") or "0") + (f".{fraction or '0'}" if point else "")


def shown_mark(digits: str) -> DecimalMark | None:
    """Tell the decimal mark that a number's own form proves, None where it proves none ("1,234")."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma < 0 and point < 0:
        return None
    mark: DecimalMark
    mark, other = (",", ".") if comma > point else (".", ",")
    if min(comma, point) >= 0 and digits.count(mark) == 1:
        return mark
    if digits.count(mark) > 1:
        return other  # type: ignore[return-value]
    before, _, after = digits.partition(mark)
    grouped = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
    return None if grouped else mark


def decimal_mark(texts: Iterable[str]) -> DecimalMark:
    """Tell the decimal mark of a column from those of its amounts that prove one; a point where none does."""
    shown = [
        shown_mark(match["digits"]) for text in texts if (match := MONEY.fullmatch(text.translate(SPACES)))
    ]
    return "," if shown.count(",") > shown.count(".") else "."


def looks_like_number(text: str) -> bool:
    """Whether a text is a number, with or without a currency sign."""
    return MONEY.fullmatch(text.translate(SPACES)) is not None


def has_fraction(text: str) -> bool:
    """Whether a text is a number with a decimal fraction, as prices mostly have and identifiers don't."""
    match = MONEY.fullmatch(text.translate(SPACES))
    return match is not None and shown_mark(match["digits"]) is not None
