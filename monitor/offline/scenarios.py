"""Scenarios, played through the very lane that judges live: what was expected beside what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet, compile_rules
from monitor.offline.rehearsal import START, Rehearsal
from schemas.errors import ConfigError
from schemas.near_misses import allowed
from schemas.rules import RuleFile
from schemas.scenarios import ExpectedTransition, Scenario
from schemas.warnings import SEVERITIES
from schemas.yaml_errors import validated
from schemas.yaml_files import YamlText, read_yaml

GIVEN = ("customer", "about", "severity", "since", "at", "cause", "sequence")


class Look(NamedTuple):
    """One time somebody looked: what should have been told by then, and what was."""

    at: timedelta
    expected: tuple[ExpectedTransition, ...]
    seen: tuple[Transition, ...]

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
    return looks


def matches(expected: ExpectedTransition, seen: Transition) -> bool:
    """Whether a transition has all that is expected of it."""
    told = facts(seen)
    return all(told[name] == value for name, value in wanted(expected).items())


def wanted(expected: ExpectedTransition) -> dict[str, Any]:
    """What is expected of a transition, by name."""
    told = {name: getattr(expected, name) for name in ("told", "rule", *GIVEN)}
    return {name: value for name, value in told.items() if value is not None}


def facts(seen: Transition) -> dict[str, Any]:
    """What a scenario can ask of a transition, by name; moments since the start."""
    warning = seen.warning
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


def _judging(script: Script, rules: RuleSet | None) -> RuleSet:
    if script.scenario.rules is not None:
        return compile_rules(RuleFile(version=1, rules=script.scenario.rules))
    if rules is None:
        raise script.text.error("there are no rules to judge by", (), "give the scenario `rules:`")
    return rules


def _never_told(script: Script, rules: RuleSet) -> Iterator[ConfigError]:
    """Expectations of rules and customers that there are not: slips of the pen, for which no rule is to blame."""
    events = (entry.event for entry in script.scenario.timeline)
    customers = list(dict.fromkeys(event.customer for event in events if event is not None))
    for place, entry in enumerate(script.scenario.timeline):
        for number, expected in enumerate(entry.expect or ()):
            where = ("timeline", place, "expect", number)
            if expected.rule not in rules.by_name:
                problem, remedy = (
                    f"no rule is called {expected.rule!r}",
                    allowed(expected.rule, rules.by_name),
                )
                yield script.text.error(problem, (*where, expected.told), remedy)
            if expected.customer not in customers:
                problem, remedy = "no event is of this customer", allowed(expected.customer, customers)
                yield script.text.error(problem, (*where, "customer"), remedy)
