"""One personal limit whose floor and ceiling spread false alarms evenly over fast, middle and slow buyers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from monitor.offline.backtest.arrays import Bools, least_reaching
from monitor.offline.backtest.limits import Shape
from monitor.offline.backtest.silences import SPEEDS, Silences

ROUNDS = 50


def evenly(told: Silences, shape: Shape, wished: float, among: Bools) -> tuple[Shape, float] | None:
    """A floor, a ceiling and a scale that give each class the share `wished` of false alarms, as nearly as they can.

    A floor spares fast buyers, a ceiling finds slow ones sooner, the scale is set by those between; each in turn,
    given the others, until nothing moves. None where a class has no gap that ended.
    """
    fast, middle, slow = (told.group(name) & told.returned & among for name in SPEEDS)
    if not (fast.any() and middle.any() and slow.any()):
        return None
    shape, scale = replace(shape, floor=0.0, ceiling=math.inf), 0.0
    for _ in range(ROUNDS):
        before = shape, scale
        scale = _scale(told, shape, middle, wished)
        shape = replace(shape, floor=_floor(told, shape, scale, fast, wished))
        shape = replace(shape, ceiling=_ceiling(told, shape, scale, slow, wished))
        if (shape, scale) == before:
            break
    return shape, scale


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
