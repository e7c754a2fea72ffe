"""Score: what other rules find, weighed and added."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain.rules.base import Evidence, Finding, Judgement, Rule, Terms
from monitor.domain.state import State
from schemas.warnings import Cause


class PartRaised(Exception):
    """A part of a score raised, which is the rule of this name."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Part(msgspec.Struct, frozen=True):
    """Another rule, and what it adds while it finds something."""

    rule: Rule
    weight: float

    def judge(self, state: State, now: datetime) -> Judgement:
        """What the rule finds. Raises `PartRaised` if it raises."""
        try:
            return self.rule.judge(state, now)
        except Exception as error:
            raise PartRaised(self.rule.terms.name) from error


class Score(msgspec.Struct, frozen=True):
    """Notice a customer for whom rules with `at_least` this share of all weights find something.

    Rules that are off are left out, their weights too. The next check is the earliest of any part's.
    """

    terms: Terms
    parts: tuple[Part, ...]
    at_least: float

    since_may_drift: ClassVar[bool] = True

    @property
    def names(self) -> frozenset[str]:
        """The rules that this one rests on."""
        return frozenset(part.rule.terms.name for part in self.parts)

    def touched_by(self, kind: str, flavour: str) -> bool:
        return any(part.rule.touched_by(kind, flavour) for part in self.parts)

    def ended_by(self, kind: str, flavour: str) -> bool:
        return any(part.rule.ended_by(kind, flavour) for part in self.parts)

    def judge(self, state: State, now: datetime) -> Judgement:
        judged = [(part.weight, *part.judge(state, now)) for part in self.parts]
        check = min((check for *_, check in judged if check is not None), default=None)
        begins = sorted(
            (min(finding.since for finding in findings), weight) for weight, findings, _ in judged if findings
        )
        since = self._reached(begins)
        return ((), check) if since is None else ((Finding(None, since, self.terms.severity),), check)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        whole = sum(part.weight for part in self.parts)
        found = {part.rule.terms.name: part.weight for part in self.parts if part.judge(state, now)[0]}
        score = sum(found.values()) / whole
        return Evidence(
            title=f"risk score {score:.2f}: {', '.join(found)}",
            saw=", ".join(f"{name} {weight / whole:.2f}" for name, weight in found.items()),
            measure=f"{score:.2f}",
            threshold=f"{self.at_least:.2f}",
            origin=self.terms.origin,
            basis=self.terms.noted(f"{len(found)} of {len(self.parts)} parts"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"a score below {self.at_least:.2f}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"

    def _reached(self, begins: list[tuple[datetime, float]]) -> datetime | None:
        """Since when the parts that stand now have weighed enough together."""
        needed, so_far = self.at_least * sum(part.weight for part in self.parts), 0.0
        for since, weight in begins:
            so_far += weight
            if so_far >= needed - 1e-9:
                return since
        return None
