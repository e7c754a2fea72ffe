"""Rules with a mistake in them, which raise for some customers, by the law of rules: only an event brings it about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from monitor.domain.rules import Judgement, Rule, RuleSet
from monitor.domain.rules.count import Count
from monitor.domain.rules.score import Part, Score
from monitor.domain.state import State
from tests.laws.strategies import EPOCH, rule_set

MOST = 1
"""So many of its events a fragile rule bears."""


class Fragile(Count, frozen=True):
    """Raises once more than `MOST` of its events are remembered."""

    def judge(self, state: State, now: datetime) -> Judgement:
        if len(self.of.times_after(state, EPOCH)) > MOST:
            raise ZeroDivisionError("a mistake of ours")
        return super().judge(state, now)


def with_mistakes(rules: RuleSet, names: Collection[str]) -> RuleSet:
    """The same rules, of which these have a mistake, wherever they stand; they have to be counts."""
    made = {rule.terms.name: _fragile(rule) for rule in rules.rules if rule.terms.name in names}
    broken = tuple(made.get(rule.terms.name) or _with_parts(rule, made) for rule in rules.rules)
    return RuleSet(broken, f"{rules.version}-{'-'.join(names)}", rules.customers)


def fragile_set(*rules: dict[str, Any], customers: dict[str, Any] | None = None) -> RuleSet:
    """These rules; those of which the name begins with `fragile` have a mistake."""
    made = rule_set(*rules, customers=customers)
    return with_mistakes(made, [name for name in made.by_name if name.startswith("fragile")])


def _fragile(rule: Rule) -> Rule:
    assert isinstance(rule, Count)
    return Fragile(rule.terms, rule.of, rule.n, rule.within, rule.as_of_last_event, rule.steps)


def _with_parts(rule: Rule, made: dict[str, Rule]) -> Rule:
    if not isinstance(rule, Score):
        return rule
    parts = (
        Part(made.get(part.rule.terms.name, part.rule), part.weight) if isinstance(part, Part) else part
        for part in rule.parts
    )
    return Score(rule.terms, tuple(parts), rule.at_least)
