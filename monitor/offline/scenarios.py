"""Scenarios, played through the very lane that judges live: what was expected beside what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from monitor.domain.changes import CustomerChange, StageChange, TierChange
from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet, compile_rules
from monitor.offline.rehearsal import START, Rehearsal
from schemas.customer_life import CustomerLife
from schemas.errors import ConfigError
from schemas.near_misses import allowed
from schemas.rules import Rule, RuleFile
from schemas.scenarios import ExpectedChange, ExpectedTransition, Scenario
from schemas.warnings import SEVERITIES
from schemas.yaml_errors import validated
from schemas.yaml_files import YamlText, read_yaml

GIVEN = ("customer", "about", "severity", "since", "at", "cause", "sequence")

GIVEN_OF_CHANGES = ("customer", "before", "since", "at", "kind", "reason", "sales", "border")

Expected = ExpectedTransition | ExpectedChange
Seen = Transition | CustomerChange


class Look(NamedTuple):
    """One time somebody looked: what should have been told by then, and what was."""

    at: timedelta
    expected: tuple[Expected, ...]
    seen: tuple[Seen, ...]

    @property
    def is_as_expected(self) -> bool:
        """Whether all that was told was expected, in that order, and the other way round."""
        return len(self.expected) == len(self.seen) and all(map(matches, self.expected, self.seen))


class Script(NamedTuple):
    """A scenario, and the text it stands in."""

    scenario: Scenario
    text: YamlText


def parse_scenario(text: str, source: str) -> Script:
    """Read a scenario in YAML; `source` is the file's name for messages. Raises `ConfigError`."""
    read = read_yaml(text, source, empty="begin with `timeline:`")
    scenario, problems = validated(Scenario, read)
    if scenario is None:
        raise problems[0]
    return Script(scenario, read)


def run_scenario(script: Script, rules: RuleSet | None = None) -> list[Look]:
    """Play a scenario to its end by its own rules, or by these where it has none.

    Raises `ConfigError` for an event that breaks its contract, and for what can never be told.
    """
    judging = _judging(script, rules)
    for problem in _never_told(script, judging):
        raise problem
    stage = Rehearsal(script.text, judging)
    looks, told = [], list[Transition]()
    for place, entry in enumerate(script.scenario.timeline):
        told += stage.play(entry, place)
        if entry.expect is not None:
            looks.append(Look(entry.at, entry.expect, tuple(told)))
            told = []
        if entry.becomes is not None:
            looks.append(Look(entry.at, entry.becomes, tuple(stage.changes)))
            stage.changes = []
    return looks


def matches(expected: Expected, seen: Seen) -> bool:
    """Whether what was told has all that is expected of it."""
    told = facts(seen)
    return all(name in told and told[name] == value for name, value in wanted(expected).items())


def wanted(expected: Expected) -> dict[str, Any]:
    """What is expected, by name."""
    if isinstance(expected, ExpectedTransition):
        told = {name: getattr(expected, name) for name in ("told", "rule", *GIVEN)}
    else:
        kind = "stage" if expected.stage is not None else "tier"
        more = {name: getattr(expected, name) for name in GIVEN_OF_CHANGES}
        told = {"told": kind, "rule": expected.stage or expected.tier, **more}
    return {name: value for name, value in told.items() if value is not None}


def facts(seen: Seen) -> dict[str, Any]:
    """What a scenario can ask of what was told, by name; moments since the start."""
    match seen:
        case Transition(warning=warning):
            return {
                "told": seen.told,
                "rule": warning.rule,
                "customer": seen.customer,
                "about": warning.about,
                "severity": SEVERITIES[warning.severity],
                "since": warning.since - START,
                "at": seen.at - START,
                "cause": seen.cause,
                "sequence": warning.sequence,
            }
        case StageChange(before=before, after=life):
            return {
                "told": "stage",
                "rule": life.stage,
                "customer": seen.customer,
                "before": before.stage if before else None,
                "since": life.since - START,
                "at": seen.at - START,
                "kind": life.kind,
                "reason": life.reason,
            }
        case TierChange():
            return {
                "told": "tier",
                "rule": seen.after,
                "customer": seen.customer,
                "before": seen.before,
                "at": seen.at - START,
                "sales": seen.sales,
                "border": seen.border,
            }


def _judging(script: Script, rules: RuleSet | None) -> RuleSet:
    own, customers = script.scenario.rules, script.scenario.customers
    if own is not None or customers is not None:
        return _compiled(script, own or (), customers)
    if rules is None:
        raise script.text.error("there are no rules to judge by", (), "give the scenario `rules:`")
    return rules


def _compiled(script: Script, rules: tuple[Rule, ...], customers: CustomerLife | None) -> RuleSet:
    try:
        return compile_rules(RuleFile(version=1, rules=rules, customers=customers))
    except ValidationError as error:  # of rules that don't go together
        first = error.errors()[0]
        where = first.get("ctx", {}).get("location", ("rules",))
        raise script.text.error(first["msg"].removeprefix("Value error, "), where) from None


def _never_told(script: Script, rules: RuleSet) -> Iterator[ConfigError]:
    """Expectations of rules and customers that there are not: slips of the pen, for which no rule is to blame."""
    events = (entry.event for entry in script.scenario.timeline)
    customers = list(dict.fromkeys(event.customer for event in events if event is not None))
    for place, entry in enumerate(script.scenario.timeline):
        for key in ("expect", "becomes"):
            for number, expected in enumerate(getattr(entry, key) or ()):
                where = ("timeline", place, key, number)
                if key == "expect" and expected.rule not in rules.by_name:
                    remedy = allowed(expected.rule, rules.by_name)
                    yield script.text.error(
                        f"no rule is called {expected.rule!r}", (*where, expected.told), remedy
                    )
                if expected.customer not in customers:
                    remedy = allowed(expected.customer, customers)
                    yield script.text.error("no event is of this customer", (*where, "customer"), remedy)
