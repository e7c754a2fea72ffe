"""The text of a rule file with the limits of some silence rules put in their places; all else stays as it stands.

Whether the text then says what was meant is for whoever reads it back: parts that aliases share are changed for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from monitor.offline.rule_edits import KeyEdit
from schemas.yaml_files import YamlText, pair_of

LIMITS = ("quiet_for", "personal")


class LimitEdit(NamedTuple):
    """A rule by its place in the file, the limit that it gets as keys of a rule, and what to say of it in comments."""

    place: int
    limit: Mapping[str, Any]
    comment: Sequence[str]


class _Splice(NamedTuple):
    start: int
    end: int
    text: str


def with_limits(text: str, parsed: YamlText, limits: Sequence[LimitEdit]) -> str:
    """The text with these limits in place of those of its rules; `parsed` is what was read of this very text."""
    root = parsed.root
    rules = pair_of(root, "rules") if isinstance(root, yaml.MappingNode) else None
    if rules is None:
        raise AssertionError("only a text that is a rule file has limits")
    splices = [splice for each in limits for splice in _spliced(text, rules[1].value[each.place], each)]
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def limit_edits(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[KeyEdit]:
    """What a limit changes in another one, both as keys of a rule; keys of `personal` go by their own names."""
    old, new = ({**keys.get("personal", keys)} for keys in (before, after))
    for key in old | new:
        if old.get(key) != new.get(key):
            yield KeyEdit(key, old.get(key), new.get(key))


def _spliced(text: str, rule: yaml.MappingNode, edit: LimitEdit) -> Iterator[_Splice]:
    ((name, wanted),) = edit.limit.items()
    key, there = next(pair for pair in rule.value if pair[0].value in LIMITS)
    yield _comment(text, key if not rule.flow_style else rule, edit.comment)
    if key.value == name == "personal" and isinstance(there, yaml.MappingNode):
        yield from _personal(text, there, wanted)
    else:
        yield _Splice(key.start_mark.index, _end(there), f"{name}: {in_one_line(wanted)}")


def _personal(text: str, node: yaml.MappingNode, wanted: Mapping[str, Any]) -> Iterator[_Splice]:
    """Put in the values that differ; new keys come behind the factor, which is always there."""
    there = {key.value: (key, value) for key, value in node.value}
    for name, value in wanted.items():
        if name in there and not _same(there[name][1], value):
            old = there[name][1]
            yield _Splice(old.start_mark.index, _end(old), in_one_line(value))
    new = [f"{name}: {in_one_line(value)}" for name, value in wanted.items() if name not in there]
    if new:
        yield _behind(text, *there["factor"], new, flow=bool(node.flow_style))
    for name, (key, value) in there.items():
        if name not in wanted:
            yield _left_out(text, node, key, value)


def _same(node: yaml.Node, value: Any) -> bool:
    """Whether a value is written there already; numbers may be written in more ways than one."""
    if isinstance(value, Mapping):
        pairs = {key.value: part for key, part in node.value} if isinstance(node, yaml.MappingNode) else {}
        return pairs.keys() == value.keys() and all(_same(pairs[name], value[name]) for name in value)
    try:
        return float(node.value) == value if isinstance(value, int | float) else node.value == value
    except (TypeError, ValueError):
        return False


def _behind(text: str, key: yaml.Node, value: yaml.Node, new: Sequence[str], *, flow: bool) -> _Splice:
    if flow:
        at = value.end_mark.index
        return _Splice(at, at, "".join(f", {each}" for each in new))
    end = text.find("\n", value.end_mark.index)
    at = len(text) if end < 0 else end
    return _Splice(at, at, "".join(f"\n{' ' * key.start_mark.column}{each}" for each in new))


def _left_out(text: str, node: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> _Splice:
    """Take a key out: in braces with the comma before it, in a block as a comment, for what is said above it."""
    if node.flow_style:
        at = [id(pair[0]) for pair in node.value].index(id(key))
        if at == 0:
            return _Splice(key.start_mark.index, node.value[1][0].start_mark.index, "")
        return _Splice(node.value[at - 1][1].end_mark.index, value.end_mark.index, "")
    start, end = key.start_mark.index, _end(value)
    return _Splice(start, end, "# " + text[start:end].replace("\n", "\n# "))


def _end(node: yaml.Node) -> int:
    """Where a part ends: a block where its last value does, for its own mark lies behind comments that follow."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    end: int = node.end_mark.index
    return end


def _comment(text: str, node: yaml.Node, lines: Sequence[str]) -> _Splice:
    """Comments on lines of their own, before the line on which a part begins and as far in."""
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    line = text[start:]
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return _Splice(start, start, "".join(f"{indent}# {each}\n" for each in lines))


def in_one_line(value: Any) -> str:
    """A value of a limit as YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {in_one_line(each)}" for key, each in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)
