"""What time alone will make of a customer, if nothing happens: the next checks of a rule, followed one by one.

By the law of rules nothing is missed: between a look and the next check the findings cannot change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from monitor.domain.absences import absences_of
from monitor.domain.purchases import waiting_since
from monitor.domain.rules import Finding, Rule
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.silence import Silence
from monitor.domain.state import State, with_about
from schemas.warnings import SEVERITIES, Severity

HORIZON = timedelta(days=3 * 365)
MOST_LOOKS = 1_000

Happens = Literal["fires", "rises", "ends"]


class Look(NamedTuple):
    """What a rule finds at a moment."""

    at: datetime
    findings: tuple[Finding, ...]


class Ahead(msgspec.Struct, frozen=True):
    """What will happen to a warning next by time alone, and how severe it is then."""

    rule: str
    about: str | None
    happens: Happens
    at: datetime
    after: timedelta
    severity: Severity


class Hold(msgspec.Struct, frozen=True):
    """A silence that would stand since `since`, and does from `until` on, for it is expected so long.

    Orders on their way explain it (none: they don't), or that the customer is away until `away_until`.
    """

    rule: str
    since: datetime
    until: datetime
    orders: list[datetime]
    away_until: datetime | None


def looks(rule: Rule, state: State, now: datetime) -> Iterator[Look]:
    """What the rule finds now, and at each next check up to the horizon."""
    moment: datetime | None = now
    while moment is not None and moment <= now + HORIZON:
        findings, check = rule.judge(state, moment)
        yield Look(moment, findings)
        moment = check


def ahead(rule: Rule, state: State, now: datetime) -> list[Ahead]:
    """What happens next to each warning of a rule, those that don't stand yet too; the first to come first."""
    coming: dict[str | None, Ahead] = {}
    for before, after in pairwise(islice(looks(rule, state, now), MOST_LOOKS)):
        for each in _between(rule, before, after, now):
            coming.setdefault(each.about, each)
    return list(coming.values())


def hold(rule: Rule, state: State, now: datetime) -> Hold | None:
    """What holds a silence back at `now` or will, if orders on their way or a planned absence do."""
    if not _is_silence(rule):
        return None
    loose, here = _without_hold(rule), with_about(state, absences=())
    held, free = _first_found(rule, state, now), _first_found(loose, here, now)
    if held is None or free is None or held.at <= free.at:
        return None
    orders = _first_found(loose, state, now) != held
    away = _first_found(rule, here, now) != held
    return Hold(
        rule.terms.name,
        free.findings[0].since,
        held.at,
        waiting_since(state.purchases) if orders else [],
        absences_of(state)[-1].until if away else None,
    )


def _between(rule: Rule, before: Look, after: Look, now: datetime) -> Iterator[Ahead]:
    was, is_now = ({each.about: each.severity for each in look.findings} for look in (before, after))
    name, passed = rule.terms.name, after.at - now
    for about, severity in is_now.items():
        if about not in was or severity > was[about]:
            happens: Happens = "rises" if about in was else "fires"
            yield Ahead(name, about, happens, after.at, passed, SEVERITIES[severity])
    for about in was.keys() - is_now.keys():
        yield Ahead(name, about, "ends", after.at, passed, SEVERITIES[was[about]])


def _first_found(rule: Rule, state: State, now: datetime) -> Look | None:
    return next((look for look in islice(looks(rule, state, now), MOST_LOOKS) if look.findings), None)


def _is_silence(rule: Rule) -> bool:
    return isinstance(rule.rule if isinstance(rule, OnlyFor) else rule, Silence)


def _without_hold(rule: Rule) -> Rule:
    """The same rule if no order held it back."""
    match rule:
        case OnlyFor():
            return replace(rule, rule=_without_hold(rule.rule))
        case Silence():
            return replace(rule, open_order_holds=None)
    return rule
