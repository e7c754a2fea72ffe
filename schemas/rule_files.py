"""Rule files: from YAML text to rules, or to one error that names file, line, key and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from schemas.errors import ConfigError
from schemas.rules import RuleFile

Location = tuple[int | str, ...]


_PROBLEMS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "unknown key",
    "model_type": "should be keys with values",
    "model_attributes_type": "should be keys with values",
}


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


def parse_rules(text: str, source: str) -> RuleFile:
    """Read the rules in a YAML text; `source` is the file's name for messages. Raises `ConfigError`."""
    root, content = _loaded(text, source)
    for node in _mappings(root):
        _refuse_repeated_keys(node, source)
    try:
        return RuleFile.model_validate(content)
    except ValidationError as error:
        raise _told(error, root, source) from None


def _loaded(text: str, source: str) -> tuple[yaml.Node, Any]:
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise ConfigError("it is empty", where=source, remedy="begin with `version: 1` and `rules:`")
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        where = source if error.problem_mark is None else f"{source}:{error.problem_mark.line + 1}"
        raise ConfigError(f"not YAML: {error.problem}", where=where) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"not YAML: {error}", where=source) from error


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


def _refuse_repeated_keys(node: yaml.MappingNode, source: str) -> None:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise ConfigError("given twice", where=f"{source}:{key.start_mark.line + 1}", key=str(key.value))
        seen.add(key.value)


def _told(error: ValidationError, root: yaml.Node, source: str) -> ConfigError:
    """One of pydantic's errors in our words; a misspelt key tells more than the one left missing."""
    errors = error.errors(include_url=False)
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    location = first["loc"]
    if first["type"] == "duplicate_name":
        location = ("rules", first["ctx"]["place"], "name")
    elif first["type"].startswith("union_tag"):
        location = (*location, "kind")
    line, path = _place(root, location)
    where = f"{source}:{line}"
    return ConfigError(_problem(first), where=where, key=path or None, remedy=_remedy(first, location))


def _place(root: yaml.Node, location: Location) -> tuple[int, str]:
    """The line and the readable path of a location, without the parts that pydantic adds (tags)."""
    node, line, path = root, root.start_mark.line, ""
    for part in location:
        match node, part:
            case yaml.MappingNode(), str() if pair := _pair(node, part):
                key, node = pair
                line, path = key.start_mark.line, f"{path}.{part}"
            case yaml.SequenceNode(), int() if part < len(node.value):
                node = node.value[part]
                line, path = node.start_mark.line, f"{path}[{part}]"
            case yaml.MappingNode(), str() if part == location[-1] and part not in _KINDS:  # missing
                path = f"{path}.{part}"
    return line + 1, path.removeprefix(".")


def _pair(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in node.value if key.value == name), None)


def _problem(error: Any) -> str:
    kind = error["type"]
    if kind in _PROBLEMS:
        return _PROBLEMS[kind]
    if kind == "union_tag_invalid":
        return f"no rule is of kind {error['ctx']['tag']!r}"
    if kind == "literal_error":
        return f"{error['input']!r} is not allowed"
    text: str = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return text[:1].lower() + text[1:]


def _remedy(error: Any, location: Location) -> str | None:
    kind, context = error["type"], error.get("ctx", {})
    if kind.startswith("union_tag"):
        return _allowed(context.get("tag", ""), _KINDS)
    if kind == "extra_forbidden":
        return _allowed(str(location[-1]), _keys_at(location[:-1]))
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        return _allowed(str(error["input"]), choices)
    return None


def _allowed(given: str, choices: list[str]) -> str:
    near = get_close_matches(given, choices, n=1, cutoff=0.6)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}allowed: {', '.join(choices)}"


def _keys_at(location: Location) -> list[str]:
    """The keys that are allowed in the mapping at a location of pydantic's."""
    models: list[type[BaseModel]] = [RuleFile]
    for part in location:
        if part in _KINDS:
            models = [model for model in models if part in get_args(model.model_fields["kind"].annotation)]
        elif isinstance(part, str):
            models = [
                found
                for model in models
                if part in model.model_fields
                for found in _models_in(model.model_fields[part].annotation)
            ]
    return [key for model in models for key in model.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


_KINDS = [
    kind
    for model in _models_in(RuleFile.model_fields["rules"].annotation)
    for kind in get_args(model.model_fields["kind"].annotation)
]
