"""Rules in words: what each watches, and when it warns. Made from what stands in the file, whatever its kind is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.rule_parts import Common
from schemas.rules import Rule

Content = dict[str, Any]

APART = ("name", "kind", "severity", "steps", "mode", "kind_of_churn", "reason")
"""Keys that are told by themselves."""

SEEN = ("of", "where", "after", "measure", "parts")
"""Keys that say what a rule looks at; all others are its threshold."""


def content_of(rule: Common) -> Content:
    """The rule as it stands in a file, durations as text, without what is left at its default."""
    return rule.model_dump(mode="json", exclude_defaults=True, exclude_none=True)


def watched(rule: Common) -> str:
    """What a rule looks at: `ticket.opened (severity high or critical) or contact.made`."""
    content = content_of(rule)
    where = content.get("where", {})
    events = [_chosen(each, where) for key in ("of", "after") for each in many(content.get(key))]
    parts = [f"{part['rule']} × {part['weight']:g}" for part in many(content.get("parts"))]
    return _either([*events, *many(content.get("measure")), *parts])


def threshold(rule: Common) -> str:
    """When a rule warns: `quiet for 60d`, `3 times within 30d`."""
    own = {key: value for key, value in content_of(rule).items() if key not in {*APART, *SEEN}}
    words = [word(own[key]) for key, word in WORDS.items() if key in own]
    others = [f"{key.replace('_', ' ')} {_plain(value)}" for key, value in own.items() if key not in WORDS]
    return ", ".join([*([" ".join(words)] if words else []), *others]) or "as soon as it happens"


def many(value: Any) -> list[Any]:
    """One or several as a list; of nothing, an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def severities(rule: Common) -> str:
    """The severity, and those of the steps: `warning, critical at 2 × the limit`."""
    steps = content_of(rule).get("steps", [])
    return ", ".join([rule.severity, *map(_step, steps)])


def _step(step: Content) -> str:
    (name, value), *_ = ((name, value) for name, value in step.items() if name != "severity")
    value = f"{value:g}" if isinstance(value, float) else value
    reached = {"times": f"{value} × the limit", "n": f"{value} times"}.get(name, f"{name} {value}")
    return f"{step['severity']} at {reached}"


def _chosen(choice: str | Content, where: Content) -> str:
    name = choice if isinstance(choice, str) else choice["type"]
    fields = where if isinstance(choice, str) else {**where, **choice.get("where", {})}
    told = [f"{field} {_either(many(values))}" for field, values in fields.items()]
    return f"{name} ({', '.join(told)})" if told else name


def _personal(own: Content) -> str:
    gaps, prior = own.get("min_gaps", 1), own.get("prior")
    bounds = [f"{own['floor']} to {own['ceiling']}" if "ceiling" in own else f"at least {own['floor']}"]
    bounds += [f"prior {prior['gap']} × {prior['weight']:g}"] if prior else []
    bounds.append(f"{own['fallback']} below {gaps} gap{'' if gaps == 1 else 's'}")
    mean = "smoothed rhythm" if own.get("mean") == "smoothed" else "rhythm"
    return f"quiet for {own['factor']:g} × own {mean} ({', '.join(bounds)})"


WORDS: Mapping[str, Callable[[Any], str]] = {
    "quiet_for": lambda span: f"quiet for {span}",
    "personal": _personal,
    "n": lambda number: f"{number} time{'' if number == 1 else 's'}",
    "within": lambda span: f"within {span}",
    "as_of": lambda _: "before the customer's last event",
    "older_than": lambda span: f"open for {span}",
    "until": lambda types: f"without {_plain(types)}",
    "to": lambda share: f"down to {share:.0%} of what is usual",
}
"""The keys of thresholds that read better in words of their own; all others are told as they stand."""


def _plain(value: Any) -> str:
    match value:
        case {"type": str()}:
            return _chosen(value, {})
        case dict():
            return ", ".join(f"{key.replace('_', ' ')} {_plain(each)}" for key, each in value.items())
        case list() | tuple():
            return _either(map(_plain, value))
    return str(value)


def _either(parts: Iterable[object]) -> str:
    return " or ".join(map(str, parts))


def as_row(rule: Rule) -> dict[str, str | None]:
    """A rule as one row of a list for people."""
    return {
        "name": rule.name,
        "kind": rule.kind,
        "severity": severities(rule),
        "mode": rule.mode,
        "watches": watched(rule),
        "warns when": threshold(rule),
        "reason": rule.reason,
    }


def as_record(rule: Rule) -> dict[str, Any]:
    """The same for scripts, with its steps apart and the rule itself as it stands in the file."""
    usual: dict[str, Any] = {"name": rule.name, "kind": rule.kind, "severity": rule.severity, "steps": []}
    usual |= {"mode": rule.mode, "reason": rule.reason}
    return {**usual, **content_of(rule), "watches": watched(rule), "warns_when": threshold(rule)}
