"""What a change of the rules means for a customer's open warnings, before the new rules look at them.

Belongs here: which of them end, which are left alone for now. What the new rules find is for assess.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.life import Transition
from monitor.domain.rules import Rule
from monitor.domain.state import Standing

OVER = "its rule was changed"
"""What would have ended a warning whose rule is gone: nobody can say any more."""


class Change(NamedTuple):
    """A change of rules: `closes` end their open warnings, `keeps` leave them for whatever comes next.

    Either is about warnings that were opened before the moment `at` of the lane's clock. Without `by_rules`
    it is a source that fell silent or came back, and rules had changed before.
    """

    at: datetime
    closes: Collection[str] = ()
    keeps: Collection[str] = ()
    by_rules: bool = True


def ended_by_change(
    customer: str, standing: tuple[Standing, ...], rules: Mapping[str, Rule], change: Change, now: datetime
) -> tuple[tuple[Standing, ...], list[Transition]]:
    """The warnings after those have ended that the change closes; the very same where it closes none.

    Warnings of rules that are gone end in any case, and so do those of rules that are told otherwise now (a shadow
    rule that goes live begins anew: nobody has heard of its warnings).
    """
    after: list[Standing] = []
    told: list[Transition] = []
    for each in standing:
        rule = rules.get(each.rule)
        if each.phase == "resolved" or not _closes(each, rule, change):
            after.append(each)
            continue
        ended = Standing(
            each.rule,
            each.about,
            "resolved",
            each.sequence + 1,
            each.id,
            each.since,
            each.severity,
            opened=each.opened,
        )
        after.append(ended)
        told.append(_ended(customer, ended, rule, now, shadow=each.shadow))
    return (tuple(after), told) if told else (standing, told)


def left_alone(standing: tuple[Standing, ...], change: Change) -> set[str]:
    """The rules whose open warnings the change keeps as they are."""
    return {
        each.rule
        for each in standing
        if each.phase != "resolved" and each.rule in change.keeps and _is_older(each, change)
    }


def because_of_change(transition: Transition) -> Transition:
    """The transition; one that ends a warning tells that it was the rules that changed, for nothing else did.

    Who is lost by other rules is lost: that is what ended it.
    """
    if transition.told != "resolved" or transition.cause == "lost":
        return transition
    return replace(transition, cause="rule changed")


def _closes(warning: Standing, rule: Rule | None, change: Change) -> bool:
    if rule is None or rule.terms.shadow != warning.shadow:
        return True
    return warning.rule in change.closes and _is_older(warning, change)


def _is_older(warning: Standing, change: Change) -> bool:
    return warning.opened is None or warning.opened < change.at


def _ended(customer: str, warning: Standing, rule: Rule | None, now: datetime, *, shadow: bool) -> Transition:
    kind, reason = (rule.terms.kind_of_churn, rule.terms.reason) if rule else ("unknown", None)
    when = rule.resolves_when(warning.about) if rule else OVER
    return Transition("resolved", customer, warning, now, shadow, when, kind, reason, cause="rule changed")
