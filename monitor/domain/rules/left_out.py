"""Rules as they are for a customer for whom some of them are left out, and the scores that rest on those."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec.structs import replace

from monitor.domain.rules.base import Rule
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.scoped import Scoped
from monitor.domain.rules.score import Part, Score


def resting_on_nothing(rules: Iterable[Rule], gone: frozenset[str]) -> frozenset[str]:
    """The names of the scores of which no part is left without these rules."""
    parts = ((rule.terms.name, _parts(rule)) for rule in rules)
    return frozenset(name for name, names in parts if names and names <= gone)


def without_parts(rule: Rule, gone: Container[str]) -> Rule:
    """The rule; of a score, what is left without these parts and their weights."""
    match rule:
        case Score():
            kept = (
                part for part in rule.parts if not isinstance(part, Part) or part.rule.terms.name not in gone
            )
            return replace(rule, parts=tuple(kept))
        case OnlyFor():
            return replace(rule, rule=without_parts(rule.rule, gone))
        case Scoped():
            tiers = {name: without_parts(each, gone) for name, each in rule.tiers.items()}
            segments = tuple((name, without_parts(each, gone)) for name, each in rule.segments)
            return Scoped(without_parts(rule.usual, gone), tiers, segments)
    return rule


def _parts(rule: Rule) -> frozenset[str]:
    """The rules that a score rests on alone, whoever it is for; of any other rule none."""
    match rule:
        case Scoped():
            return frozenset().union(*map(_parts, rule.variants()))
        case OnlyFor():
            return _parts(rule.rule)
        case Score() if rule.rests_on_rules_alone:
            return rule.names
    return frozenset()
