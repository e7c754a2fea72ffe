"""Delay against false alarms: how long one waits for a warning, by how many false ones one puts up with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from monitor.offline.backtest.even import evenly
from monitor.offline.backtest.limits import Shape, shrunk
from monitor.offline.backtest.measures import limited
from monitor.offline.backtest.proposals import shapes
from monitor.offline.backtest.silences import Silences
from monitor.offline.backtest.specs import Limit, limit_of
from schemas.rules import Rule

RATES = (0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4)


class Point(msgspec.Struct, frozen=True):
    """One scale of a limit: the false alarms that it gives, and the days until the median leaver is warned of."""

    scale: float
    false_alarm_rate: float
    delay: float


class Curve(msgspec.Struct, frozen=True):
    """One shape of limit at many scales; `rule` names the rule of the file that has it, `here` is where that stands."""

    shape: str
    points: list[Point]
    rule: str | None = None
    here: Point | None = None


def curves(told: Silences, rules: Sequence[Rule]) -> list[Curve]:
    """The curves of the usual shapes, of the evenly spread one, and of each silence rule of orders."""
    usual = [Curve(name, list(_points(told, shape))) for name, shape in shapes(told).items()]
    limits = [(rule.name, limit_of(rule)) for rule in rules]
    own = [
        _own(told, name, limit)
        for name, limit in limits
        if limit and (limit.judges(told) & told.rhythmic).any()
    ]
    return [*usual, Curve("evenly", list(_even_points(told))), *own]


def _own(told: Silences, name: str, limit: Limit) -> Curve:
    here = next(_point(told, limit.shape, limit.scale), None)
    return Curve("own", list(_points(told, limit.shape)), name, here)


def _points(told: Silences, shape: Shape) -> Iterator[Point]:
    for wished in RATES:
        scale = shape.scale(told, told.rhythmic, wished)
        if scale is not None:
            yield from _point(told, shape, scale)


def _even_points(told: Silences) -> Iterator[Point]:
    for wished in RATES:
        if (found := evenly(told, shrunk(told), wished, told.rhythmic)) is not None:
            yield from _point(told, *found)


def _point(told: Silences, shape: Shape, scale: float) -> Iterator[Point]:
    every = limited(told, shape.limit(told, scale), told.rhythmic)[0]
    if every.false_alarm_rate is not None and every.delay is not None:
        yield Point(scale, every.false_alarm_rate, every.delay)
