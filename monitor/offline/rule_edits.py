"""What differs between two rule files, by rule and key. What that makes of real customers is for `rule_diff`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from schemas.rules import Rule, RuleFile

EditKind = Literal["new", "gone", "off", "changed"]


class KeyEdit(NamedTuple):
    """One key with its value in both files, as they stand there; None where there is none: `personal.factor`."""

    key: str
    before: Any
    after: Any


class RuleEdit(NamedTuple):
    """A rule that differs; `before` is None where it is new, `after` where it is gone, which have no `keys`."""

    name: str
    before: Rule | None
    after: Rule | None
    keys: tuple[KeyEdit, ...] = ()

    @property
    def kind(self) -> EditKind:
        """What the second file does with the rule."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "off" if self.before.mode != "off" == self.after.mode else "changed"


class Edits(NamedTuple):
    """All that differs: rules in the order of the second file, then those that are gone; and keys of `customers:`."""

    rules: tuple[RuleEdit, ...]
    customers: tuple[KeyEdit, ...]

    def names(self) -> tuple[str, ...]:
        """The names of the rules that differ."""
        return tuple(each.name for each in self.rules)

    def are_none(self) -> bool:
        """Whether both files mean the same."""
        return not self.rules and not self.customers


def edits(before: RuleFile, after: RuleFile) -> Edits:
    """What the second file changes in the first; the order of rules means nothing."""
    old, new = ({rule.name: rule for rule in file.rules} for file in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    pairs = ((name, old.get(name), new.get(name)) for name in names)
    rules = tuple(RuleEdit(*pair, _keys(*pair[1:])) for pair in pairs if pair[1] != pair[2])
    return Edits(rules, tuple(_key_edits(_content(before.customers), _content(after.customers))))


def _keys(before: Rule | None, after: Rule | None) -> tuple[KeyEdit, ...]:
    if before is None or after is None:
        return ()
    return tuple(_key_edits(_content(before), _content(after)))


def _key_edits(before: dict[str, Any], after: dict[str, Any]) -> Iterator[KeyEdit]:
    for key in before | after:
        if before.get(key) != after.get(key):
            yield KeyEdit(key, before.get(key), after.get(key))


def _content(part: BaseModel | None) -> dict[str, Any]:
    """All keys with their values, defaults too; those of parts behind a dot."""
    return dict(_flat(part.model_dump(mode="json", by_alias=True))) if part is not None else {}


def _flat(content: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
