"""YAML texts against a contract: content, or errors that name file, line, key and what is allowed.

Belongs here: reading, and the places of parts in the text. What is wrong in which words is for `yaml_errors`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from schemas.errors import ConfigError

Location = tuple[int | str, ...]
"""Keys and numbers from 0 that lead from the top of a text to one of its parts."""


class _Loader(yaml.SafeLoader):
    """YAML with the scalars of version 1.2: `off` and `no` are words, `1:30` and dates are texts."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML has it


for _kind, _pattern, _starts in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?\d+", "-+0123456789"),
    ("float", r"[-+]?(?:\d+\.\d*|\.?\d+)(?:[eE][-+]?\d+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), list(_starts)
    )


@dataclass(frozen=True)
class YamlText:
    """A text that was read: its content, and the nodes that know their lines. `source` is the file's name."""

    source: str
    content: Any
    root: yaml.Node

    def place(self, location: Location) -> tuple[int, str]:
        """The line (from 1) and the readable path of a location, or of as much of it as there is."""
        node, line, path = self.root, self.root.start_mark.line, ""
        for part in location:
            match node, part:
                case yaml.MappingNode(), str() if pair := pair_of(node, part):
                    key, node = pair
                    line, path = key.start_mark.line, f"{path}.{part}"
                case yaml.SequenceNode(), int() if part < len(node.value):
                    node = node.value[part]
                    line, path = node.start_mark.line, f"{path}[{part}]"
        return line + 1, path.removeprefix(".")

    def holds(self, location: Location) -> bool:
        """Whether there is something at this very location."""
        return self.place(location)[1] == told(location)

    def error(self, problem: str, location: Location, remedy: str | None = None) -> ConfigError:
        """What is wrong at a location."""
        line, path = self.place(location)
        return ConfigError(problem, where=f"{self.source}:{line}", key=path or None, remedy=remedy)

    def repeated(self) -> list[ConfigError]:
        """The keys that are given twice in one place."""
        twice = [key for node in _mappings(self.root) for key in _repeated(node)]
        lines = sorted((key.start_mark.line + 1, str(key.value)) for key in twice)
        return [ConfigError("given twice", where=f"{self.source}:{line}", key=key) for line, key in lines]


def read_yaml(text: str, source: str, *, empty: str) -> YamlText:
    """Read a text, `empty` being the remedy for one with nothing in it. Raises `ConfigError`."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise ConfigError("it is empty", where=source, remedy=empty)
        return YamlText(source, loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        where = source if error.problem_mark is None else f"{source}:{error.problem_mark.line + 1}"
        raise ConfigError(f"not YAML: {error.problem}", where=where) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"not YAML: {error}", where=source) from error


def told(location: Location) -> str:
    """A location as people read it: `rules[0].of`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    """All mappings below a node, each once, though aliases may name them often."""
    waiting, seen = [node], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _repeated(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            yield key
        seen.add(key.value)


def pair_of(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """A key of a mapping with its value; None where it has no such key."""
    return next(((key, value) for key, value in node.value if key.value == name), None)
