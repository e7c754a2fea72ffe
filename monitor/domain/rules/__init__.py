"""The rules of a rule file, compiled: one module for each kind, and the set that a lane judges by."""

from __future__ import annotations

from typing import assert_never

from monitor.domain.rules.ageing import Ageing
from monitor.domain.rules.base import LEVEL, Evidence, Finding, Rule, Step, Terms
from monitor.domain.rules.count import Count, CountStep
from monitor.domain.rules.filters import Filters
from monitor.domain.rules.silence import Fixed, Personal, Silence
from monitor.domain.state import Standing
from schemas import rules as spec
from schemas.rule_parts import Common, TimesStep

__all__ = ["LEVEL", "Evidence", "Finding", "Rule", "RuleSet", "compile_rules"]


class RuleSet:
    """Rules in the order of their file, and which of them an event of some type can touch.

    A rule is known to a lane by its place in `rules`; to the world by its name.
    """

    def __init__(self, rules: tuple[Rule, ...], version: str) -> None:
        self.rules = rules
        self.version = version
        self.by_name = {rule.terms.name: rule for rule in rules}
        self._touched: dict[str, tuple[int, ...]] = {}
        self._loose = {rule.terms.name: place for place, rule in enumerate(rules) if rule.ended_by_any}

    def touched_by(self, kind: str, standing: tuple[Standing, ...]) -> tuple[int, ...]:
        """The places of the rules whose judgement an event of this type can change, given what stands."""
        touched = self._touched.get(kind)
        if touched is None:
            places = tuple(place for place, rule in enumerate(self.rules) if kind in rule.touched_by)
            touched = self._touched[kind] = places
        if not standing or not self._loose:
            return touched
        loose = self._loose
        ending = {loose[each.rule] for each in standing if each.rule in loose and each.phase == "firing"}
        return tuple(sorted({*touched, *ending})) if ending else touched


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
