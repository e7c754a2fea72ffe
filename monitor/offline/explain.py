"""One customer, explained at a moment: what is known, what stands and why, what is coming, what is missing.

Pure. Where the row comes from, and how all this is shown, is for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from monitor.domain.life import Transition
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.state import Row, Standing, State
from monitor.offline.explain_ahead import Ahead, Hold, ahead, hold
from monitor.offline.explain_facts import Known, known_of
from monitor.offline.explain_lacks import Lacks, lacks
from monitor.offline.standing import StandingWarning, firing, told_warning
from schemas.rules import RuleFile
from schemas.warnings import SEVERITIES, Cause, Severity

NEWEST = 10


class Stands(msgspec.Struct, frozen=True):
    """A warning that stands, and what time alone makes of it next (None: nothing)."""

    warning: StandingWarning
    shadow: bool
    next: Ahead | None


class Fires(msgspec.Struct, frozen=True):
    """A warning that doesn't stand, but will if nothing happens."""

    ahead: Ahead
    shadow: bool


class Deadline(msgspec.Struct, frozen=True):
    """When the customer is judged again though nothing happens, by which rules."""

    at: datetime
    after: timedelta
    rules: list[str]


class Change(msgspec.Struct, frozen=True):
    """One transition of a warning: `why` is its evidence in short, `cause` why it ended."""

    at: datetime
    told: str
    rule: str
    about: str | None
    severity: Severity
    since: datetime
    shadow: bool
    why: str | None
    cause: Cause | None


class Unfound(msgspec.Struct, frozen=True):
    """A warning that stands, though the rules in use here don't find it at this moment."""

    id: str
    rule: str
    about: str | None
    severity: Severity
    since: datetime


class RunningRow(msgspec.Struct, frozen=True):
    """The row in a running system: its lane, of how many, its size, and the lane's clock and rules when it was read.

    `rules_here` is the version of the rules that explain it.
    """

    lane: int
    lanes: int
    bytes: int
    clock: datetime
    rules: str
    rules_here: str


class Explanation(msgspec.Struct, frozen=True):
    """All that there is to say of a customer at the moment `at`."""

    customer: str
    at: datetime
    known: Known
    standing: list[Stands]
    fires: list[Fires]
    lacks: list[Lacks]
    holds: list[Hold]
    next_deadline: Deadline | None
    changes: list[Change]
    unfound: list[Unfound] = []
    row: RunningRow | None = None


def explained(
    customer: str, row: Row, file: RuleFile, rules: RuleSet, told: Sequence[Transition], now: datetime
) -> Explanation:
    """Explain a customer whose row is as it stands at `now`; `rules` are those of `file`, `told` all transitions."""
    state = row.state
    coming = {rule.terms.name: ahead(rule, state, now) for rule in rules.rules}
    standing = [
        _stands(told_warning(customer, state, each, rules, now), rules.by_name[each.rule], coming[each.rule])
        for each in firing(row)
        if _finds(rules, state, each, now)
    ]
    fires = [
        Fires(each, rules.by_name[each.rule].terms.shadow)
        for changes in coming.values()
        for each in changes
        if each.happens == "fires"
    ]
    named = {each.warning.rule for each in standing} | {each.ahead.rule for each in fires}
    specs = {each.name: each for each in file.rules}
    quiet = [rule for rule in rules.rules if rule.terms.name not in named]
    return Explanation(
        customer,
        now,
        known_of(state, now),
        sorted(standing, key=lambda each: each.warning.since),
        sorted(fires, key=lambda each: each.ahead.at),
        [lacks(rule, specs[rule.terms.name], state, now) for rule in quiet],
        [held for rule in rules.rules if (held := hold(rule, state, now)) is not None],
        _next_deadline(rules, state, now),
        [change_of(each) for each in reversed(told[-NEWEST:])],
        [_unfound(each) for each in firing(row) if not _finds(rules, state, each, now)],
    )


def _finds(rules: RuleSet, state: State, warning: Standing, now: datetime) -> bool:
    rule = rules.by_name.get(warning.rule)
    return rule is not None and any(each.about == warning.about for each in rule.judge(state, now)[0])


def _unfound(each: Standing) -> Unfound:
    return Unfound(each.id, each.rule, each.about, SEVERITIES[each.severity], each.since)


def _stands(warning: StandingWarning, rule: Rule, coming: Sequence[Ahead]) -> Stands:
    return Stands(
        warning, rule.terms.shadow, next((each for each in coming if each.about == warning.about), None)
    )


def _next_deadline(rules: RuleSet, state: State, now: datetime) -> Deadline | None:
    checks = {rule.terms.name: rule.judge(state, now)[1] for rule in rules.rules}
    first = min((check for check in checks.values() if check is not None), default=None)
    if first is None:
        return None
    return Deadline(first, first - now, [name for name, check in checks.items() if check == first])


def change_of(each: Transition) -> Change:
    """A transition as a line of the last changes."""
    warning = each.warning
    return Change(
        each.at,
        each.told,
        warning.rule,
        warning.about,
        SEVERITIES[warning.severity],
        warning.since,
        each.shadow,
        each.evidence.title if each.evidence else None,
        each.cause,
    )
