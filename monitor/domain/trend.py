"""How much a customer does now, against how much they usually do: sums that fade, one fast and one slowly.

Belongs here: the sums and their rates. Which fall is too deep is for rules/decline.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import exp, log
from typing import Literal

import msgspec

Measure = Literal["spend", "orders", "engagement", "loyalty"]

ENGAGING = ("campaign.responded", "points.redeemed", "training.attended", "referral.made")
"""What a customer does of their own accord, beside buying."""

SHORT, LONG = timedelta(days=30), timedelta(days=180)
"""How long it takes until an event weighs 1/e of what it weighed: in the fast sum, in the slow one."""

_SHORT, _LONG = SHORT.total_seconds(), LONG.total_seconds()
DAY = 86_400.0


class Trend(msgspec.Struct, frozen=True, array_like=True):
    """Exponentially decayed sums as of the moment `at`: of amounts, of orders, of other signs of interest.

    A sum S with time constant T is worth a rate of S / T per second, for a steady stream settles at rate x T.
    """

    at: datetime | None = None
    spend_short: float = 0.0
    spend_long: float = 0.0
    orders_short: float = 0.0
    orders_long: float = 0.0
    engagement_short: float = 0.0
    engagement_long: float = 0.0


def with_event(trend: Trend, at: datetime, spend: float, orders: float, engagement: float) -> Trend:
    """The sums after an event, whenever it happened: a late one has faded as much as if it had come in time."""
    latest, short, long, new_short, new_long = trend.at, 1.0, 1.0, 1.0, 1.0
    if latest is None or at >= latest:
        passed = 0.0 if latest is None else (at - latest).total_seconds()
        latest, short, long = at, exp(-passed / _SHORT), exp(-passed / _LONG)
    else:
        late = (latest - at).total_seconds()
        new_short, new_long = exp(-late / _SHORT), exp(-late / _LONG)
    return Trend(
        latest,
        trend.spend_short * short + spend * new_short,
        trend.spend_long * long + spend * new_long,
        trend.orders_short * short + orders * new_short,
        trend.orders_long * long + orders * new_long,
        trend.engagement_short * short + engagement * new_short,
        trend.engagement_long * long + engagement * new_long,
    )


def rates(trend: Trend, measure: Measure, now: datetime) -> tuple[float, float]:
    """What the fast and the slow sum are worth per day at `now`."""
    short, long = _sums(trend, measure)
    passed = (now - trend.at).total_seconds() if trend.at is not None else 0.0
    return short * exp(-passed / _SHORT) / _SHORT * DAY, long * exp(-passed / _LONG) / _LONG * DAY


def pace(trend: Trend, measure: Measure) -> float:
    """How often in 30 days this usually happens, by the slow sum at the last event; spending happens with orders."""
    long = trend.engagement_long if measure == "engagement" else trend.orders_long
    return long / _LONG * 30 * DAY


def falls_below(trend: Trend, measure: Measure, share: float) -> datetime | None:
    """When the fast rate is, or was, down to `share` of the slow one, if nothing more happens.

    The ratio of the rates falls by exp(-t x (1/SHORT - 1/LONG)): solved for t. None where nothing ever happened.
    """
    short, long = _sums(trend, measure)
    if trend.at is None or long <= 0.0:
        return None
    ratio = (short / _SHORT) / (long / _LONG)
    seconds = log(ratio / share) / (1 / _SHORT - 1 / _LONG) if ratio > 0.0 else 0.0
    return trend.at + timedelta(seconds=seconds)


def _sums(trend: Trend, measure: Measure) -> tuple[float, float]:
    match measure:
        case "spend":
            return trend.spend_short, trend.spend_long
        case "orders":
            return trend.orders_short, trend.orders_long
        case "engagement":
            return trend.engagement_short, trend.engagement_long
        case "loyalty":  # all that customers do of their own accord, orders among it
            return trend.orders_short + trend.engagement_short, trend.orders_long + trend.engagement_long
