"""What people tell of one warning: that somebody takes care of it, that it can wait, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from monitor.domain.advice import kind_of_churn
from monitor.domain.life import Told, Transition
from monitor.domain.rules.base import Evidence, Rule, Terms
from monitor.domain.rules.scoped import for_state
from monitor.domain.state import Acknowledged, Snoozed, Standing, State
from schemas.commands import WarningAcknowledged, WarningLabelled, WarningSnoozed, WarningUnacknowledged
from schemas.rejections import Rejection


class Rejected(NamedTuple):
    """Why a command was refused; nothing has changed."""

    reason: Rejection
    detail: str


class Obeyed(NamedTuple):
    """The facts and the warnings after a command, and what it tells of them."""

    state: State
    standing: tuple[Standing, ...]
    told: list[Transition]


Outcome = Obeyed | Rejected


class Heard(NamedTuple):
    """A customer as a command finds them, at the moment `now` of the lane's clock; `rules` are by name."""

    customer: str
    state: State
    standing: tuple[Standing, ...]
    rules: Mapping[str, Rule]
    now: datetime


def acknowledged(heard: Heard, command: WarningAcknowledged) -> Outcome:
    """Somebody takes care of a warning that isn't over."""
    warning = _open(heard, command.data.warning)
    if isinstance(warning, Rejected):
        return warning
    said = Acknowledged(heard.now, command.data.by, command.data.note, command.data.until)
    return _tell(heard, warning, "acknowledged", acknowledged=said)


def unacknowledged(heard: Heard, command: WarningUnacknowledged) -> Outcome:
    """Nobody takes care of a warning any more; somebody must have until now."""
    warning = _open(heard, command.data.warning)
    if isinstance(warning, Rejected):
        return warning
    said = warning.acknowledged
    if said is None or (said.until is not None and said.until <= heard.now):
        return Rejected(Rejection.not_acknowledged, f"nobody takes care of the warning {warning.id}")
    return _tell(heard, warning, "unacknowledged", acknowledged=None)


def snoozed(heard: Heard, command: WarningSnoozed) -> Outcome:
    """A warning that isn't over can wait."""
    warning = _open(heard, command.data.warning)
    if isinstance(warning, Rejected):
        return warning
    said = Snoozed(heard.now, command.data.until, command.data.reason, command.data.by)
    return _tell(heard, warning, "snoozed", snoozed=said)


def labelled(heard: Heard, command: WarningLabelled) -> Outcome:
    """What became of a warning, whether it is over or not."""
    warning = _known(heard, command.data.warning)
    if isinstance(warning, Rejected):
        return warning
    done = _tell(heard, warning, "labelled")
    return done._replace(told=[replace(each, outcome=command.data.outcome) for each in done.told])


def _known(heard: Heard, name: str) -> Standing | Rejected:
    """The warning of this id, be it over or not."""
    for each in heard.standing:
        if each.id == name:
            return each
    return Rejected(Rejection.unknown_warning, f"the customer has no warning {name}")


def _open(heard: Heard, name: str) -> Standing | Rejected:
    """The warning of this id, if it isn't over."""
    known = _known(heard, name)
    if isinstance(known, Standing) and known.phase == "resolved":
        return Rejected(Rejection.already_closed, f"the warning {name} is over")
    return known


def _tell(heard: Heard, warning: Standing, told: Told, **changes: Any) -> Obeyed:
    """What the customer's warnings are when this one has changed so, which is told with its evidence."""
    after = replace(warning, sequence=warning.sequence + 1, **changes)
    standing = tuple(after if each is warning else each for each in heard.standing)
    named = heard.rules.get(warning.rule)
    rule = for_state(named, heard.state) if named is not None else None
    return Obeyed(heard.state, standing, [_transition(heard, told, after, rule)])


def _transition(heard: Heard, told: Told, warning: Standing, rule: Rule | None) -> Transition:
    terms = rule.terms if rule is not None else NO_TERMS
    stands = warning.phase != "resolved"
    return Transition(
        told,
        heard.customer,
        warning,
        heard.now,
        warning.shadow,
        "a look at the rules: its own is gone" if rule is None else rule.resolves_when(warning.about),
        kind_of_churn(heard.state, terms.kind_of_churn),
        terms.reason,
        _evidence(rule, heard, warning) if rule is not None and stands else None,
        advice=terms.adviser.advise(heard.customer, heard.state, heard.now) if stands else None,
    )


def _evidence(rule: Rule, heard: Heard, warning: Standing) -> Evidence | None:
    """What the warning rests on by now; None where its rule finds nothing any more, or fails."""
    try:
        findings, _ = rule.judge(heard.state, heard.now)
        found = next((each for each in findings if each.about == warning.about), None)
        return rule.evidence(heard.state, found, heard.now) if found is not None else None
    except Exception:  # noqa: BLE001  it is reported when the rule judges, which follows
        return None


NO_TERMS = Terms("", 0, shadow=False, kind_of_churn="unknown", reason=None)
"""Those of a rule that is no longer in the file."""
