"""How many purchases a repeat buyer is expected to make, by the BG/NBD model; times are weeks.

Belongs here: the formula, and when it falls below a limit. Fitting is for backtests, what a limit means for
rules/expected.py. Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD
Model, Marketing Science 24(2), 275-284.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import exp, expm1, fsum, log1p

import msgspec

WEEK = 7
FARTHEST = 36_600
"""Days: what is not reached within a hundred years is taken never to be."""

PRECISE = 1e-13
REMEMBERED = 65_536


class BgNbd(msgspec.Struct, frozen=True):
    """The model's parameters: purchases come at a rate from Gamma(r, alpha), leaving has a chance from Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


class Bought(msgspec.Struct, frozen=True):
    """Purchases after the first one, and the days from the first to the last; all orders of a day are one purchase."""

    repeats: int
    last: int


def expected_purchases(model: BgNbd, bought: Bought, age: float, weeks: float) -> float:
    """How many purchases a repeat buyer makes in the weeks to come, `age` weeks after the first; equation (10).

    It is the chance that they are still a customer times what such a one buys. Both fall as `age` goes up.
    """
    return _chance_alive(model, bought, age) * _bought_by_the_alive(model, bought.repeats, age, weeks)


@lru_cache(maxsize=REMEMBERED)
def falls_below(model: BgNbd, bought: Bought, weeks: float, limit: float) -> int | None:
    """The first day, counted from that of the first purchase, at which less than `limit` is expected, if it comes."""

    def is_below(day: int) -> bool:
        return expected_purchases(model, bought, day / WEEK, weeks) < limit

    if is_below(bought.last):
        return bought.last
    low, high = bought.last, bought.last + 1
    while not is_below(high):
        if high > FARTHEST:
            return None
        low, high = high, 2 * high - bought.last
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_below(middle) else (middle, high)
    return high


def _chance_alive(model: BgNbd, bought: Bought, age: float) -> float:
    x, last = bought.repeats, bought.last / WEEK
    idle = (model.r + x) * log1p((age - last) / (model.alpha + last))
    return 1 / (1 + model.a / (model.b + x - 1) * exp(min(idle, 700.0)))


def _bought_by_the_alive(model: BgNbd, x: int, age: float, weeks: float) -> float:
    """(a+b+x-1) / (a-1) * (1 - (1-z)^(r+x) * 2F1(r+x, b+x; a+b+x-1; z)), z being weeks / (alpha + age + weeks).

    Of the two forms of 2F1 (Euler's transformation) that one is taken whose sum is bounded as z nears 1; in the second
    (a-1) is divided out, so that a = 1 is no pole.
    """
    r, a, c = model.r, model.a, model.a + model.b + x - 1
    passed = log1p(weeks / (model.alpha + age))
    z = -expm1(-passed)
    if a - 1 >= r + x:
        rest = _rest((r + x) * (model.b + x) / c * z, r + x, model.b + x, c, z)
        return c / (a - 1) * (1 - exp(-(r + x) * passed) * (1 + rest))
    grown = passed if a == 1 else -expm1(-(a - 1) * passed) / (a - 1)
    p = a + model.b - 1 - r
    return c * (grown - exp(-(a - 1) * passed) * _rest(p / c * z, p, a - 1, c, z))


def _rest(second: float, p: float, q: float, c: float, z: float) -> float:
    """The series of 2F1(p, q; c; z), 0 <= z < 1, from its second term on, as far as it counts."""
    return fsum(_terms(second, p, q, c, z))


def _terms(term: float, p: float, q: float, c: float, z: float) -> Iterator[float]:
    n, most = 1, abs(term)
    yield term
    while abs(term) > PRECISE * (1 - z) * most:
        term *= (p + n) * (q + n) / ((c + n) * (n + 1)) * z
        most = max(most, abs(term))
        n += 1
        yield term
