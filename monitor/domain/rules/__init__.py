"""The rules of a rule file, compiled: one module for each kind, and the set that a lane judges by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from monitor.domain.rules.ageing import Ageing
from monitor.domain.rules.base import LEVEL, Evidence, Finding, Judgement, Rule, Step, Terms
from monitor.domain.rules.count import Count, CountStep
from monitor.domain.rules.filters import Filters
from monitor.domain.rules.silence import Fixed, Personal, Silence
from monitor.domain.state import Standing
from schemas import rules as spec
from schemas.rule_parts import Common, TimesStep

__all__ = ["LEVEL", "Evidence", "Finding", "Judgement", "Rule", "RuleSet", "compile_rules"]


Placed = Mapping[int, Rule]
"""Rules by their place in a set, in order."""


class RuleSet:
    """Rules in the order of their file, and which of them an event of some type can touch.

    A rule is known to a lane by its place in `rules`; to the world by its name.
    """

    def __init__(self, rules: tuple[Rule, ...], version: str) -> None:
        self.rules = rules
        self.version = version
        self.by_name = {rule.terms.name: rule for rule in rules}
        self.everything = dict(enumerate(rules))
        self._touched: dict[tuple[str, ...], Placed] = {}
        self._loose = {rule.terms.name for rule in rules if rule.ended_by_any}

    def touched_by(self, flavour: str, standing: tuple[Standing, ...]) -> Placed:
        """The rules, by place, whose judgement an event of this flavour can change, given what stands."""
        asked, loose = [flavour], self._loose
        if standing and loose:
            asked += [each.rule for each in standing if each.phase == "firing" and each.rule in loose]
        touched = self._touched.get(tuple(asked))
        return self._touching(*asked) if touched is None else touched

    def _touching(self, flavour: str, *ending: str) -> Placed:
        kind, rules = flavour.split(" ", maxsplit=1)[0], self.everything.items()
        touched = {
            place: rule
            for place, rule in rules
            if rule.touched_by(kind, flavour) or rule.terms.name in ending
        }
        self._touched[flavour, *ending] = touched
        return touched


def compile_rules(file: spec.RuleFile) -> RuleSet:
    """The rules of a file that are not off, ready to judge by."""
    rules = tuple(_compiled(rule) for rule in file.rules if rule.mode != "off")
    return RuleSet(rules, spec.rules_version(file))


def _compiled(rule: spec.Rule) -> Rule:
    match rule:
        case spec.Silence():
            return Silence(_terms(rule), rule.of, _threshold(rule), _steps(rule.steps))
        case spec.Count():
            steps = tuple(CountStep(step.n, LEVEL[step.severity]) for step in rule.steps)
            filters = Filters(*((chosen.type, chosen.where) for chosen in rule.of))
            return Count(_terms(rule), filters, rule.n, rule.within, rule.as_of == "last_event", steps)
        case spec.Ageing():
            filters = Filters((rule.of, rule.where))
            return Ageing(_terms(rule), filters, rule.until, rule.older_than, _steps(rule.steps))
        case _:
            assert_never(rule)


def _terms(rule: Common) -> Terms:
    shadow = rule.mode == "shadow"
    return Terms(rule.name, LEVEL[rule.severity], shadow, rule.kind_of_churn, rule.reason)


def _steps(steps: tuple[TimesStep, ...]) -> tuple[Step, ...]:
    return tuple(Step(step.times, LEVEL[step.severity]) for step in steps)


def _threshold(rule: spec.Silence) -> Fixed | Personal:
    own = rule.personal
    if own is None:
        if rule.quiet_for is None:
            raise AssertionError("the contract of rule files asks for one of the two")
        return Fixed(rule.quiet_for)
    prior, weight = (own.prior.gap, own.prior.weight) if own.prior else (own.fallback, 0.0)
    smoothed = own.mean == "smoothed"
    return Personal(own.factor, own.floor, own.ceiling, own.fallback, own.min_gaps, smoothed, prior, weight)
