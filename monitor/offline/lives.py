"""How many customers stand in which stage and tier."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, get_args

from monitor.domain.state import NOBODY
from monitor.offline.standing import Rows
from schemas.fields import Stage, Tier


class Lives(NamedTuple):
    """Customers by stage and by tier, in the order in which they are defined; none where the rules ask for neither."""

    stages: dict[Stage, int]
    tiers: dict[Tier, int]


def count_lives(rows: Rows) -> Lives:
    """Count the customers of these rows."""
    stages, tiers = Counter[Stage](), Counter[Tier]()
    for _, row in rows:
        if row.life is not None:
            stages[row.life.stage] += 1
        tier = (row.state.about or NOBODY).tier
        if tier is not None:
            tiers[tier] += 1
    return Lives(
        {stage: stages[stage] for stage in get_args(Stage) if stages[stage]},
        {tier: tiers[tier] for tier in get_args(Tier) if tiers[tier]},
    )
