"""Who stands under warning when a history ends: the gravest of them, with their evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from datetime import datetime

import msgspec

from monitor.domain.rules import RuleSet
from monitor.offline.standing import Rows, StandingWarning, standing_at
from schemas.warnings import SEVERITIES

LISTED = 100


class WhoStands(msgspec.Struct, frozen=True):
    """How many warnings stand at `at`, about how many customers and by which rules; `gravest` are 100 at most.

    The gravest first: by severity, then by value at risk, then by how long they have stood.
    """

    at: datetime
    customers: int
    warnings: int
    by_rule: dict[str, int]
    gravest: list[StandingWarning]


def who_stands(rows: Rows, rules: RuleSet, at: datetime, names: Container[str]) -> WhoStands:
    """Who stands under warning of the rules of these names, of which shadow rules warn nobody.

    The rows must be as they are at `at`.
    """
    found = standing_at(rows, rules, at, names)
    by_rule = Counter(each.rule for each in found)
    customers = {each.customer for each in found}
    gravest = sorted(found, key=_gravity)[:LISTED]
    return WhoStands(at, len(customers), len(found), dict(by_rule.most_common()), gravest)


def _gravity(warning: StandingWarning) -> tuple[int, float, datetime, str]:
    at_risk = warning.value_at_risk.amount if warning.value_at_risk else 0.0
    return -SEVERITIES.index(warning.severity), -at_risk, warning.since, warning.id
