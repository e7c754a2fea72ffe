"""Rule files: from YAML text to rules, or to errors that name file, line, key and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.errors import ConfigError
from schemas.rules import RuleFile
from schemas.score_models import BgNbdFile
from schemas.yaml_errors import validated
from schemas.yaml_files import Location, YamlText, read_yaml

OPENING = "begin with `version: 1` and `rules:`"


def parse_rules(text: str, source: str) -> RuleFile:
    """Read the rules in a YAML text; `source` is the file's name for messages. Raises `ConfigError`."""
    return parsed_rules(read_rules(text, source))


def parsed_rules(text: YamlText) -> RuleFile:
    """The rules of a YAML text that was read. Raises `ConfigError`."""
    found, problems = checked_rules(text)
    if found is None:
        raise problems[0]
    return found


def read_rules(text: str, source: str) -> YamlText:
    """Read a YAML text whatever stands in it, for who wants to point at its places. Raises `ConfigError`."""
    return read_yaml(text, source, empty=OPENING)


def checked_rules(text: YamlText) -> tuple[RuleFile | None, list[ConfigError]]:
    """The rules, or all that keeps the text from being a rule file."""
    return validated(RuleFile, text)


def named_models(text: YamlText) -> Iterator[tuple[Location, str]]:
    """Where parts of scores name the file of a model instead of having its parameters, and which file."""
    for place, rule in enumerate(_list_in(text.content, "rules")):
        for number, part in enumerate(_list_in(rule, "parts")):
            if isinstance(part, dict) and isinstance(part.get("model"), str):
                yield ("rules", place, "parts", number, "model"), part["model"]


def parse_model(text: str, source: str) -> BgNbdFile:
    """Read a model in YAML, and JSON is YAML; `source` is the file's name for messages. Raises `ConfigError`."""
    read = read_yaml(text, source, empty="give a file that `churn-monitor backtest --save-model` wrote")
    model, problems = validated(BgNbdFile, read)
    if model is None:
        raise problems[0]
    return model


def _list_in(content: object, key: str) -> list[Any]:
    """The list under a key of what may be anything."""
    found = content.get(key) if isinstance(content, dict) else None
    return found if isinstance(found, list) else []
