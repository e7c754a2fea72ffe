"""From rules as data to rules that judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import NamedTuple, assert_never

from monitor.domain.advice import adviser
from monitor.domain.bgnbd import BgNbd
from monitor.domain.rules.ageing import Ageing
from monitor.domain.rules.base import AT_ONCE, LEVEL, CountStep, Rule, Step, Terms, Whose
from monitor.domain.rules.business_hours import BusinessHours
from monitor.domain.rules.count import Count
from monitor.domain.rules.decline import Decline, Dissatisfaction, ShareStep
from monitor.domain.rules.due import Due, LateStep
from monitor.domain.rules.effort import CustomerEffort, Share
from monitor.domain.rules.elsewhere import Elsewhere
from monitor.domain.rules.expected import ExpectedPurchases
from monitor.domain.rules.filters import Filters, LowRatings
from monitor.domain.rules.limit import Limit
from monitor.domain.rules.only_for import OnlyFor
from monitor.domain.rules.partial_loss import PartialLoss
from monitor.domain.rules.scoped import Off, Scoped
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
from schemas.rule_parts import Chosen, CountSteps, TimesSteps
from schemas.rule_scopes import RuleScope
from schemas.rules import Rule as AnyRule
from schemas.rules import RuleFile
from schemas.warnings import Origin

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


def compiled(file: RuleFile, customer: str | None = None) -> tuple[Rule, ...]:
    """The rules of a file that are on for anybody, in its order, as they are for one customer or for all not named."""
    tiers = _tiers(file.customers.tiers) if file.customers is not None else None
    factor = file.customers.probation_factor if file.customers is not None else 1.0
    around = _Around(tiers, factor, file.advice, {})
    for rule in sorted(file.rules, key=_is_sum):  # those rest on the others
        if rule.is_on and _has_parts(rule, around.judging):
            around.judging[rule.name] = _for(customer, rule, partial(_made, whole=rule, around=around))
    return tuple(around.judging[rule.name] for rule in file.rules if rule.name in around.judging)


def _is_sum(rule: AnyRule) -> bool:
    """Whether a rule is made of what others find."""
    return rule.kind == "score" and rule.effort is None


def _has_parts(rule: AnyRule, judging: Mapping[str, Rule]) -> bool:
    """Whether a score has anything to go by: any other rule has."""
    if rule.kind != "score" or rule.effort is not None:
        return True
    return any(part.rule is None or part.rule in judging for part in rule.parts)


class _Around(NamedTuple):
    """What a rule needs of the rest of its file."""

    tiers: Tiers | None
    probation_factor: float
    advice: Advice
    judging: dict[str, Rule]


BEHIND_CUSTOMERS: tuple[Origin, ...] = ("tier", "segment")
"""What scopes choose by, the most specific first, behind those that name a customer."""


def customer_terms(file: RuleFile) -> CustomerTerms | None:
    """What a file says of the customers' own life, if it does."""
    life = file.customers
    if life is None:
        return None
    stages = Stages(life.new_for, _personal(life.lost_after), life.probation)
    shadows = frozenset(rule.name for rule in file.rules if "live" not in rule.modes)
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


def _for(customer: str | None, rule: AnyRule, make: Callable[[AnyRule, Whose | None], Rule]) -> Rule:
    """The rule as it is for a customer: by a scope that names them, else by tier and segment, else as for everybody."""
    variants: list[tuple[RuleScope, AnyRule]] = list(rule.variants())
    for scope, variant in variants:
        if customer is not None and customer in (scope.customer or ()):
            return make(variant, Whose("customer", "this customer"))
    tiers, segments = (
        {
            name: make(variant, Whose(by, f"{by} {name}"))
            for scope, variant in variants
            if scope.by == by
            for name in scope.names
        }
        for by in BEHIND_CUSTOMERS
    )
    usual = make(rule, None)
    return Scoped(usual, tiers, tuple(segments.items())) if tiers or segments else usual


def _made(rule: AnyRule, whose: Whose | None, *, whole: AnyRule, around: _Around) -> Rule:
    """A rule, or what a scope makes of the `whole` one."""
    terms = _terms(rule, whole, whose, around.advice)
    if rule.mode == "off":
        return Off(terms)
    made = _of_kind(rule, terms, around)
    return made if rule.orders is None else OnlyFor(made, rule.orders.min, rule.orders.max)


def _of_kind(rule: AnyRule, terms: Terms, around: _Around) -> Rule:  # noqa: PLR0911  one return for each kind
    match rule:
        case spec.Silence():
            return _silence(rule, terms, around.probation_factor)
        case spec.Count():
            counts = _counts(rule.steps)
            return Count(terms, _filters(rule.of), rule.n, rule.within, rule.as_of == "last_event", counts)
        case spec.Ageing():
            return _ageing(rule, terms)
        case spec.Due():
            return _due(rule, terms, around.tiers)
        case spec.Signal():
            return Signal(terms, _filters(rule.of), rule.lasts, _filters(rule.until or ()))
        case spec.Streak():
            return _streak(rule, terms)
        case spec.Decline():
            return _decline(rule, terms)
        case spec.Sequence():
            return _sequence(rule, terms)
        case spec.Score():
            return (
                _score(rule, terms, around.judging)
                if rule.effort is None
                else _effort(rule, rule.effort, terms)
            )
        case _:
            assert_never(rule)


def _silence(rule: spec.Silence, terms: Terms, probation_factor: float) -> Rule:
    threshold, steps = _threshold(rule), _steps(rule.steps)
    if rule.each is not None:
        return PartialLoss(terms, threshold, rule.usual_from or spec.HABIT, steps)
    return Silence(terms, _filters(rule.of), threshold, rule.open_order_holds, steps, probation_factor)


def _ageing(rule: spec.Ageing, terms: Terms) -> Rule:
    limit = Limit(rule.older_than, terms.severity, _steps(rule.steps), _hours(rule.business_hours))
    if rule.of == "order.placed":
        return Undelivered(terms, limit)
    resolved = rule.of == "ticket.resolved"
    of = Filters(("ticket.opened" if resolved else rule.of, rule.where))
    return Ageing(terms, OBJECTS[rule.of], of, rule.awaited, limit, resolved)


def _due(rule: spec.Due, terms: Terms, tiers: Tiers | None) -> Rule:
    leveled = [(LEVEL[step.severity], step) for step in rule.steps]
    late = tuple(LateStep(step.overdue, level) for level, step in leveled if step.overdue is not None)
    missed = tuple(CountStep(step.missed, level) for level, step in leveled if step.missed is not None)
    cadences, hours = tiers if rule.cadence else None, _hours(rule.business_hours)
    return Due(terms, OBJECTS[rule.of], rule.shift, late, cadences, hours, missed)


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
    settled = rule.min_orders, rule.min_history, rule.min_pace
    if rule.measure == "own_region":
        return Elsewhere(terms, rule.to, *settled, steps)
    return Decline(terms, rule.measure, rule.to, *settled, steps)


def _sequence(rule: spec.Sequence, terms: Terms) -> Rule:
    after = _filters(rule.after or ()) if rule.scores_below is None else LowRatings(rule.scores_below)
    if rule.then is not None:
        return Followed(terms, after, _filters(rule.then), rule.within, rule.lasts)
    return Unanswered(terms, after, _filters(rule.without or ()), rule.within, rule.lasts)


def _effort(rule: spec.Score, effort: spec.EffortParts, terms: Terms) -> Rule:
    parts = _share(effort.contacts), _share(effort.hand_overs), _share(effort.waiting)
    return CustomerEffort(terms, *parts, effort.within, effort.min_tickets, rule.at_least)


def _share(part: spec.EffortPart | spec.WaitingPart | None) -> Share | None:
    if part is None:
        return None
    full = part.full
    return Share(full.total_seconds() if isinstance(full, timedelta) else full, part.weight)


def _score(rule: spec.Score, terms: Terms, judging: Mapping[str, Rule]) -> Rule:
    """The score of those parts that are on for anybody."""
    parts = (_part(part, judging) for part in rule.parts if part.rule is None or part.rule in judging)
    return Score(terms, tuple(parts), rule.at_least)


def _part(part: spec.ScorePart, judging: Mapping[str, Rule]) -> Part | ExpectedPurchases:
    if part.rule is not None:
        return Part(judging[part.rule], part.weight)
    fitted, within, below = part.model, part.within, part.below
    if fitted is None or within is None or below is None:
        raise AssertionError("the contract of rule files asks for all three")
    return ExpectedPurchases(BgNbd(fitted.r, fitted.alpha, fitted.a, fitted.b), within, below, part.weight)


def _terms(rule: AnyRule, whole: AnyRule, whose: Whose | None, advice: Advice) -> Terms:
    """The terms of a rule or of a variant of the `whole` one; where it is off nothing is waited for."""
    shadow, off = "shadow" in whole.modes, rule.mode == "off"
    held_for, keep = (AT_ONCE, AT_ONCE) if off else (rule.held_for or AT_ONCE, rule.keep or AT_ONCE)
    advising = adviser(advice, rule.next_step, rule.kind_of_churn, rule.reason)
    about = rule.name, LEVEL[rule.severity], shadow, rule.kind_of_churn, rule.reason
    return Terms(*about, held_for, keep, advising, whose, whole.while_lost == "ends")


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
