"""The rules of a rule file, compiled: one module for each kind, and the set that a lane judges by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from monitor.domain.rules.base import LEVEL, Evidence, Finding, Judgement, Rule
from monitor.domain.rules.compiled import compiled, customer_terms
from monitor.domain.rules.left_out import NotWhileLost, resting_on_nothing, while_lost, without_parts
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.scoped import for_state
from monitor.domain.rules.score import Score
from monitor.domain.stages import CustomerTerms
from monitor.domain.state import FLAVOURS, Row, Standing, State
from schemas import rules as spec

__all__ = [
    "LEVEL",
    "NO_RULES",
    "Evidence",
    "Finding",
    "Judgement",
    "Placed",
    "Rule",
    "RuleSet",
    "compile_rules",
    "for_state",
]


Placed = Mapping[int, Rule]
"""Rules by their place in a set, in order."""

NO_RULES: Placed = {}

REMEMBERED = 10_000
"""Combinations of a flavour, a number of orders and standing warnings whose rules are remembered."""


NOBODY: Mapping[str, RuleSet] = {}


class RuleSet:
    """Rules in the order of their file, and which of them an event of some type can touch.

    A rule is known to a lane by its place in `rules`; to the world by its name. `scores` change only with what other
    rules find, and need no event or deadline of their own: `everything` is without them. `customers` says when a
    customer is new, lost or important; without it nobody is. `named` are the sets of customers that scopes name.
    Those that are `off` have their place, and are not judged.
    """

    def __init__(
        self,
        rules: tuple[Rule, ...],
        version: str,
        customers: CustomerTerms | None = None,
        named: Mapping[str, RuleSet] = NOBODY,
        off: frozenset[str] = frozenset(),
    ) -> None:
        self.rules = rules
        self.named = named
        self.off = off
        self.customers = customers
        self.version = version
        self.by_name = {rule.terms.name: rule for rule in rules}
        judged = {place: rule for place, rule in enumerate(rules) if rule.terms.name not in off}
        self.scores = {
            place: rule
            for place, rule in judged.items()
            if isinstance(rule, Score) and rule.rests_on_rules_alone
        }
        self.everything = {place: rule for place, rule in judged.items() if place not in self.scores}
        self.waiting_scores = {place: score for place, score in self.scores.items() if score.terms.waits}
        self._resting: dict[str, Placed] = {}
        self._touched: dict[tuple[str, int], Placed] = {}
        self._ended: dict[str, dict[str, int]] = {}
        self._together: dict[tuple[object, ...], Placed] = {}
        borders = [each for rule in rules if isinstance(rule, OnlyFor) for each in rule.borders]
        self._without: dict[frozenset[str], RuleSet] = {}
        self._many = max(borders, default=-1) + 1

    def of(self, customer: str) -> RuleSet:
        """The rules as they are for a customer, each at the same place."""
        return self.named.get(customer, self)

    def for_row(self, customer: str, row: Row) -> RuleSet:
        """The rules by which a customer with this row is judged: not those that are off for them, or end with loss."""
        rules, life = self.named.get(customer, self), row.life
        if row.off:
            rules = rules.without(frozenset(each.rule for each in row.off))
        return rules.while_lost if life is not None and life.stage == "lost" else rules

    @cached_property
    def while_lost(self) -> RuleSet:
        """The rules for customers who are lost, each at the same place; where nobody is ever lost, these very rules."""
        if self.customers is None:
            return self
        rules = while_lost(self.rules)
        ending = {rule.terms.name for rule in rules if isinstance(rule, NotWhileLost)}  # they can't raise
        return RuleSet(rules, self.version, self.customers, off=self.off - ending)

    def without(self, names: frozenset[str]) -> RuleSet:
        """The rules where these are off, each at the same place; scores are made of the others."""
        found = self._without.get(names)
        if found is None:
            _make_room(self._without)
            rules = tuple(without_parts(rule, names) for rule in self.rules)
            off = names | resting_on_nothing(self.rules, names)
            found = self._without[names] = RuleSet(rules, self.version, self.customers, off=off)
        return found

    def applying(self, customer: str, row: Row) -> RuleSet:
        """The very rules by which a customer with this row is judged, none of them off or with scopes any more."""
        mine = self.for_row(customer, row)
        rules = tuple(for_state(rule, row.state) for rule in mine.rules if rule.terms.name not in mine.off)
        return RuleSet(rules, self.version, self.customers)

    def touched_by(self, flavour: str, standing: tuple[Standing, ...], orders: int) -> Placed:
        """The rules, by place, whose judgement an event of this flavour can change, given what stands.

        `orders` are those that the customer has after it.
        """
        orders = min(orders, self._many)  # from so many on, all are alike
        touched = self._touched.get((flavour, orders))
        if touched is None:
            touched = self._learned(flavour, orders)
        if not standing:
            return touched
        ended = self._ended[flavour]
        ending = [each.rule for each in standing if each.phase != "resolved" and each.rule in ended]
        if not ending:
            return touched
        asked = (flavour, orders, *ending)
        together = self._together.get(asked)
        if together is None:
            _make_room(self._together)
            places = sorted({*touched, *(ended[name] for name in ending)})
            together = self._together[asked] = {place: self.rules[place] for place in places}
        return together

    def touched_by_forgetting(self, touched: Placed, state: State, standing: tuple[Standing, ...]) -> Placed:
        """Also the rules that may change their judgement because something had to make room in `state`.

        Without a flavour, anything may begin to be found; without an object, no more than a warning can end.
        """
        if len(state.marks) >= FLAVOURS:
            return self.everything
        open_ones = {each.rule for each in standing if each.phase != "resolved"}
        return {
            place: rule
            for place, rule in self.everything.items()
            if place in touched or rule.terms.name in open_ones
        }

    def resting_on(self, names: Iterable[str]) -> Placed:
        """The scores that are made of what these rules find, by place."""
        found: dict[int, Rule] = {}
        for name in names:
            scores = self._resting.get(name)
            if scores is None:
                scores = self._resting[name] = {
                    place: score for place, score in self.scores.items() if name in score.names
                }
            found |= scores
        return found

    def _learned(self, flavour: str, orders: int) -> Placed:
        kind, rules = flavour.split(" ", maxsplit=1)[0], self.everything.items()
        self._ended[flavour] = {
            rule.terms.name: place for place, rule in rules if rule.ended_by(kind, flavour)
        }
        touched = {place: rule for place, rule in rules if _is_touched(rule, kind, flavour, orders)}
        _make_room(self._touched)
        self._touched[flavour, orders] = touched
        return touched


def _is_touched(rule: Rule, kind: str, flavour: str, orders: int) -> bool:
    if isinstance(rule, OnlyFor):
        return rule.touched_at(kind, flavour, orders)
    return rule.touched_by(kind, flavour)


def _make_room(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= REMEMBERED:
        remembered.clear()


def compile_rules(file: spec.RuleFile) -> RuleSet:
    """The rules of a file that are not off, ready to judge by."""
    version, customers = spec.rules_version(file), customer_terms(file)
    alike: dict[tuple[tuple[str, int], ...], RuleSet] = {}
    named: dict[str, RuleSet] = {}
    for customer, chosen in _scopes_by_customer(file).items():
        if chosen not in alike:
            alike[chosen] = RuleSet(compiled(file, customer), version, customers)
        named[customer] = alike[chosen]
    return RuleSet(compiled(file), version, customers, named)


def _scopes_by_customer(file: spec.RuleFile) -> dict[str, tuple[tuple[str, int], ...]]:
    """The customers that scopes name, each with rule and number of those scopes."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for rule in file.rules:
        for number, scope in enumerate(rule.scopes or ()):
            for customer in scope.customer or ():
                found[customer] = (*found.get(customer, ()), (rule.name, number))
    return found
