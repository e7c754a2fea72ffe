"""Who stands under warning at a moment, with the evidence as it is at that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from datetime import datetime

import msgspec

from monitor.domain.advice import Suggested, ValueAtRisk
from monitor.domain.rules import Evidence, Rule, RuleSet, for_state
from monitor.domain.state import Row, Standing, State
from monitor.domain.words import in_words, on_day
from schemas.warnings import SEVERITIES, Severity

Rows = Iterable[tuple[str, Row]]


class StandingWarning(msgspec.Struct, frozen=True):
    """A warning that stands, as it is told: `id` is that of the warning, `severity` its name."""

    id: str
    customer: str
    rule: str
    about: str | None
    severity: Severity
    since: datetime
    title: str
    evidence: dict[str, str]
    resolves_when: str
    value_at_risk: ValueAtRisk | None
    next_step: Suggested | None


def standing_at(
    rows: Rows, rules: RuleSet, moment: datetime, names: Container[str] | None = None
) -> list[StandingWarning]:
    """The warnings that stand on these rows, the longest-standing first; shadow rules warn nobody.

    The rows must be as they are at `moment`. Only rules of these names count; None are all.
    """
    told = [
        told_warning(customer, row, warning, rules, moment)
        for customer, row in rows
        for warning in firing(row)
        if (names is None or warning.rule in names) and not rules.by_name[warning.rule].terms.shadow
    ]
    return sorted(told, key=lambda each: (each.since, each.customer, each.rule, each.about or ""))


def count_standing(rows: Rows) -> tuple[int, Counter[tuple[str, int]]]:
    """How many customers there are, and their standing warnings by rule and severity (a level)."""
    customers, standing = 0, Counter[tuple[str, int]]()
    for _, row in rows:
        customers += 1
        standing.update((warning.rule, warning.severity) for warning in firing(row))
    return customers, standing


def firing(row: Row) -> Iterator[Standing]:
    """The warnings of a row that fire, those too that are kept though nothing is found any more."""
    return (warning for warning in row.warnings if warning.phase == "firing")


def told_warning(
    customer: str, row: Row, warning: Standing, rules: RuleSet, moment: datetime
) -> StandingWarning:
    """One warning that stands, as it is told at `moment`."""
    state, mine = row.state, rules.for_row(customer, row)
    rule = for_state(mine.by_name[warning.rule], state)
    evidence = _found(rule, state, warning, moment) if warning.rule not in mine.off else _left(warning, row)
    advice = rule.terms.adviser.advise(customer, state, moment)
    return StandingWarning(
        warning.id,
        customer,
        warning.rule,
        warning.about,
        SEVERITIES[warning.severity],
        warning.since,
        evidence.title,
        _named(evidence),
        rule.resolves_when(warning.about),
        advice.value_at_risk,
        advice.next_step,
    )


def _found(rule: Rule, state: State, warning: Standing, moment: datetime) -> Evidence:
    """What a warning rests on by now."""
    finding = next((each for each in rule.judge(state, moment)[0] if each.about == warning.about), None)
    return rule.evidence(state, finding, moment) if finding else _kept(rule, warning, moment)


def _left(warning: Standing, row: Row) -> Evidence:
    """What there is to say of a warning whose rule, or all that it rests on, is off for the customer."""
    off = next((each for each in row.off if each.rule == warning.rule), row.off[0])
    return Evidence(
        title=f"left as it was on {on_day(off.at)}, when {off.rule} was switched off for this customer",
        saw=f"{off.rule} raised {off.error}, by a mistake of churn-monitor's",
        measure="unknown",
        threshold="unknown",
        origin="default",
        basis="not judged until the rules change",
    )


def _kept(rule: Rule, warning: Standing, moment: datetime) -> Evidence:
    """What there is to say of a warning that stands by its rule's `keep` alone."""
    gone, keep = warning.gone or moment, rule.terms.keep
    return Evidence(
        title=f"not found any more since {on_day(gone)}, kept until {on_day(gone + keep)}",
        saw=f"what it rested on went on {on_day(gone)}",
        measure=in_words(moment - gone),
        threshold=in_words(keep),
        origin="default",
        basis="kept in case it comes back",
    )


def _named(evidence: Evidence) -> dict[str, str]:
    return {
        "saw": evidence.saw,
        "measure": evidence.measure,
        "threshold": evidence.threshold,
        "origin": evidence.origin,
        "basis": evidence.basis,
    }
