"""What the rules make of a state at a moment: which warnings open, step up, are corrected or end.

Pure: the same state, standing warnings, rules and moment give the same verdict; assessing again decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.life import LIFE, Transition, warning_id
from monitor.domain.rules.base import Finding, Rule
from monitor.domain.state import RESOLVED, STANDING, Standing, State

Verdict = tuple[list[Transition], tuple[Standing, ...], list[datetime | None]]
"""What was decided: transitions in order, the warnings after them, and when each rule wants to look again."""

_NOTHING: tuple[list[Transition], datetime | None] = ([], None)


class Failure(NamedTuple):
    """A rule that raised, which none may: a mistake of ours, met by this customer."""

    rule: str
    customer: str
    error: Exception


def assess(
    customer: str,
    state: State,
    standing: tuple[Standing, ...],
    rules: Iterable[Rule],
    now: datetime,
    failures: list[Failure] | None = None,
) -> Verdict:
    """Judge one customer by `rules` at `now`. Warnings of other rules are left alone.

    Where `failures` are collected, a rule that raises is passed over, its warnings and all other rules untouched.
    """
    transitions: list[Transition] = []
    checks: list[datetime | None] = []
    firing = [each.rule for each in standing if each.phase == "firing"] if standing else ()
    for rule in rules:
        told, check = _NOTHING
        try:
            findings, check = rule.judge(state, now)
            if findings or (firing and rule.terms.name in firing):
                told = _decided(customer, state, standing, rule, findings, now)
        except Exception as error:
            if failures is None:
                raise
            failures.append(Failure(rule.terms.name, customer, error))
        checks.append(check)
        if told:
            transitions += told
            standing = _after(standing, told)
    return transitions, standing, checks


def _decided(
    customer: str,
    state: State,
    standing: tuple[Standing, ...],
    rule: Rule,
    findings: tuple[Finding, ...],
    now: datetime,
) -> list[Transition]:
    """What one rule's findings change."""
    name = rule.terms.name
    stands = {each.about: each for each in standing if each.rule == name}
    told: list[Transition] = []
    room = STANDING
    if findings:
        room -= sum(each.phase == "firing" for each in standing)
    for finding in findings:
        change = _found(customer, state, stands.pop(finding.about, None), finding, rule, now)
        if change is None or (change.told == "firing" and room <= 0):
            continue
        room -= change.told == "firing"
        told.append(change)
    told += [
        _gone(customer, state, each, rule, now) for each in stands.values() if (each.phase, "gone") in LIFE
    ]
    return told


def _after(standing: tuple[Standing, ...], told: list[Transition]) -> tuple[Standing, ...]:
    """All warnings, those that changed behind the others."""
    changed = {(each.warning.rule, each.warning.about): each.warning for each in told}
    others = [each for each in standing if (each.rule, each.about) not in changed]
    return _bounded((*others, *changed.values()))


def _found(
    customer: str, state: State, before: Standing | None, finding: Finding, rule: Rule, now: datetime
) -> Transition | None:
    """What a finding means for the warning that it may have already."""
    if before is None or before.phase == "resolved":
        _, told = LIFE[before.phase if before else None, "found"]
        after = _opened(customer, before, finding, rule)
    else:
        since = min(before.since, finding.since) if rule.since_may_drift else finding.since
        severity = max(before.severity, finding.severity)
        if severity == before.severity and since == before.since:
            return None
        _, told = LIFE[before.phase, "worse" if severity > before.severity else "moved"]
        after = replace(before, sequence=before.sequence + 1, since=since, severity=severity)
    terms, evidence = rule.terms, rule.evidence(state, finding, now)
    return Transition(
        told,
        customer,
        after,
        now,
        terms.shadow,
        rule.resolves_when(finding.about),
        terms.kind_of_churn,
        terms.reason,
        evidence,
    )


def _gone(customer: str, state: State, before: Standing, rule: Rule, now: datetime) -> Transition:
    """The end of a warning that no finding supports any more."""
    phase, told = LIFE[before.phase, "gone"]
    about, since, terms = before.about, before.since, rule.terms
    after = Standing(
        before.rule, about, phase, before.sequence + 1, before.id, since, before.severity
    )  # a call costs half of `replace`
    return Transition(
        told,
        customer,
        after,
        now,
        terms.shadow,
        rule.resolves_when(about),
        terms.kind_of_churn,
        terms.reason,
        cause=rule.ended(state, about, since),
    )


def _opened(customer: str, before: Standing | None, finding: Finding, rule: Rule) -> Standing:
    name, about, since = rule.terms.name, finding.about, finding.since
    sequence = 1 if before is None else before.sequence + 1
    identity = warning_id(customer, name, about, since)
    return Standing(name, about, "firing", sequence, identity, since, finding.severity)


def _bounded(standing: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """The warnings, less the ended ones (the first to end first) that exceed what a row remembers."""
    if len(standing) <= RESOLVED:
        return standing
    ended = [warning for warning in standing if warning.phase == "resolved"]
    leaving = set(map(id, ended[: max(0, len(ended) - RESOLVED)]))
    return tuple(warning for warning in standing if id(warning) not in leaving)
