"""What a rule that time alone won't fire still lacks: more of what it counts, other orders, or any event at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from monitor.domain.categories import categories_of
from monitor.domain.effort import solved_tickets
from monitor.domain.rules import Rule
from monitor.domain.rules.count import Count
from monitor.domain.rules.decline import Decline, Dissatisfaction
from monitor.domain.rules.effort import CustomerEffort
from monitor.domain.rules.elsewhere import Elsewhere
from monitor.domain.rules.left_out import NotWhileLost
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.partial_loss import PartialLoss
from monitor.domain.rules.scoped import Off
from monitor.domain.rules.score import Score
from monitor.domain.rules.sequence import Followed
from monitor.domain.rules.streak import LowScores, Streak
from monitor.domain.rules.undelivered import Undelivered
from monitor.domain.scores import RATINGS
from monitor.domain.state import State
from monitor.domain.trend import pace
from monitor.domain.words import counted, in_words
from monitor.offline.rule_words import content_of, many, threshold, watched
from schemas.rules import Rule as AnyRule


class Lacks(msgspec.Struct, frozen=True):
    """What a rule needs before it fires, and how far that has come (None: not at all).

    `watches` and `warns_when` say of the rule itself what it looks at, and when it warns.
    """

    rule: str
    shadow: bool
    needs: str
    so_far: str | None
    watches: str
    warns_when: str


def lacks(rule: Rule, spec: AnyRule, state: State, now: datetime) -> Lacks:
    """What the rule lacks for a customer of whom it warns of nothing, and will not by time alone."""
    needs, so_far = FULL if rule.judge(state, now)[0] else _needs(rule, spec, state, now)
    return Lacks(rule.terms.name, rule.terms.shadow, needs, so_far, watched(spec), threshold(spec))


Needed = tuple[str, str | None]
OFF: Needed = ("is off for this customer", None)
LOST: Needed = ("is not judged while the customer is lost", None)
FULL: Needed = ("room: as many warnings stand as a row holds", None)


def _needs(rule: Rule, spec: AnyRule, state: State, now: datetime) -> Needed:  # noqa: C901, PLR0911  one for each kind
    match rule:
        case NotWhileLost():
            return LOST
        case Off():
            return OFF
        case OnlyFor():
            return _orders_for(rule, state) or _needs(rule.rule, spec, state, now)
        case Count():
            return _more(rule, spec, state, now)
        case Streak():
            times = rule.of.times_after(state, rule.broken_by.last(state))
            return _event(_types(spec)), f"{len(times)} of {rule.n} in a row" if times else None
        case Followed():
            first = rule.after.last(state)
            return _event(rule.then.types if first else rule.after.types), None
        case CustomerEffort():
            recent = [each for each in solved_tickets(state) if each.solved > now - rule.within]
            so_far = f"{len(recent)} so far" if recent else None
            return f"{counted(rule.min_tickets, 'solved ticket')} that took much", so_far
        case PartialLoss():
            return _habit(rule, state)
        case Score():
            return _score(rule, state, now)
        case Decline() | Elsewhere():
            return _enough(rule, state) or (_event(_types(spec)), None)
        case LowScores() | Dissatisfaction():
            return _event(RATINGS), None
        case Undelivered() if not state.purchases.delivered:
            return _event(("order.delivered",)), None
    return _event(_types(spec)), None


def _orders_for(rule: OnlyFor, state: State) -> Needed | None:
    """For how many orders the rule is, if that is not how many there are."""
    orders = state.rhythm.orders
    if orders < rule.fewest:
        return f"{counted(rule.fewest, 'order')} or more", f"{orders} so far"
    if rule.most is not None and orders > rule.most:
        most = f"{counted(rule.most, 'order')} at most" if rule.most else "no order yet"
        return f"is for customers with {most}", None
    return None


def _more(rule: Count, spec: AnyRule, state: State, now: datetime) -> Needed:
    end = state.latest if rule.as_of_last_event and state.latest is not None else now
    times = rule.of.times_after(state, end - rule.within)
    so_far = f"{len(times)} of {rule.n} within {in_words(rule.within)}" if times else None
    return _event(_types(spec)), so_far


def _score(rule: Score, state: State, now: datetime) -> Needed:
    so_far = f"a score of {rule.share(state, now):.2f} of {rule.at_least:.2f}"
    return "other rules that find something" if rule.names else "a second purchase", so_far


def _enough(rule: Decline | Elsewhere, state: State) -> Needed | None:
    """What a decline needs before it is judged at all."""
    orders, often = state.rhythm.orders, pace(state.trend, rule.measure)
    if orders < rule.min_orders:
        return f"{counted(rule.min_orders, 'order')} or more", f"{orders} so far"
    if often < rule.min_pace:
        what = {"spend": "orders", "loyalty": "orders or engagement"}.get(rule.measure, rule.measure)
        return f"{what} {counted(rule.min_pace, 'time')} in 30 days, usually", counted(often, "time")
    return None


def _habit(rule: PartialLoss, state: State) -> Needed:
    """What a partial loss needs: a habit first, and then orders without it."""
    known = categories_of(state.categories).known
    most = max(known, key=lambda name: known[name].orders, default=None)
    if most is not None and known[most].orders >= rule.usual_from:
        return _event(("order.placed",)), None
    so_far = f"{most} in {counted(known[most].orders, 'order')}" if most is not None else None
    return f"a category in {counted(rule.usual_from, 'order')} or more", so_far


def _types(spec: AnyRule) -> list[str]:
    """The types of event that begin what a rule looks at."""
    content = content_of(spec)
    if "scores_below" in content:
        return list(RATINGS)
    chosen: list[Any] = [each for key in ("of", "after") for each in many(content.get(key))]
    return [each if isinstance(each, str) else each["type"] for each in chosen] or ["order.placed"]


def _event(types: Iterable[str]) -> str:
    return f"an event: {' or '.join(dict.fromkeys(types))}"
