"""What the rules make of a state at a moment: which warnings open, step up, are corrected or end.

Pure: the same state, standing warnings, rules and moment give the same verdict; assessing again decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.life import LIFE, Happened, Transition, warning_id
from monitor.domain.rules.base import Evidence, Finding, Rule
from monitor.domain.state import RESOLVED, STANDING, Standing, State
from schemas.warnings import Cause


class Verdict(NamedTuple):
    """What was decided: transitions in order, the warnings after them, and when the rules want to look again."""

    transitions: tuple[Transition, ...]
    standing: tuple[Standing, ...]
    next_check: datetime | None


def assess(
    customer: str, state: State, standing: tuple[Standing, ...], rules: Iterable[Rule], now: datetime
) -> Verdict:
    """Judge one customer by `rules` at `now`. Warnings of other rules are left alone."""
    transitions: list[Transition] = []
    checks: list[datetime] = []
    for rule in rules:
        told, standing = judge(customer, state, standing, rule, now)
        transitions += told
        check = rule.next_check(state, now)
        if check is not None:
            checks.append(check)
    return Verdict(tuple(transitions), standing, min(checks, default=None))


def judge(
    customer: str, state: State, standing: tuple[Standing, ...], rule: Rule, now: datetime
) -> tuple[list[Transition], tuple[Standing, ...]]:
    """One rule's part of the verdict: its transitions, and all warnings after them."""
    findings = rule.judge(state, now)
    name = rule.terms.name
    stands = [warning for warning in standing if warning.rule == name] if standing else []
    if not findings and all(warning.phase == "resolved" for warning in stands):
        return [], standing
    before = {warning.about: warning for warning in stands}
    told: list[Transition] = []
    room = STANDING - sum(warning.phase == "firing" for warning in standing)
    for finding in findings:
        change = _change(customer, state, before.get(finding.about), finding, rule, now)
        if change is None or (change.told == "firing" and room <= 0):
            continue
        room -= change.told == "firing"
        told.append(change)
    found = {finding.about for finding in findings}
    for warning in stands:
        change = None if warning.about in found else _change(customer, state, warning, None, rule, now)
        if change is not None:
            told.append(change)
    return told, _after(standing, told) if told else standing


def _after(standing: tuple[Standing, ...], told: Iterable[Transition]) -> tuple[Standing, ...]:
    """All warnings, those that changed behind the others."""
    changed = {(each.warning.rule, each.warning.about): each.warning for each in told}
    others = (warning for warning in standing if (warning.rule, warning.about) not in changed)
    return _bounded((*others, *changed.values()))


def _change(
    customer: str, state: State, warning: Standing | None, finding: Finding | None, rule: Rule, now: datetime
) -> Transition | None:
    happened = _what_happened(warning, finding, rule)
    entry = (
        LIFE.get((warning.phase if warning is not None else None, happened)) if happened is not None else None
    )
    if entry is None:
        return None
    phase, told = entry
    evidence: Evidence | None = None
    cause: Cause | None = None
    if finding is not None:
        after = _standing(customer, warning, finding, rule, opens=told == "firing")
        evidence = rule.evidence(state, finding, now)
    elif warning is not None:
        after = replace(warning, phase=phase, sequence=warning.sequence + 1)
        cause = rule.ended(state, warning.about, warning.since)
    else:
        raise AssertionError("a warning that never was cannot end")
    terms = rule.terms
    return Transition(
        told,
        customer,
        after,
        now,
        terms.shadow,
        rule.resolves_when(after.about),
        terms.kind_of_churn,
        terms.reason,
        evidence,
        cause,
    )


def _what_happened(warning: Standing | None, finding: Finding | None, rule: Rule) -> Happened | None:
    if finding is None:
        return Happened.GONE
    if warning is None or warning.phase == "resolved":
        return Happened.FOUND
    if finding.severity > warning.severity:
        return Happened.WORSE
    return Happened.MOVED if _since(warning, finding, rule) != warning.since else None


def _since(warning: Standing, finding: Finding, rule: Rule) -> datetime:
    return min(warning.since, finding.since) if rule.since_may_drift else finding.since


def _standing(
    customer: str, before: Standing | None, finding: Finding, rule: Rule, *, opens: bool
) -> Standing:
    name, sequence = rule.terms.name, 1 if before is None else before.sequence + 1
    if opens or before is None:
        identity = warning_id(customer, name, finding.about, finding.since)
        return Standing(name, finding.about, "firing", sequence, identity, finding.since, finding.severity)
    severity = max(before.severity, finding.severity)
    return replace(before, sequence=sequence, since=_since(before, finding, rule), severity=severity)


def _bounded(standing: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """The warnings, less the ended ones (the first to end first) that exceed what a row remembers."""
    ended = [warning for warning in standing if warning.phase == "resolved"]
    if len(ended) <= RESOLVED:
        return standing
    leaving = set(map(id, ended[: len(ended) - RESOLVED]))
    return tuple(warning for warning in standing if id(warning) not in leaving)
