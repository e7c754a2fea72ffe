"""Rule files: from YAML text to rules, or to errors that name file, line, key and what is allowed."""

from __future__ import annotations

from schemas.errors import ConfigError
from schemas.rules import RuleFile
from schemas.yaml_errors import validated
from schemas.yaml_files import YamlText, read_yaml

OPENING = "begin with `version: 1` and `rules:`"


def parse_rules(text: str, source: str) -> RuleFile:
    """Read the rules in a YAML text; `source` is the file's name for messages. Raises `ConfigError`."""
    found, problems = checked_rules(read_rules(text, source))
    if found is None:
        raise problems[0]
    return found


def read_rules(text: str, source: str) -> YamlText:
    """Read a YAML text whatever stands in it, for who wants to point at its places. Raises `ConfigError`."""
    return read_yaml(text, source, empty=OPENING)


def checked_rules(text: YamlText) -> tuple[RuleFile | None, list[ConfigError]]:
    """The rules, or all that keeps the text from being a rule file."""
    return validated(RuleFile, text)
