"""Thresholds proposed for a wished rate of false alarms: for everyone alike, and spread evenly over the classes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from monitor.offline.backtest.arrays import Bools, least_reaching
from monitor.offline.backtest.even import evenly
from monitor.offline.backtest.limits import FIXED, MEAN, PSEUDO_GAPS, Shape, shrunk, usual_gap
from monitor.offline.backtest.measures import Figures, limited
from monitor.offline.backtest.silences import RHYTHM, SPEEDS, Silences
from monitor.offline.backtest.specs import SHORTEST, Limit, fresh, limit_of, rewritten, rounded
from schemas.rules import Rule

Spread = Literal["everyone", "evenly"]
SHAPES = ("fixed", "mean_gap", "shrunk_mean_gap")


@dataclass(frozen=True)
class Draft:
    """A rule with the limit proposed for it; `instead_of` names the rule of the file whose place it would take."""

    instead_of: str | None
    shape: str
    spread: Spread
    limit: Limit
    rule: dict[str, Any]
    note: str | None = None

    def expected(self, told: Silences) -> list[Figures]:
        """What the limit gives in closed form, over the silences after gaps enough."""
        return limited(told, self.limit.shape.limit(told, self.limit.scale), told.rhythmic)


def shapes(told: Silences) -> dict[str, Shape]:
    """The shapes of limits that are always looked at."""
    return dict(zip(SHAPES, (FIXED, MEAN, shrunk(told)), strict=True))


def drafts(told: Silences, rules: Sequence[Rule], wished: float) -> list[Draft]:
    """All proposals: those that every history gets, then two for each silence rule of orders in the file."""
    made = list(_usual(told, wished))
    for rule in rules:
        if rule.mode != "off" and (limit := limit_of(rule)) is not None:
            made += _instead_of(rule, limit, told, wished)
    return made


def _usual(told: Silences, wished: float) -> Iterator[Draft]:
    for name, shape in shapes(told).items():
        if (limit := for_everyone(told, shape, wished, told.rhythmic)) is not None:
            yield Draft(None, name, "everyone", limit, fresh(f"overdue_{name}", limit))
    if (limit := for_each_class(told, shrunk(told), wished)) is not None:
        yield Draft(None, "shrunk_mean_gap", "evenly", limit, fresh("overdue_evenly", limit))


def _instead_of(rule: Rule, limit: Limit, told: Silences, wished: float) -> Iterator[Draft]:
    shape = limit.shape
    name = "personal" if shape.personal else "fixed"
    among = told.rhythmic if shape.personal else told.group("all")
    found, note = for_everyone(told, shape, wished, among), None
    if found is None:
        found = for_everyone(told, replace(shape, ceiling=math.inf), wished, among)
        note = "the ceiling alone gives more false alarms, so it is left out"
    if found is not None:
        yield Draft(rule.name, name, "everyone", found, rewritten(rule, found), note)
    spread = for_each_class(told, shape if shape.weight else shrunk(told), wished)
    if spread is not None:
        yield Draft(rule.name, "personal", "evenly", spread, rewritten(rule, spread))


def for_everyone(told: Silences, shape: Shape, wished: float, among: Bools) -> Limit | None:
    """The limit of this shape with the false alarms wished for, whoever the buyer is, among these silences."""
    scale = shape.scale(told, among, wished)
    if scale is None:
        return None
    return _rounded(Limit(shape, scale, RHYTHM if shape.personal else 0, _fallback(told, wished)))


def for_each_class(told: Silences, shape: Shape, wished: float) -> Limit | None:
    """The limit with the false alarms wished for in each class of buyers."""
    found = evenly(told, shape, wished)
    return None if found is None else _rounded(Limit(*found, RHYTHM, _fallback(told, wished)))


def _fallback(told: Silences, wished: float) -> float:
    """The days for those without a rhythm, one-time buyers above all: the limit of their own false alarms."""
    lengths = told.length[~told.rhythmic & told.returned]
    if not len(lengths):
        lengths = told.length[told.returned]
    return rounded(least_reaching(lengths, wished) if len(lengths) else usual_gap(told) * PSEUDO_GAPS)


def _rounded(limit: Limit) -> Limit:
    """The limit as it can be written in a file: whole days, two decimals."""
    shape = limit.shape
    scale = round(max(limit.scale, 0.01), 2) if shape.personal else rounded(limit.scale)
    ceiling = rounded(shape.ceiling) if math.isfinite(shape.ceiling) else math.inf
    floor = rounded(max(shape.floor, SHORTEST))
    return replace(limit, scale=scale, shape=replace(shape, floor=floor, ceiling=ceiling))


def by_class(told: Silences, wished: float) -> dict[str, dict[str, float]]:
    """For each shape the scale of each class with the false alarms wished for: days, or a factor."""
    found: dict[str, dict[str, float]] = {}
    for name, shape in shapes(told).items():
        scales = {speed: shape.scale(told, told.group(speed), wished) for speed in SPEEDS}
        found[name] = {speed: scale for speed, scale in scales.items() if scale is not None}
    return found


def spread_of(figures: Sequence[Figures]) -> float | None:
    """How far the false alarms of the classes lie apart."""
    rates = [
        each.false_alarm_rate
        for each in figures
        if each.group in SPEEDS and each.false_alarm_rate is not None
    ]
    return float(np.ptp(rates)) if rates else None
