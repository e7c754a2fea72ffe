"""What becomes of the warnings that stand when rules change: the lane does it, this says it beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from monitor.offline.rule_edits import Edits
from schemas.editions import OpenWarnings
from schemas.rules import Rule, RuleFile

Becomes = Literal["judged anew", "kept", "closed"]

OF_EDITED: Mapping[OpenWarnings, Becomes] = {"judge": "judged anew", "keep": "kept", "close": "closed"}


class Fate(NamedTuple):
    """What becomes of the `standing` open warnings of a rule, and why."""

    rule: str
    standing: int
    becomes: Becomes
    why: str


def fates(
    edits: Edits, after: RuleFile, standing: Mapping[str, int], open_warnings: OpenWarnings
) -> list[Fate]:
    """The fates of all open warnings that the edits touch, by rule; `standing` counts those that are open now."""
    rules = {rule.name: rule for rule in after.rules}
    edited = {each.name: f"the rule is {each.kind}" for each in edits.rules}
    moved = dict(_moved(edits, rules))
    names = [*rules, *sorted(name for name in standing if name not in rules)]
    told = (
        (name, _fate(rules.get(name), edited.get(name), moved.get(name), open_warnings)) for name in names
    )
    return [Fate(name, standing[name], *fate) for name, fate in told if fate and standing.get(name)]


def _moved(edits: Edits, rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    """The rules that stay as they are and may yet find something else, with the reason."""
    edited = set(edits.names())
    for rule in rules.values():
        resting = [part.rule for part in rule.parts if part.rule in edited] if rule.kind == "score" else []
        if resting:
            yield rule.name, f"the rule rests on {', '.join(resting)}"
        elif edits.customers:
            yield rule.name, "`customers:` is changed"


def _fate(
    rule: Rule | None, edited: str | None, moved: str | None, open_warnings: OpenWarnings
) -> tuple[Becomes, str] | None:
    if rule is None:
        return "closed", "the rule is gone"
    if rule.mode == "off":
        return "closed", "the rule is off"
    if rule.mode == "shadow":
        return "closed", "the rule is told to nobody"
    if edited is not None:
        return OF_EDITED[open_warnings], edited
    return ("judged anew", moved) if moved is not None else None
