"""Risk scores at a split: what the score rules of a file say of each customer who was known by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from monitor.domain.rules import Rule, RuleSet
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.scoped import Scoped
from monitor.domain.rules.score import Score
from monitor.offline.backtest.arrays import Floats
from monitor.offline.backtest.reading import NO_RULES
from monitor.offline.history import History

MOMENT = timedelta(microseconds=1)


def risk_scores(
    history: History, rules: RuleSet, split: datetime, started: datetime, customers: Mapping[str, int]
) -> dict[str, Floats]:
    """For each score rule the score of each customer by number, from what had happened before the split."""
    scores = {rule.terms.name: bare for rule in rules.rules if isinstance(bare := _bare(rule), Score)}
    found = {name: np.zeros(len(customers)) for name in scores}
    if not found:
        return {}
    run = replace(history, until=split - MOMENT).run(NO_RULES, started=started)
    for _ in run.stretches(lambda *_: None):
        pass
    for customer, row in run.replay.customers.standing():
        for name, rule in scores.items():
            if customer in customers:
                found[name][customers[customer]] = rule.share(row.state, split)
    return found


def _bare(rule: Rule) -> Rule:
    usual = rule.usual if isinstance(rule, Scoped) else rule
    return usual.rule if isinstance(usual, OnlyFor) else usual
