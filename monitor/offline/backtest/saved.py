"""The rule file that was judged, with the thresholds proposed for its rules put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from monitor.offline.backtest.report import Backtest, Proposal, Span
from monitor.offline.backtest.words import doubts, in_days, percent
from monitor.offline.rule_edits import KeyEdit, edits
from monitor.offline.rule_texts import LIMITS, LimitEdit, in_one_line, limit_edits, with_limits
from schemas.errors import ConfigError
from schemas.rule_files import checked_rules
from schemas.rules import Rule, RuleFile
from schemas.yaml_files import YamlText

WIDTH = 100

ReadText = Callable[[str], YamlText]


class Improved(NamedTuple):
    """A rule with the threshold that it gets, and what changes by that."""

    name: str
    proposal: Proposal
    changes: Sequence[KeyEdit]

    @property
    def told(self) -> str:
        """What changes, in one line."""
        return ", ".join(f"{each.key} {_told(each.before)} → {_told(each.after)}" for each in self.changes)


def improved(file: RuleFile, found: Backtest, *, classes: bool) -> list[Improved]:
    """The rules of the file that get another threshold: for everyone, or where there is one, for the classes evenly."""
    chosen = {each.instead_of: each for each in found.proposals.proposals if each.spread == "everyone"}
    if classes:
        chosen |= {each.instead_of: each for each in found.proposals.proposals if each.spread == "evenly"}
    each = ((rule, chosen[rule.name]) for rule in file.rules if rule.name in chosen)
    made = [Improved(rule.name, new, tuple(limit_edits(_limit(rule), _limit_of(new)))) for rule, new in each]
    return [each for each in made if each.changes]


def improved_text(
    text: str, read: ReadText, file: RuleFile, rules: Sequence[Improved], found: Backtest, command: str
) -> str:
    """The text of the file with these thresholds, comments kept, and a comment on each that says what was measured.

    `read` reads a text as if it stood where the new one will. Raises `ConfigError` where the text can't be changed so
    that it reads as meant.
    """
    old = read(text)
    places = {rule.name: place for place, rule in enumerate(file.rules)}
    limits = [
        LimitEdit(places[each.name], _limit_of(each.proposal), list(_comment(each, found, command)))
        for each in rules
    ]
    new = with_limits(text, old, limits)
    checked, problems = checked_rules(read(new))
    if problems or checked is None or not edits(_meant(file, rules), checked).are_none():
        raise ConfigError(
            "is written so that thresholds can't be put in (are there aliases?)",
            where=old.source,
            remedy="paste what is proposed",
        )
    return new


def _meant(file: RuleFile, rules: Sequence[Improved]) -> RuleFile:
    new = {each.name: each.proposal.rule for each in rules}
    made = [new.get(rule.name, rule) for rule in file.rules]
    return RuleFile.model_validate(
        {**{name: getattr(file, name) for name in RuleFile.model_fields}, "rules": made}
    )


def _comment(rule: Improved, found: Backtest, command: str) -> Iterator[str]:
    """What was measured, by which command, on which history."""
    all_told = (rule.proposal.judged.groups if rule.proposal.judged else rule.proposal.expected)[0]
    measured = f"{percent(all_told.false_alarm_rate)} false alarms"
    measured += f", {in_days(all_told.delay)} of delay" if all_told.delay is not None else ""
    told = f"Set by `{command}` on {_history(found.history)}: {measured}. Before: {_before(rule)}."
    yield from wrap(told, WIDTH, break_long_words=False, break_on_hyphens=False)
    if (doubt := doubts(found.history.leavers)) is not None:
        yield from wrap(doubt, WIDTH)


def _history(span: Span) -> str:
    return f"orders from {span.first:%Y-%m-%d} to {span.end:%Y-%m-%d}"


def _before(rule: Improved) -> str:
    return ", ".join(
        f"{each.key} {in_one_line(each.before)}" if each.before is not None else f"no {each.key}"
        for each in rule.changes
    )


def _limit(rule: Rule) -> dict[str, object]:
    content = rule.model_dump(mode="json", include=set(LIMITS), exclude_none=True)
    own = content.get("personal")
    return {"personal": {key: each for key, each in own.items() if each != "plain"}} if own else content


def _limit_of(proposal: Proposal) -> dict[str, object]:
    return {name: proposal.rule[name] for name in LIMITS if name in proposal.rule}


def _told(value: object) -> str:
    return "none" if value is None else in_one_line(value)
