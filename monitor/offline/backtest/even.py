"""One personal limit whose floor and ceiling spread false alarms evenly over fast, middle and slow buyers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from monitor.offline.backtest.arrays import Bools, least_reaching
from monitor.offline.backtest.limits import Shape
from monitor.offline.backtest.silences import SPEEDS, Silences

ROUNDS = 50
PARTS = (1.0, 2 / 3, 1 / 3, 0.0)
"""Of the weight of the prior, tried in turn."""

CLOSE = 0.02


def evenly(told: Silences, shape: Shape, wished: float, among: Bools) -> tuple[Shape, float] | None:
    """A floor, a ceiling and a scale that give each class the share `wished` of false alarms, as nearly as they can.

    Where the shrinking leaves fast buyers so long that a floor can't help, it is weakened. None where a class has no
    gap that ended.
    """
    classes = [told.group(name) & told.returned & among for name in SPEEDS]
    if not all(each.any() for each in classes):
        return None
    found: list[tuple[float, Shape, float]] = []
    for part in PARTS if shape.weight else PARTS[:1]:
        tried, scale = _balanced(told, replace(shape, weight=shape.weight * part), wished, classes)
        found.append((_spread(told, tried, scale, classes), tried, scale))
        if found[-1][0] <= CLOSE:
            break
    _, best, scale = min(found, key=lambda each: each[0])
    return best, scale


def _balanced(told: Silences, shape: Shape, wished: float, classes: list[Bools]) -> tuple[Shape, float]:
    """Floor, scale and ceiling, one for each class.

    A floor spares fast buyers, a ceiling finds slow ones sooner, the scale is set by those between; each in turn,
    given the others, until nothing moves.
    """
    fast, middle, slow = classes
    shape, scale = replace(shape, floor=0.0, ceiling=math.inf), 0.0
    for _ in range(ROUNDS):
        before = shape, scale
        scale = _scale(told, shape, middle, wished)
        shape = replace(shape, floor=_floor(told, shape, scale, fast, wished))
        shape = replace(shape, ceiling=_ceiling(told, shape, scale, slow, wished))
        if (shape, scale) == before:
            break
    return shape, scale


def _spread(told: Silences, shape: Shape, scale: float, classes: list[Bools]) -> float:
    """How far the false alarms of the classes lie apart."""
    alarm = told.length > shape.limit(told, scale)
    return float(np.ptp([alarm[each].mean() for each in classes]))


def _scale(told: Silences, shape: Shape, middle: Bools, wished: float) -> float:
    """The scale for the class between; the highest that matters, where the ceiling gives too many alarms anyway."""
    scale = shape.scale(told, middle, wished)
    if scale is not None:
        return scale
    ratios = shape.ratios(told)[middle]
    return float(ratios.max(initial=1.0, where=np.isfinite(ratios)))


def _floor(told: Silences, shape: Shape, scale: float, fast: Bools, wished: float) -> float:
    """The floor that leaves the share wished of those who would be warned of without one."""
    bare = replace(shape, floor=0.0).limit(told, scale)
    lengths = np.where(told.length > bare, told.length, 0.0)
    return least_reaching(lengths[fast], wished)


def _ceiling(told: Silences, shape: Shape, scale: float, slow: Bools, wished: float) -> float:
    """The ceiling that adds to those who are warned of anyway, up to the share wished; not below the floor."""
    bare = replace(shape, ceiling=math.inf).limit(told, scale)
    lengths = np.where(told.length > bare, math.inf, told.length)
    return max(least_reaching(lengths[slow], wished), shape.floor)
