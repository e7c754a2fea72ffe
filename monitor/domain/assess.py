"""What the rules make of a state at a moment: which warnings open, step up, are corrected or end.

Pure: the same state, standing warnings, rules and moment give the same verdict; assessing again decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.advice import kind_of_churn
from monitor.domain.life import (
    LIFE,
    Happened,
    Told,
    Transition,
    found_again,
    next_change,
    not_found,
    warning_id,
)
from monitor.domain.rules.base import Finding, Rule
from monitor.domain.rules.scoped import for_state
from monitor.domain.rules.score import PartRaised
from monitor.domain.state import RESOLVED, STANDING, SWITCHED_OFF, Standing, State, SwitchedOff

Verdict = tuple[list[Transition], tuple[Standing, ...], list[datetime | None]]
"""What was decided: transitions in order, the warnings after them, and when each rule wants to look again.

A warning may change though nothing is told of it (`keep`); where none has changed, the warnings are the same object.
"""


class Failure(NamedTuple):
    """A rule that raised, which none may: a mistake of ours, met by this customer."""

    rule: str
    customer: str
    error: BaseException


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
    stands = [each.rule for each in standing if each.phase != "resolved"] if standing else ()
    for rule in rules:
        check = None
        try:
            findings, check = rule.judge(state, now)
            if findings or (stands and rule.terms.name in stands):
                rule = for_state(rule, state)  # noqa: PLW2901  its terms are those that count
                if not _stand_already(findings, standing, rule):
                    told, changed = _decided(_Look(customer, state, now), standing, rule, findings)
                    transitions += told
                    standing = _after(standing, changed) if changed else standing
                if rule.terms.waits:
                    check = sooner(check, next_change(rule.terms, standing))
        except Exception as error:
            if failures is None:
                raise
            failures.append(_failure(rule, customer, error))
        checks.append(check)
    return transitions, standing, checks


def switched_off(
    before: tuple[SwitchedOff, ...], failures: Iterable[Failure], now: datetime
) -> tuple[SwitchedOff, ...]:
    """The rules that are off for a customer now that these have failed; the very same where there is no room left."""
    known = {each.rule for each in before}
    new = {
        each.rule: SwitchedOff(each.rule, now, type(each.error).__name__[:64])
        for each in failures
        if each.rule not in known
    }
    return (*before, *new.values())[:SWITCHED_OFF] if new and len(before) < SWITCHED_OFF else before


def _failure(rule: Rule, customer: str, error: Exception) -> Failure:
    """That a rule has raised, or a part of it, which is a rule itself."""
    if isinstance(error, PartRaised):
        return Failure(error.rule, customer, error.__cause__ or error)
    return Failure(rule.terms.name, customer, error)


def sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments, of which None never comes."""
    return min(one, other) if one and other else one or other


def changed_rules(before: tuple[Standing, ...], after: tuple[Standing, ...]) -> list[str]:
    """The names of the rules of which a warning is not as it was."""
    return [each.rule for each in after if each not in before]


def _stand_already(findings: tuple[Finding, ...], standing: tuple[Standing, ...], rule: Rule) -> bool:
    """Whether all that fires of this rule is found as it was, and nothing else: the most frequent case."""
    name = rule.terms.name
    firing = {each.about: each for each in standing if each.rule == name and each.phase != "resolved"}
    if len(firing) != len(findings):
        return False
    for finding in findings:
        before = firing.get(finding.about)
        if (
            before is None
            or before.phase != "firing"
            or before.gone is not None
            or finding.since != before.since
            or finding.severity > before.severity
        ):
            return False
    return True


class _Look(NamedTuple):
    """One look at a customer."""

    customer: str
    state: State
    now: datetime


Change = tuple[Standing, Told | None, Finding | None]
"""A warning as it is now, what is told of it (None: nothing), and the finding that it rests on, if there is one."""


def _decided(
    look: _Look, standing: tuple[Standing, ...], rule: Rule, findings: tuple[Finding, ...]
) -> tuple[list[Transition], list[Standing]]:
    """What one rule's findings change: what is told, and the warnings that are not as they were."""
    changes = _changes(look, standing, rule, findings)
    told = [
        _transition(look, rule, after, told, finding) for after, told, finding in changes if told is not None
    ]
    return told, [after for after, *_ in changes]


def _changes(
    look: _Look, standing: tuple[Standing, ...], rule: Rule, findings: tuple[Finding, ...]
) -> list[Change]:
    terms, now = rule.terms, look.now
    stands = {each.about: each for each in standing if each.rule == terms.name}
    opened = 0
    changes: list[Change] = []
    for finding in findings:
        before = stands.pop(finding.about, None)
        if before is not None and before.phase != "resolved":
            change = _found(before, finding, rule, now)
            if change is not None:
                changes.append(change)
        elif opened < _room(standing):
            opened += 1
            changes.append(_opened(look, before, finding, rule))
    missed = (_missed(each, rule, now) for each in stands.values() if each.phase != "resolved")
    changes += [change for change in missed if change is not None]
    return changes


def _room(standing: tuple[Standing, ...]) -> int:
    """How many warnings more may stand."""
    return STANDING - sum(each.phase != "resolved" for each in standing)


def _opened(look: _Look, before: Standing | None, finding: Finding, rule: Rule) -> Change:
    """A warning that begins: pending, unless its finding has held for long enough already."""
    terms, about, since = rule.terms, finding.about, finding.since
    happened: Happened = "held" if since + terms.held_for <= look.now else "found"
    phase, told = LIFE[before.phase if before else None, happened]
    sequence = 1 if before is None else before.sequence + 1
    identity = warning_id(look.customer, terms.name, about, since)
    opened = Standing(
        terms.name,
        about,
        phase,
        sequence,
        identity,
        since,
        finding.severity,
        shadow=terms.shadow,
        opened=look.now,
    )
    return opened, told, finding


def _found(before: Standing, finding: Finding, rule: Rule, now: datetime) -> Change | None:
    """What a finding means for the open warning that it has."""
    since, severity, terms = finding.since, max(before.severity, finding.severity), rule.terms
    if rule.since_may_drift or terms.keep:  # kept through a gap, it stands since before the gap
        since = min(before.since, since)
    happened = found_again(before, since, severity, terms, now)
    if happened is None:
        return None
    phase, told = LIFE[before.phase, happened]
    sequence = before.sequence + (told is not None)
    after = replace(before, phase=phase, sequence=sequence, since=since, severity=severity, gone=None)
    return after, told, finding


def _missed(before: Standing, rule: Rule, now: datetime) -> Change | None:
    """What it means for a warning that no finding supports it any more."""
    happened = not_found(before, rule.terms, now)
    if happened is None or (before.phase, happened) not in LIFE:
        return None
    phase, told = LIFE[before.phase, happened]
    if told is None:
        return replace(before, phase=phase, gone=now), None, None
    after = Standing(
        before.rule,
        before.about,
        phase,
        before.sequence + 1,
        before.id,
        before.since,
        before.severity,
        shadow=before.shadow,
        opened=before.opened,
    )  # a call costs half of `replace`
    return after, told, None


def _transition(
    look: _Look, rule: Rule, warning: Standing, told: Told, finding: Finding | None
) -> Transition:
    terms, about, state, now = rule.terms, warning.about, look.state, look.now
    return Transition(
        told,
        look.customer,
        warning,
        now,
        warning.shadow,  # it ends where it began, though its rule may be told elsewhere by now
        rule.resolves_when(about),
        kind_of_churn(state, terms.kind_of_churn),
        terms.reason,
        rule.evidence(state, finding, now) if finding else None,
        None if finding else rule.ended(state, about, warning.since),
        advice=terms.adviser.advise(look.customer, state, now) if finding else None,
    )


def _after(standing: tuple[Standing, ...], changed: list[Standing]) -> tuple[Standing, ...]:
    """All warnings, those that changed behind the others."""
    subjects = {(each.rule, each.about) for each in changed}
    others = [each for each in standing if (each.rule, each.about) not in subjects]
    return _bounded((*others, *changed))


def _bounded(standing: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """The warnings, less the ended ones (the first to end first) that exceed what a row remembers."""
    if len(standing) <= RESOLVED:
        return standing
    ended = [warning for warning in standing if warning.phase == "resolved"]
    leaving = set(map(id, ended[: max(0, len(ended) - RESOLVED)]))
    return tuple(warning for warning in standing if id(warning) not in leaving)
