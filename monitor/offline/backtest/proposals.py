"""Thresholds proposed for a wished rate of false alarms: for everyone alike, and spread evenly over the classes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from monitor.offline.backtest.arrays import Bools, least_reaching
from monitor.offline.backtest.even import evenly
from monitor.offline.backtest.limits import FIXED, MEAN, Shape, shrunk
from monitor.offline.backtest.measures import Figures, limited
from monitor.offline.backtest.silences import RHYTHM, SPEEDS, Silences
from monitor.offline.backtest.specs import SHORTEST, Limit, fresh, limit_of, rewritten, rounded
from schemas.rules import Rule

Spread = Literal["everyone", "evenly"]
SHAPES = ("fixed", "mean_gap", "shrunk_mean_gap")
JUDGED = ("kind", "of", "orders", "quiet_for", "personal", "open_order_holds")


@dataclass(frozen=True)
class Draft:
    """A rule with the limit proposed for it; `instead_of` names the rule of the file whose place it would take.

    `among` are the silences that the limit was learned from.
    """

    instead_of: str | None
    shape: str
    spread: Spread
    limit: Limit
    among: Bools
    rule: dict[str, Any]
    note: str | None = None

    def expected(self, told: Silences) -> list[Figures]:
        """What the limit gives in closed form, among the silences that it was learned from."""
        return limited(told, self.limit.shape.limit(told, self.limit.scale), self.among)

    @property
    def judged(self) -> dict[str, Any]:
        """The keys that the engine needs to judge by it: all but its name and what is told of a warning."""
        return {key: value for key, value in self.rule.items() if key in JUDGED}


def shapes(told: Silences) -> dict[str, Shape]:
    """The shapes of limits that are always looked at."""
    return dict(zip(SHAPES, (FIXED, MEAN, shrunk(told)), strict=True))


def drafts(told: Silences, rules: Sequence[Rule], wished: float) -> list[Draft]:
    """All proposals: those that every history gets, then two for each silence rule of orders in the file."""
    made = [*_usual(told, wished), *_one_time(told, wished)]
    for rule in rules:
        if (limit := limit_of(rule)) is not None:
            made += _instead_of(rule, limit, told, wished)
    return made


def _usual(told: Silences, wished: float) -> Iterator[Draft]:
    among = told.rhythmic
    for name, shape in shapes(told).items():
        if (limit := for_everyone(told, Limit(shape, 1), wished, among)) is not None:
            yield Draft(None, name, "everyone", limit, among, fresh(f"overdue_{name}", limit))
    if (limit := for_each_class(told, Limit(shrunk(told), 1), wished, among)) is not None:
        yield Draft(None, "shrunk_mean_gap", "evenly", limit, among, fresh("overdue_evenly", limit))


def _one_time(told: Silences, wished: float) -> Iterator[Draft]:
    """One-time buyers have no rhythm and no P(alive): a rule of their own."""
    own = Limit(FIXED, 1, fewest=1, most=1)
    if (limit := for_everyone(told, own, wished, own.judges(told))) is not None:
        rule = fresh("second_order_overdue", limit)
        yield Draft(None, "one_time", "everyone", limit, own.judges(told), rule)


def _instead_of(rule: Rule, limit: Limit, told: Silences, wished: float) -> Iterator[Draft]:
    shape = limit.shape
    name = "personal" if shape.personal else "fixed"
    among = limit.judges(told) & (told.gaps >= limit.min_gaps)
    found, note = for_everyone(told, limit, wished, among), None
    if found is None:
        found = for_everyone(told, replace(limit, shape=replace(shape, ceiling=math.inf)), wished, among)
        note = "the ceiling alone gives more false alarms, so it is left out"
    if found is not None:
        yield Draft(rule.name, name, "everyone", found, among, rewritten(rule, found), note)
    weighed = limit if shape.weight else replace(limit, shape=shrunk(told))
    rhythmic = limit.judges(told) & told.rhythmic
    if (spread := for_each_class(told, weighed, wished, rhythmic)) is not None:
        yield Draft(rule.name, "personal", "evenly", spread, rhythmic, rewritten(rule, spread))


def for_everyone(told: Silences, limit: Limit, wished: float, among: Bools) -> Limit | None:
    """The limit scaled to the false alarms wished for, whoever the buyer is, among these silences."""
    scale = limit.shape.scale(told, among, wished)
    if scale is None:
        return None
    return _rounded(replace(limit, scale=scale, fallback=_fallback(told, limit, wished)))


def for_each_class(told: Silences, limit: Limit, wished: float, among: Bools) -> Limit | None:
    """The limit with the false alarms wished for in each class of buyers."""
    found = evenly(told, limit.shape, wished, among)
    if found is None:
        return None
    made = replace(limit, shape=found[0], scale=found[1], min_gaps=max(limit.min_gaps, RHYTHM))
    return _rounded(replace(made, fallback=_fallback(told, made, wished)))


def _fallback(told: Silences, limit: Limit, wished: float) -> float:
    """The days for those without a rhythm, one-time buyers above all: the limit of their own false alarms."""
    back = told.returned & limit.judges(told)
    for lengths in (told.length[back & (told.gaps < limit.min_gaps)], told.length[back]):
        if len(lengths):
            return rounded(least_reaching(lengths, wished))
    return rounded(limit.scale)


def _rounded(limit: Limit) -> Limit:
    """The limit as it can be written in a file: whole days, two decimals."""
    shape = limit.shape
    scale = round(max(limit.scale, 0.01), 2) if shape.personal else rounded(limit.scale)
    ceiling = rounded(shape.ceiling) if math.isfinite(shape.ceiling) else math.inf
    floor = rounded(max(shape.floor, SHORTEST)) if shape.personal else 0.0
    weight = round(shape.weight, 2)
    return replace(limit, scale=scale, shape=replace(shape, floor=floor, ceiling=ceiling, weight=weight))


def by_class(told: Silences, wished: float) -> dict[str, dict[str, float]]:
    """For each shape the scale of each class with the false alarms wished for: days, or a factor."""
    found: dict[str, dict[str, float]] = {}
    for name, shape in shapes(told).items():
        scales = {speed: shape.scale(told, told.group(speed), wished) for speed in SPEEDS}
        found[name] = {speed: scale for speed, scale in scales.items() if scale is not None}
    return found
