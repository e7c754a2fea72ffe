"""Silence rules between their two forms: as they stand in a rule file, and as shape and scale of a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from monitor.offline.backtest.arrays import Bools
from monitor.offline.backtest.limits import Shape
from monitor.offline.backtest.silences import RHYTHM, Silences
from schemas.rules import Rule
from schemas.spans import told_span

DAY = timedelta(days=1)
HOUR = 1 / 24
WHOLE_DAYS_FROM = 14
SHORTEST = 1.0
ORDERS = {"type": "order.placed", "where": {}}


@dataclass(frozen=True)
class Limit:
    """A limit as a silence rule of orders has it, in days.

    `fallback` is for those with fewer than `min_gaps` gaps; the rule is only for customers with `fewest` to `most`
    orders (None: any number).
    """

    shape: Shape
    scale: float
    min_gaps: int = RHYTHM
    fallback: float = math.inf
    fewest: int = 0
    most: int | None = None

    def judges(self, told: Silences) -> Bools:
        """Which silences the rule is for."""
        return _of_orders(told, self.fewest, self.most)


def meant_for(rule: Rule, told: Silences) -> Bools:
    """Which silences a rule of any kind is for, by the customer's number of orders."""
    return _of_orders(told, *((rule.orders.min, rule.orders.max) if rule.orders else (0, None)))


def _of_orders(told: Silences, fewest: int, most: int | None) -> Bools:
    asked: Bools = (told.orders >= fewest) & (told.orders <= (math.inf if most is None else most))
    return asked


def limit_of(rule: Rule) -> Limit | None:
    """The limit of a rule; None if it is about something else than silence after orders alone, as with `for`."""
    if rule.held_for is not None:
        return None
    if rule.kind != "silence" or rule.model_dump()["of"] not in (("order.placed",), (ORDERS,)) or rule.each:
        return None
    fewest, most = (rule.orders.min, rule.orders.max) if rule.orders else (0, None)
    if rule.quiet_for is not None:
        return Limit(Shape(personal=False), rule.quiet_for / DAY, 0, fewest=fewest, most=most)
    own = rule.personal
    if own is None:
        return None
    prior, weight = (own.prior.gap / DAY, own.prior.weight) if own.prior else (0.0, 0.0)
    ceiling = own.ceiling / DAY if own.ceiling else math.inf
    shape = Shape(True, own.mean == "smoothed", prior, weight, own.floor / DAY, ceiling)  # noqa: FBT003
    return Limit(shape, own.factor, own.min_gaps, own.fallback / DAY, fewest, most)


def keys_of(limit: Limit) -> dict[str, Any]:
    """The keys of a rule that has this limit."""
    shape = limit.shape
    if not shape.personal:
        return {"quiet_for": span(limit.scale)}
    own: dict[str, Any] = {"factor": limit.scale, "floor": span(shape.floor)}
    if math.isfinite(shape.ceiling):
        own["ceiling"] = span(shape.ceiling)
    own |= {"fallback": span(limit.fallback), "min_gaps": limit.min_gaps}
    if shape.smoothed:
        own["mean"] = "smoothed"
    if shape.weight:
        own["prior"] = {"gap": span(shape.prior), "weight": shape.weight}
    return {"personal": own}


def fresh(name: str, limit: Limit) -> dict[str, Any]:
    """A rule of this limit and no other keys than it needs."""
    orders = {"min": limit.fewest or None, "max": limit.most}
    asked = {bound: number for bound, number in orders.items() if number is not None}
    only_for = {"orders": asked} if asked else {}
    return {"name": name, "kind": "silence", "of": "order.placed"} | only_for | keys_of(limit)


def rewritten(rule: Rule, limit: Limit) -> dict[str, Any]:
    """The rule as it would stand in a file, all its own keys kept, with this limit."""
    kept = rule.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    made = fresh(rule.name, limit)
    return made | {key: value for key, value in kept.items() if key not in {*made, "quiet_for", "personal"}}


def as_yaml(rule: dict[str, Any]) -> str:
    """One rule as an item of the list in a rule file; what lies deep stands in one line."""
    lines = yaml.dump([rule], Dumper=_Dumper, sort_keys=False, width=100).splitlines()
    return "".join(f"  {line}\n" for line in lines)


class _Dumper(yaml.SafeDumper):
    """Two levels in blocks, all below in braces."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: FBT001 - PyYAML's own
        deep = not any(key in mapping for key in ("kind", "floor"))
        return super().represent_mapping(tag, mapping, flow_style=deep)


def rounded(days: float) -> float:
    """Days as a limit is told: whole days, hours if they are few."""
    return _in_units(days, 1.0 if days >= WHOLE_DAYS_FROM else HOUR)


def span(days: float) -> str:
    """Days as a duration of a rule file, to the hour."""
    return told_span(DAY * _in_units(days, HOUR))


def _in_units(days: float, unit: float) -> float:
    return max(round(days / unit), 1) * unit
