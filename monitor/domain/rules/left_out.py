"""Rules as they are for a customer for whom some of them are left out, and the scores that rest on those."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from msgspec.structs import replace

from monitor.domain.rules.base import AT_ONCE, Rule
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.scoped import Off, Scoped
from monitor.domain.rules.score import Part, Score
from monitor.domain.state import State
from schemas.warnings import Cause


class NotWhileLost(Off, frozen=True):
    """`rule` for a lost customer, of whom it says nothing more: what it has found before ends with the loss."""

    rule: Rule

    def resolves_when(self, about: str | None) -> str:
        return self.rule.resolves_when(about)

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "lost"


def while_lost(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules as they are for a lost customer, each at its place: those that stay, and scores of these alone."""
    rules = tuple(rules)
    gone = frozenset(rule.terms.name for rule in rules if rule.terms.ends_when_lost)
    gone |= resting_on_nothing(rules, gone)
    return tuple(
        _not_while_lost(rule) if rule.terms.name in gone else without_parts(rule, gone) for rule in rules
    )


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


def _not_while_lost(rule: Rule) -> Rule:
    return NotWhileLost(replace(rule.terms, held_for=AT_ONCE, keep=AT_ONCE), rule)


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
