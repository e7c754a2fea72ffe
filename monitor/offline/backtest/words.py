"""What groups, shapes and scores are called where people read of them."""

from __future__ import annotations

from datetime import datetime

from monitor.domain.words import counted
from monitor.offline.backtest.gravest import WhoStands
from monitor.offline.standing import StandingWarning

GROUP_WORDS = {
    "all": "all",
    "few": "fewer than 2 gaps",
    "fast": "fast",
    "middle": "middle",
    "slow": "slow",
    "sales": "all, by sales",
}
SHAPES = {
    "fixed": "one number of days",
    "mean_gap": "own mean gap",
    "shrunk_mean_gap": "own mean gap, shrunk",
    "one_time": "after the first order",
    "evenly": "shrunk, floor and ceiling",
    "personal": "personal",
    "own": "as in the file",
}
SPREADS = {"everyone": "for everyone", "evenly": "evenly over the classes"}
SCORES = {
    "expected_purchases": "expected purchases",
    "days_since_last_order": "days since last order",
    "one_minus_p_alive": "1 - P(alive)",
    "personal_ratio": "silence / own mean gap",
}
NONE = "–"
ENOUGH = 100


def score_name(score: str) -> str:
    """What a score is called; a risk score by its rule."""
    return SCORES.get(score, score)


def doubts(leavers: int) -> str | None:
    """What to say of a history too short for its figures to be trusted."""
    few = (
        f"Only {leavers} customers left: shares of so few say little, and thresholds learned from them less."
    )
    return few if leavers < ENOUGH else None


def stands(found: WhoStands) -> str:
    """How many warnings stand, about whom, and how many of them are listed."""
    if not found.warnings:
        return "No warning stands."
    told = f"{counted(found.warnings, 'warning')}, about {counted(found.customers, 'customer')}"
    rules = ", ".join(f"{rule} {count:,}" for rule, count in found.by_rule.items())
    listed = len(found.gravest)
    return f"{told}: {rules}." + (f" The gravest {listed} are listed." if listed < found.warnings else "")


def told_moment(at: datetime) -> str:
    """A moment as options take it: a day, if it is the first moment of one."""
    return at.isoformat().removesuffix("T00:00:00+00:00").replace("+00:00", "Z")


def at_risk(warning: StandingWarning) -> str:
    """The value at risk, in the events' own currency."""
    return f"{warning.value_at_risk.amount:,.0f}" if warning.value_at_risk else NONE


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal."""
    return NONE if share is None else f"{share:.1%}".replace("%", " %")


def in_days(days: float | None) -> str:
    """Days without decimals."""
    return NONE if days is None else f"{days:,.0f} d"
