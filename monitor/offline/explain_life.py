"""Where a customer stands in their own life, what time alone will make of it, and when to speak with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from monitor.domain.rules import RuleSet
from monitor.domain.stages import CustomerTerms, is_lost, live, worst
from monitor.domain.state import NOBODY, Life, Row
from monitor.domain.tiers import next_contact_due
from schemas.fields import ChurnKind, Stage, Tier


class StageAhead(msgspec.Struct, frozen=True):
    """The stage that the customer comes to next, if nothing happens and all warnings stay as they are."""

    stage: Stage
    at: datetime
    after: timedelta


class LifeTold(msgspec.Struct, frozen=True):
    """The stage, since when; once lost, of what kind and why; and when the next contact is due."""

    stage: Stage
    since: datetime
    kind: ChurnKind | None
    reason: str | None
    next: StageAhead | None
    tier: Tier | None
    next_contact_due: datetime | None


def life_told(row: Row, rules: RuleSet, now: datetime) -> LifeTold | None:
    """A customer's life by a row as it stands at `now`; None where the rules ask for no stages."""
    terms, life = rules.customers, row.life
    if terms is None or life is None:
        return None
    due = next_contact_due(row.state, terms.tiers) if terms.tiers is not None else None
    tier = (row.state.about or NOBODY).tier
    return LifeTold(life.stage, life.since, life.kind, life.reason, _ahead(row, life, terms, now), tier, due)


def stage_check(row: Row, rules: RuleSet, now: datetime) -> datetime | None:
    """When the stage is asked for again though nothing happens."""
    terms = rules.customers
    if terms is None:
        return None
    return live(row.life, row.state, worst(row.warnings, terms.shadows), terms.stages, now)[1]


def loss_ahead(row: Row, rules: RuleSet, now: datetime) -> datetime | None:
    """When the customer will be lost, if nothing happens; None also for who is lost."""
    terms, life = rules.customers, row.life
    if terms is None or life is None or is_lost(life):
        return None
    return next((each.at for each in _stages(row, life, terms, now) if each.stage == "lost"), None)


def _ahead(row: Row, life: Life, terms: CustomerTerms, now: datetime) -> StageAhead | None:
    return next(_stages(row, life, terms, now), None)


def _stages(row: Row, life: Life, terms: CustomerTerms, now: datetime) -> Iterator[StageAhead]:
    """The stages to come."""
    level = worst(row.warnings, terms.shadows)
    before, check = live(life, row.state, level, terms.stages, now)
    while check is not None:
        after, following = live(before, row.state, level, terms.stages, check)
        if after.stage != before.stage:
            yield StageAhead(after.stage, check, check - now)
        before, check = after, following
