"""Customer effort: tickets that were solved, but took the customer too much. The kind `score`, with `effort`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import msgspec

from monitor.domain.effort import CONTACTS, Effort, Solved, effort_of, solved_tickets
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.state import State
from monitor.domain.words import counted, in_words
from schemas.warnings import Cause

TOUCHING = (
    "ticket.opened",
    "ticket.resolved",
    "ticket.closed",
    "ticket.reopened",
    "ticket.reassigned",
    *CONTACTS,
)


class Share(msgspec.Struct, frozen=True):
    """What one measure adds: its weight, times its value as a share of `full`, at most the whole weight."""

    full: float
    weight: float


class Part(NamedTuple):
    """The weight of a measure, what it adds, and its value in words."""

    weight: float
    adds: float
    told: str


class CustomerEffort(msgspec.Struct, frozen=True):
    """Notice a customer whose tickets solved `within` a time took them so much that the score is `at_least` this.

    A measure of which nothing is known is left out, its weight too; `waiting` is in seconds. Of fewer than
    `min_tickets` tickets nothing is said.
    """

    terms: Terms
    contacts: Share | None
    hand_overs: Share | None
    waiting: Share | None
    within: timedelta
    min_tickets: int
    at_least: float

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in TOUCHING

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        tickets = solved_tickets(state) if state.cases else []
        recent = self._recent(tickets, now)
        if len(recent) < self.min_tickets:
            return NOTHING
        check = recent[0].solved + self.within
        if not self._is_reached(state, tickets, now):
            return (), check
        return (Finding(None, self._since(state, tickets, now), self.terms.severity),), check

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        recent = self._recent(solved_tickets(state), now)
        parts = list(self._told(effort_of(state, recent)))
        score, whole = _score(parts), sum(part.weight for part in parts)
        told = ", ".join(f"{part.told} ({part.adds / whole:.2f})" for part in parts)
        return Evidence(
            title=f"customer effort {score:.2f}: {told} per solved ticket",
            saw=f"{counted(len(recent), 'ticket')} solved within {in_words(self.within)}, each with {told}",
            measure=f"{score:.2f}",
            threshold=f"{self.at_least:.2f}",
            origin=self.terms.origin,
            basis=self.terms.limit("solved tickets, the same weights for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"tickets that take less, or fewer than {self.min_tickets} within {in_words(self.within)}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"

    def _recent(self, tickets: Sequence[Solved], now: datetime) -> list[Solved]:
        return [each for each in tickets if now - self.within < each.solved <= now]

    def _is_reached(self, state: State, tickets: Sequence[Solved], now: datetime) -> bool:
        recent = self._recent(tickets, now)
        if len(recent) < self.min_tickets:
            return False
        return _score(list(self._told(effort_of(state, recent)))) >= self.at_least - 1e-9

    def _since(self, state: State, tickets: Sequence[Solved], now: datetime) -> datetime:
        """The first moment from which on it has been so, by the tickets that are kept."""
        changes = {moment for each in tickets for moment in (each.solved, each.solved + self.within)}
        since = now
        for moment in sorted((moment for moment in changes if moment <= now), reverse=True):
            if not self._is_reached(state, tickets, moment):
                break
            since = moment
        return since

    def _told(self, effort: Effort) -> Iterator[Part]:
        """The measures of which something is known."""
        if self.contacts is not None and effort.contacts is not None:
            yield _part(self.contacts, effort.contacts, counted(effort.contacts, "contact"))
        if self.hand_overs is not None:
            yield _part(self.hand_overs, effort.hand_overs, counted(effort.hand_overs, "hand-over"))
        if self.waiting is not None:
            waited = effort.waiting.total_seconds()
            yield _part(self.waiting, waited, f"{in_words(effort.waiting)} of waiting")


def _part(share: Share, value: float, told: str) -> Part:
    return Part(share.weight, share.weight * min(1.0, value / share.full), told)


def _score(parts: Sequence[Part]) -> float:
    """What all parts add as a share of their weights; nothing of no parts."""
    return sum(part.adds for part in parts) / sum(part.weight for part in parts) if parts else 0.0
