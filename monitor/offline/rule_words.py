"""Rules in words: what each watches, and when it warns. Made from what stands in the file, whatever its kind is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.rule_parts import Common
from schemas.rule_scopes import RuleScope
from schemas.rules import Rule

Content = dict[str, Any]

APART = ("name", "kind", "severity", "steps", "mode", "kind_of_churn", "reason", "next_step", "scopes")
"""Keys that are told by themselves."""

SEEN = ("of", "where", "after", "measure", "parts", "effort")
"""Keys that say what a rule looks at; all others are its threshold."""


def content_of(rule: Common) -> Content:
    """The rule as it stands in a file, durations as text, without what is left at its default."""
    return rule.model_dump(mode="json", exclude_defaults=True, exclude_none=True, by_alias=True)


def watched(rule: Common) -> str:
    """What a rule looks at: `ticket.opened (severity high or critical) or contact.made`."""
    content = content_of(rule)
    where = content.get("where", {})
    events = [_chosen(each, where) for key in ("of", "after") for each in many(content.get(key))]
    parts = [f"{_part(part)} × {part['weight']:g}" for part in many(content.get("parts"))]
    measures = [*many(content.get("measure")), *_effort(content.get("effort", {}))]
    return _either([*events, *measures, *parts]) or "scores"


def threshold(rule: Rule) -> str:
    """When a rule warns: `quiet for 60d`, `3 times within 30d`."""
    own = {key: value for key, value in content_of(rule).items() if key not in {*APART, *SEEN}}
    told: dict[str, str] = {}
    for (kind, key), word in WORDS.items():
        if key in own and key not in told and kind in {ANY, rule.kind}:
            told[key] = word(own[key])
    others = [_other(key, value) for key, value in own.items() if key not in told]
    words = [" ".join(told.values())] if told else []
    return ", ".join([*words, *others]) or "as soon as it happens"


def _part(part: Content) -> str:
    """What a part of a score goes by."""
    if "rule" in part:
        return str(part["rule"])
    return f"fewer than {part['below']:g} purchases expected within {part['within']}"


def _effort(parts: Content) -> list[str]:
    """The measures of customer effort, each with what is as much as counts, and its weight."""
    told = ((name, part) for name, part in parts.items() if isinstance(part, dict))
    return [
        f"{name.replace('_', ' ')} per solved ticket (full at {part['full']}) × {part.get('weight', 1):g}"
        for name, part in told
    ]


def _other(key: str, value: Any) -> str:
    return f"{WAITS.get(key, key.replace('_', ' '))} {_plain(value)}"


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
    return f"{step['severity']} at {STEPS[name](value) if name in STEPS else f'{name} {value}'}"


def _times(number: int) -> str:
    return f"{number} time{'' if number == 1 else 's'}"


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


def _open_hours(own: Content) -> str:
    days, closed = own.get("days", "mon-fri"), own.get("holidays")
    holidays = f", but for holidays of {closed}" if closed else ""
    return f"in business hours ({days} {own['from']}-{own['to']} {own['time_zone']}{holidays})"


ANY = ""

WORDS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    (ANY, "quiet_for"): lambda span: f"quiet for {span}",
    (ANY, "personal"): _personal,
    ("silence", "each"): lambda what: f"with any usual {what}, while others are bought",
    ("streak", "n"): lambda number: f"{number} in a row",
    (ANY, "n"): _times,
    ("sequence", "scores_below"): lambda limit: f"one below {limit:g},",
    ("sequence", "then"): lambda types: f"then {_plain(types)}",
    ("sequence", "without"): lambda types: f"then no {_plain(types)}",
    (ANY, "within"): lambda span: f"within {span}",
    (ANY, "as_of"): lambda _: "before the customer's last event",
    (ANY, "older_than"): lambda span: f"open for {span}",
    ("ageing", "until"): lambda types: f"without {_plain(types)}",
    (ANY, "overdue"): lambda span: f"{span} after the moment",
    (ANY, "ahead"): lambda span: f"{span} before the moment",
    (ANY, "business_hours"): _open_hours,
    (ANY, "to"): lambda share: f"down to {share:.0%} of what is usual",
    (ANY, "at_least"): lambda share: f"a score of {share:g}",
}
"""By kind and key, the parts of thresholds that read better in words of their own, in the order of a sentence.

All others are told as they stand, so that a new kind of rule can be told before it has words here.
"""

WAITS = {"for": "held for", "keep": "kept for"}

STEPS: Mapping[str, Callable[[Any], str]] = {
    "times": lambda times: f"{times:g} × the limit",
    "n": _times,
    "overdue": lambda span: f"{span} after the moment",
    "missed": lambda number: f"{number} missed in a row",
    "to": lambda share: f"{share:.0%} of what is usual",
}


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


def as_rows(rule: Rule) -> list[dict[str, str | None]]:
    """A rule as rows of a list for people: its own, and one for each scope."""
    nothing = dict.fromkeys(as_row(rule), None)
    return [as_row(rule), *(nothing | _scope_row(scope, variant) for scope, variant in rule.variants())]


def _scope_row(scope: RuleScope, variant: Rule) -> dict[str, str | None]:
    row = {key: as_row(variant)[key] for key in ("severity", "mode", "warns when", "reason")}
    return {"name": f"  {scope.by} {_either(scope.names)}", **row}


def as_row(rule: Rule) -> dict[str, str | None]:
    """A rule as one row of a list for people, without its scopes."""
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
    told = {**usual, **content_of(rule), "watches": watched(rule), "warns_when": threshold(rule)}
    variants: list[Rule] = [variant for _, variant in rule.variants()]
    for scope, variant in zip(told.get("scopes", ()), variants, strict=True):
        scope["warns_when"] = threshold(variant)
    return told
