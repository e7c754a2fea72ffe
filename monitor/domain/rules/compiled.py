"""From rules as data to rules that judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import assert_never

from monitor.domain.advice import adviser
from monitor.domain.rules.ageing import Ageing
from monitor.domain.rules.base import AT_ONCE, LEVEL, CountStep, Rule, Step, Terms
from monitor.domain.rules.business_hours import BusinessHours
from monitor.domain.rules.count import Count
from monitor.domain.rules.decline import Decline, Dissatisfaction, ShareStep
from monitor.domain.rules.due import Due, LateStep
from monitor.domain.rules.filters import Filters
from monitor.domain.rules.limit import Limit
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.score import Part, Score
from monitor.domain.rules.sequence import Followed, Unanswered
from monitor.domain.rules.signal import Signal
from monitor.domain.rules.silence import Fixed, Personal, Silence
from monitor.domain.rules.streak import HandOvers, LowScores, Streak
from monitor.domain.rules.undelivered import Undelivered
from monitor.domain.stages import CustomerTerms, Stages
from monitor.domain.tiers import Tiers
from schemas import customer_life
from schemas import rule_kinds as spec
from schemas import rule_parts as parts
from schemas.advice import Advice
from schemas.business_hours import BusinessHours as OpenHours
from schemas.business_hours import days_of, minute_of, place_of
from schemas.fields import Tier
from schemas.rule_parts import Chosen, Common, CountSteps, TimesSteps
from schemas.rules import Rule as AnyRule
from schemas.rules import RuleFile

OBJECTS = {
    "ticket.opened": "ticket",
    "ticket.resolved": "ticket",
    "ticket.promised": "ticket",
    "order.invoiced": "invoice",
    "quote.sent": "quote",
    "promise.made": "promise",
    "action.planned": "action",
    "contract.signed": "contract",
    "contact.made": "contact",
}
"""Which kind of object an event opens, or agrees on."""


def compiled(file: RuleFile) -> tuple[Rule, ...]:
    """The rules of a file that are not off, in its order."""
    tiers = _tiers(file.customers.tiers) if file.customers is not None else None
    on = [rule for rule in file.rules if rule.mode != "off"]
    judging = {rule.name: _rule(rule, tiers, file.advice) for rule in on if rule.kind != "score"}
    scores = {rule.name: _score(rule, judging, file.advice) for rule in on if rule.kind == "score"}
    every = judging | {name: score for name, score in scores.items() if score is not None}
    return tuple(every[rule.name] for rule in file.rules if rule.name in every)


def customer_terms(file: RuleFile) -> CustomerTerms | None:
    """What a file says of the customers' own life, if it does."""
    life = file.customers
    if life is None:
        return None
    stages = Stages(life.new_for, _personal(life.lost_after), life.probation)
    shadows = frozenset(rule.name for rule in file.rules if rule.mode != "live")
    return CustomerTerms(stages, _tiers(life.tiers), shadows)


def _tiers(tiers: customer_life.Tiers | None) -> Tiers | None:
    if tiers is None:
        return None
    important = tiers.important
    cadences: dict[Tier, timedelta] = {
        "important": important.cadence,
        "ordinary": tiers.ordinary.cadence,
        "potential": tiers.potential.cadence,
    }
    needed = (frozenset(important.need.level), frozenset(important.need.segments))
    return Tiers(important.sales_from, important.border_down, *needed, cadences)


def _rule(rule: AnyRule, tiers: Tiers | None, advice: Advice) -> Rule:
    judging = _of_kind(rule, tiers, advice)
    return judging if rule.orders is None else OnlyFor(judging, rule.orders.min, rule.orders.max)


def _of_kind(rule: AnyRule, tiers: Tiers | None, advice: Advice) -> Rule:  # noqa: PLR0911  one return for each kind
    terms = _terms(rule, advice)
    match rule:
        case spec.Silence():
            return Silence(
                terms, _filters(rule.of), _threshold(rule), rule.open_order_holds, _steps(rule.steps)
            )
        case spec.Count():
            counts = _counts(rule.steps)
            return Count(terms, _filters(rule.of), rule.n, rule.within, rule.as_of == "last_event", counts)
        case spec.Ageing():
            return _ageing(rule, terms)
        case spec.Due():
            steps = tuple(LateStep(step.overdue, LEVEL[step.severity]) for step in rule.steps)
            cadences, hours = tiers if rule.cadence else None, _hours(rule.business_hours)
            return Due(terms, OBJECTS[rule.of], rule.shift, steps, cadences, hours)
        case spec.Signal():
            return Signal(terms, _filters(rule.of), rule.lasts, _filters(rule.until or ()))
        case spec.Streak():
            return _streak(rule, terms)
        case spec.Decline():
            return _decline(rule, terms)
        case spec.Sequence():
            return _sequence(rule, terms)
        case spec.Score():
            raise AssertionError("scores are made once their parts are")
        case _:
            assert_never(rule)


def _ageing(rule: spec.Ageing, terms: Terms) -> Rule:
    limit = Limit(rule.older_than, terms.severity, _steps(rule.steps), _hours(rule.business_hours))
    if rule.of == "order.placed":
        return Undelivered(terms, limit)
    resolved = rule.of == "ticket.resolved"
    of = Filters(("ticket.opened" if resolved else rule.of, rule.where))
    return Ageing(terms, OBJECTS[rule.of], of, rule.awaited, limit, resolved)


def _hours(spec: OpenHours | None) -> BusinessHours | None:
    if spec is None:
        return None
    place = place_of(spec.holidays) if spec.holidays else None
    return BusinessHours(
        days_of(spec.days), minute_of(spec.opens), minute_of(spec.closes), spec.time_zone, place
    )


def _streak(rule: spec.Streak, terms: Terms) -> Rule:
    steps = _counts(rule.steps)
    if rule.of is None:
        return LowScores(terms, rule.scores_below or 0.0, rule.n, steps)
    if rule.broken_by is None:
        return HandOvers(terms, rule.n, steps)
    return Streak(terms, _filters(rule.of), rule.n, _filters(rule.broken_by), steps)


def _decline(rule: spec.Decline, terms: Terms) -> Rule:
    steps = tuple(ShareStep(step.to, LEVEL[step.severity]) for step in rule.steps)
    if rule.measure == "satisfaction":
        return Dissatisfaction(terms, rule.to, steps)
    return Decline(terms, rule.measure, rule.to, rule.min_orders, rule.min_history, rule.min_pace, steps)


def _sequence(rule: spec.Sequence, terms: Terms) -> Rule:
    after = _filters(rule.after)
    if rule.then is not None:
        return Followed(terms, after, _filters(rule.then), rule.within, rule.lasts)
    return Unanswered(terms, after, _filters(rule.without or ()), rule.within, rule.lasts)


def _score(rule: spec.Score, judging: dict[str, Rule], advice: Advice) -> Rule | None:
    """The score of those parts that are not off; None where none is left."""
    parts = tuple(Part(judging[part.rule], part.weight) for part in rule.parts if part.rule in judging)
    return Score(_terms(rule, advice), parts, rule.at_least) if parts else None


def _terms(rule: Common, advice: Advice) -> Terms:
    shadow = rule.mode == "shadow"
    waits = rule.held_for or AT_ONCE, rule.keep or AT_ONCE
    advising = adviser(advice, rule.next_step, rule.kind_of_churn, rule.reason)
    return Terms(
        rule.name, LEVEL[rule.severity], shadow, rule.kind_of_churn, rule.reason, *waits, adviser=advising
    )


def _filters(chosen: Iterable[Chosen]) -> Filters:
    return Filters(*((choice.type, choice.where) for choice in chosen))


def _steps(steps: TimesSteps) -> tuple[Step, ...]:
    return tuple(Step(step.times, LEVEL[step.severity]) for step in steps)


def _counts(steps: CountSteps) -> tuple[CountStep, ...]:
    return tuple(CountStep(step.n, LEVEL[step.severity]) for step in steps)


def _threshold(rule: spec.Silence) -> Fixed | Personal:
    own = rule.personal
    if own is None:
        if rule.quiet_for is None:
            raise AssertionError("the contract of rule files asks for one of the two")
        return Fixed(rule.quiet_for)
    return _personal(own)


def _personal(own: parts.Personal) -> Personal:
    prior, weight = (own.prior.gap, own.prior.weight) if own.prior else (own.fallback, 0.0)
    smoothed = own.mean == "smoothed"
    return Personal(own.factor, own.floor, own.ceiling, own.fallback, own.min_gaps, smoothed, prior, weight)
