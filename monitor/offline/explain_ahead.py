"""What time alone will make of a customer, if nothing happens: the next checks of a rule, followed one by one.

By the law of rules nothing is missed: between a look and the next check the findings cannot change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from monitor.domain.absences import absences_of
from monitor.domain.assess import assess
from monitor.domain.life import Told, Transition
from monitor.domain.purchases import waiting_since
from monitor.domain.rules import Finding, Rule
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.silence import Silence
from monitor.domain.state import Row, State, with_about
from schemas.warnings import SEVERITIES, Severity

HORIZON = timedelta(days=3 * 365)
MOST_LOOKS = 1_000

Happens = Literal["fires", "rises", "ends", "ends with the loss"]
HAPPENS: dict[Told, Happens] = {"firing": "fires", "raised": "rises", "resolved": "ends"}


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


def ahead(rule: Rule, row: Row, now: datetime) -> list[Ahead]:
    """What happens next to each warning of a rule, those that don't stand yet too; the first to come first.

    That it will be pending is left out, for nothing comes of it by itself.
    """
    coming: dict[str | None, Ahead] = {}
    for each in _that_fired(_told(rule, row, now)):
        happens, warning = HAPPENS.get(each.told), each.warning
        if happens is not None:
            severity, passed = SEVERITIES[warning.severity], each.at - now
            found = Ahead(rule.terms.name, warning.about, happens, each.at, passed, severity)
            coming.setdefault(warning.about, found)
    return list(coming.values())


def until_loss(
    rule: Rule, row: Row, coming: Sequence[Ahead], lost: datetime | None, now: datetime
) -> list[Ahead]:
    """What comes of a rule's warnings if the customer is `lost` at a moment: those that stand then end."""
    if lost is None or not rule.terms.ends_when_lost:
        return list(coming)
    before = [each for each in coming if each.at < lost]
    changed = {each.about for each in before}
    name = rule.terms.name
    ends = (each for each in row.warnings if each.rule == name and each.phase == "firing")
    return before + [
        Ahead(name, each.about, "ends with the loss", lost, lost - now, SEVERITIES[each.severity])
        for each in ends
        if each.about not in changed
    ]


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


def _told(rule: Rule, row: Row, now: datetime) -> Iterator[Transition]:
    """What would be told of a rule's warnings after `now`."""
    standing, moment = row.warnings, now
    for _ in range(MOST_LOOKS):
        told, standing, (check,) = assess("", row.state, standing, (rule,), moment)
        if moment > now:
            yield from told
        if check is None or check > now + HORIZON:
            return
        moment = check


def _that_fired(told: Iterable[Transition]) -> Iterator[Transition]:
    """All but the ends of warnings that don't stand yet, and never will have fired."""
    pending: set[str | None] = set()
    for each in told:
        about = each.warning.about
        if each.told == "pending":
            pending.add(about)
        elif each.told != "resolved" or about not in pending:
            yield each
        if each.told in ("firing", "resolved"):
            pending.discard(about)


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
