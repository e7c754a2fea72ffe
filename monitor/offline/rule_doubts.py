"""What is allowed in a rule file and still hardly meant: doubts, each with its place in the file.

They come from the file alone. What its thresholds would do to real customers is for `flagged`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from monitor.offline.rule_words import Content, content_of, many
from schemas.errors import ConfigError
from schemas.rules import Rule, RuleFile
from schemas.spans import LONGEST, parse_span, told_span
from schemas.yaml_files import Location, YamlText

LIMITS = ("quiet_for", "older_than", "personal", "n", "within", "to", "overdue", "ahead", "lasts", "at_least")
TELLING = ("name", "severity", "mode", "reason", "kind_of_churn", "steps", "next_step")
"""Keys that say how a warning is told, not whether there is one."""

Doubt = tuple[str, Location, str]
"""What is odd, where, and what to do."""


def doubts(file: RuleFile, text: YamlText) -> list[ConfigError]:
    """What is odd in a file, in its order."""
    found = [*_nothing_on(file), *_twins(file)]
    for place, rule in enumerate(file.rules):
        content = content_of(rule)
        for problem, location, remedy in (
            *_useless(content),
            *_outside(content),
            *_far_off(content),
            *_too_short(rule),
            *_open_days(content, text.content["rules"][place]),
        ):
            found.append((problem, ("rules", place, *location), remedy))
    return [text.error(problem, location, remedy) for problem, location, remedy in found]


def threshold_place(file: RuleFile, text: YamlText, name: str) -> Location:
    """Where the threshold of a rule stands, or the rule itself where it has none of the usual keys."""
    place = next(at for at, rule in enumerate(file.rules) if rule.name == name)
    keys: Iterator[Location] = (("rules", place, key) for key in LIMITS)
    return next(filter(text.holds, keys), ("rules", place))


def _nothing_on(file: RuleFile) -> Iterator[Doubt]:
    if not any(rule.is_on for rule in file.rules):
        yield "no rule is on, so nobody is ever warned of", ("rules",), "give one `mode: live`"


def _twins(file: RuleFile) -> Iterator[Doubt]:
    seen: dict[str, str] = {}
    for place, rule in enumerate(file.rules):
        judged = {key: value for key, value in content_of(rule).items() if key not in TELLING}
        first = seen.setdefault(repr(sorted(judged.items())), rule.name)
        if first != rule.name:
            yield f"warns whenever {first} does", ("rules", place), "drop one of the two, or make it a step"


def _useless(rule: Content) -> Iterator[Doubt]:
    choices = [each if isinstance(each, dict) else {"type": each} for each in many(rule.get("of"))]
    for place, choice in enumerate(choices):
        if any(
            _covers(each, choice) and (each != choice or at < place) for at, each in _others(choices, place)
        ):
            yield "changes nothing, for another choice has all of it", ("of", place), "drop it"


def _others(choices: list[Content], place: int) -> Iterator[tuple[int, Content]]:
    return ((at, each) for at, each in enumerate(choices) if at != place)


def _covers(wide: Content, narrow: Content) -> bool:
    where, within = wide.get("where", {}), narrow.get("where", {})
    return wide["type"] == narrow["type"] and all(
        field in within and set(many(within[field])) <= set(many(values)) for field, values in where.items()
    )


def _outside(rule: Content) -> Iterator[Doubt]:
    own = rule.get("personal")
    if own is None:
        return
    fallback, where = parse_span(own["fallback"]), ("personal", "fallback")
    if fallback < parse_span(own["floor"]):
        yield f"{own['fallback']} is below the floor of {own['floor']}", where, "is it meant to be?"
    if "ceiling" in own and fallback > parse_span(own["ceiling"]):
        yield f"{own['fallback']} is above the ceiling of {own['ceiling']}", where, "is it meant to be?"


def _open_days(rule: Content, written: Content) -> Iterator[Doubt]:
    """In business hours a day is 24 of them, though who writes `2d` may mean working days."""
    for key in ("older_than", "overdue", "ahead") if "business_hours" in rule else ():
        if key in rule and re.search(r"[dw]", str(written[key])):
            count = parse_span(rule[key]) / timedelta(hours=1)
            yield (
                f"{written[key]} is {count:g} business hours, not working days",
                (key,),
                "give hours, such as 8h",
            )


def _far_off(rule: Content) -> Iterator[Doubt]:
    limit = rule.get("quiet_for") or rule.get("older_than") or rule.get("personal", {}).get("floor")
    for place, step in enumerate(rule.get("steps", ())):
        if limit and "times" in step and parse_span(limit) * step["times"] > LONGEST:
            yield f"{step['times']:g} × {limit} are more than ten years", ("steps", place), "take fewer times"


def _too_short(rule: Rule) -> Iterator[Doubt]:
    """A finding that is over by itself before it has held for long enough."""
    ends = rule.lasts if rule.kind in ("signal", "sequence") else None
    if rule.held_for is not None and ends is not None and rule.held_for >= ends:
        yield f"a finding lasts {told_span(ends)}, unless it comes again", ("for",), "take less"
