"""One customer, explained at a moment: what is known, what stands and why, what is coming, what is missing.

Pure. Where the row comes from, and how all this is shown, is for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from monitor.domain.assess import sooner
from monitor.domain.life import Transition, next_change
from monitor.domain.profile import profile_of
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.state import NOBODY, Row, Standing, State
from monitor.offline.explain_ahead import Ahead, Hold, ahead, hold, until_loss
from monitor.offline.explain_facts import Known, known_of
from monitor.offline.explain_lacks import Lacks, lacks
from monitor.offline.explain_life import LifeTold, life_told, loss_ahead, stage_check
from monitor.offline.standing import StandingWarning, told_warning
from schemas.rules import Rule as AnyRule
from schemas.rules import RuleFile
from schemas.warnings import SEVERITIES, Cause, Severity

NEWEST = 10


class Stands(msgspec.Struct, frozen=True):
    """A warning that stands, and what time alone makes of it next (None: nothing); a pending one has told nobody."""

    warning: StandingWarning
    pending: bool
    shadow: bool
    next: Ahead | None


class Fires(msgspec.Struct, frozen=True):
    """A warning that doesn't stand, but will if nothing happens."""

    ahead: Ahead
    shadow: bool


class Deadline(msgspec.Struct, frozen=True):
    """When the customer is judged again though nothing happens, by which rules, or for `the stage`."""

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


class Switched(msgspec.Struct, frozen=True):
    """A rule that raised an error at a moment, by a mistake of churn-monitor's, and is not judged for the customer."""

    rule: str
    at: datetime
    raised: str


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
    life: LifeTold | None = None
    switched_off: list[Switched] = []


def explained(
    customer: str, row: Row, file: RuleFile, rules: RuleSet, told: Sequence[Transition], now: datetime
) -> Explanation:
    """Explain a customer whose row is as it stands at `now`; `rules` are those of `file`, `told` all transitions."""
    state = row.state
    rules = rules.applying(customer, row)
    lost = loss_ahead(row, rules, now)
    coming = {
        rule.terms.name: until_loss(rule, row, ahead(rule, row, now), lost, now) for rule in rules.rules
    }
    open_ = [each for each in row.warnings if each.phase != "resolved"]
    stands = [each for each in open_ if _finds(rules, state, each, now)]
    standing = [_stands(customer, row, each, rules, coming[each.rule], now) for each in stands]
    subjects = {(each.rule, each.about) for each in open_}
    fires = [
        Fires(each, rules.by_name[each.rule].terms.shadow)
        for changes in coming.values()
        for each in changes
        if each.happens == "fires" and (each.rule, each.about) not in subjects
    ]
    named = {each.warning.rule for each in standing} | {each.ahead.rule for each in fires}
    specs = {each.name: _spec_for(customer, each, state) for each in file.rules}
    quiet = [rule for rule in rules.rules if rule.terms.name not in named]
    return Explanation(
        customer,
        now,
        known_of(state, now),
        sorted(standing, key=lambda each: each.warning.since),
        sorted(fires, key=lambda each: each.ahead.at),
        [lacks(rule, specs[rule.terms.name], state, now) for rule in quiet],
        [held for rule in rules.rules if (held := hold(rule, state, now)) is not None],
        _next_deadline(rules, row, now),
        [change_of(each) for each in reversed(told[-NEWEST:])],
        [_unfound(each) for each in open_ if each not in stands],
        life=life_told(row, rules, now),
        switched_off=[Switched(each.rule, each.at, each.error) for each in row.off],
    )


def _spec_for(customer: str, rule: AnyRule, state: State) -> AnyRule:
    about = state.about or NOBODY
    return rule.for_whom(customer, about.tier, profile_of(about.profile).segments)


def _finds(rules: RuleSet, state: State, warning: Standing, now: datetime) -> bool:
    """Whether the rules in use here find what a warning is about, or keep it."""
    rule = rules.by_name.get(warning.rule)
    if rule is None:
        return False
    if warning.gone is not None and now < warning.gone + rule.terms.keep:
        return True
    return any(each.about == warning.about for each in rule.judge(state, now)[0])


def _unfound(each: Standing) -> Unfound:
    return Unfound(each.id, each.rule, each.about, SEVERITIES[each.severity], each.since)


def _stands(
    customer: str, row: Row, warning: Standing, rules: RuleSet, coming: Sequence[Ahead], now: datetime
) -> Stands:
    told = told_warning(customer, row, warning, rules, now)
    shadow = rules.by_name[warning.rule].terms.shadow
    ahead = next((each for each in coming if each.about == warning.about), None)
    return Stands(told, warning.phase == "pending", shadow, ahead)


def _next_deadline(rules: RuleSet, row: Row, now: datetime) -> Deadline | None:
    checks = {rule.terms.name: _check(rule, row, now) for rule in rules.rules}
    checks["the stage"] = stage_check(row, rules, now)
    first = min((check for check in checks.values() if check is not None), default=None)
    if first is None:
        return None
    return Deadline(first, first - now, [name for name, check in checks.items() if check == first])


def _check(rule: Rule, row: Row, now: datetime) -> datetime | None:
    return sooner(rule.judge(row.state, now)[1], next_change(rule.terms, row.warnings))


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
