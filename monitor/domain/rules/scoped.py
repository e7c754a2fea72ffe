"""A rule that is another one for some customers: by their tier, or by a segment of their profile.

Belongs here: which of its variants is for a state. Those for single customers are in rule sets of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain.profile import profile_of
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Rule, Terms
from monitor.domain.state import State
from schemas.warnings import Cause


class Off(msgspec.Struct, frozen=True):
    """A rule where it is off: it finds nothing, and what it has found before is over."""

    terms: Terms

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return False

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        return NOTHING

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        raise AssertionError("a rule that is off has found something")

    def resolves_when(self, about: str | None) -> str:
        return "a look at the rules: this one is off here"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "rule changed"


class Scoped(msgspec.Struct, frozen=True):
    """`usual`, but another rule for customers of some tiers, or in some segments, of which the first that fits counts.

    All are of one kind and about the same events, under one name. Whoever comes into another scope has to be judged
    anew.
    """

    usual: Rule
    tiers: Mapping[str, Rule]
    segments: tuple[tuple[str, Rule], ...]

    @property
    def terms(self) -> Terms:
        return self.usual.terms

    @property
    def since_may_drift(self) -> bool:
        return any(rule.since_may_drift for rule in self.variants())

    def touched_by(self, kind: str, flavour: str) -> bool:
        return any(rule.touched_by(kind, flavour) for rule in self.variants())

    def ended_by(self, kind: str, flavour: str) -> bool:
        return any(rule.ended_by(kind, flavour) for rule in self.variants())

    def judge(self, state: State, now: datetime) -> Judgement:
        return self.variant(state).judge(state, now)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        return self.variant(state).evidence(state, finding, now)

    def resolves_when(self, about: str | None) -> str:
        return self.usual.resolves_when(about)

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return self.variant(state).ended(state, about, since)

    def variant(self, state: State) -> Rule:
        """The rule that is for a customer in this state."""
        about = state.about
        if about is None:
            return self.usual
        if about.tier is not None and about.tier in self.tiers:
            return self.tiers[about.tier]
        mine = profile_of(about.profile).segments if self.segments and about.profile else ()
        return next((rule for segment, rule in self.segments if segment in mine), self.usual)

    def variants(self) -> Iterator[Rule]:
        """All that it can be."""
        yield self.usual
        yield from self.tiers.values()
        yield from (rule for _, rule in self.segments)


def for_state(rule: Rule, state: State) -> Rule:
    """The very rule by which a customer in this state is judged: its terms are those that count."""
    return rule.variant(state) if isinstance(rule, Scoped) else rule
