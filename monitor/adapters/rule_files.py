"""Rule files on disk, and other texts beside them: the one that is set, or the one that ships.

Schemas know what they may say.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import reduce
from importlib.resources import files
from operator import getitem
from pathlib import Path
from typing import Any

from monitor.domain.rules import RuleSet, compile_rules
from schemas.errors import ConfigError
from schemas.rule_files import named_models, parse_model, parsed_rules, read_rules
from schemas.rules import RuleFile
from schemas.score_models import BgNbdFile
from schemas.yaml_files import YamlText

SHIPPED = "monitor/rules.yaml"


def load_rules(path: Path | None) -> RuleSet:
    """The rules of a file, ready to judge by; None is the file that ships. Raises `ConfigError`."""
    return compile_rules(load_rule_file(path))


def load_rule_file(path: Path | None) -> RuleFile:
    """The rules of a file as they stand there; None is the file that ships. Raises `ConfigError`."""
    return parsed_rules(load_rule_text(path))


def rule_text(path: Path | None) -> str:
    """The text of a rule file as it stands there; None is the file that ships. Raises `ConfigError`."""
    if path is None:
        return files("monitor").joinpath("rules.yaml").read_text(encoding="utf-8")
    return read_text(path, remedy="give a rule file")


def load_rule_text(path: Path | None) -> YamlText:
    """The text of a rule file, whatever stands in it, and the models that it names.

    Raises `ConfigError` where it is no YAML, or a model is none.
    """
    text = read_rules(rule_text(path), told_path(path))
    return text if path is None else with_models(text, path.parent)


def with_models(text: YamlText, folder: Path) -> YamlText:
    """The text with the models of the files that it names in the place of their names, which are relative to a folder.

    Raises `ConfigError` where there is no such file, or no model in it.
    """
    named = list(named_models(text))
    content: Any = deepcopy(text.content) if named else text.content
    for location, name in named:
        path = folder / name
        if not path.is_file():
            told, remedy = f"no such file: {path}", "`churn-monitor backtest --save-model` writes one"
            raise text.error(told, location, remedy)
        *above, key = location
        reduce(getitem, above, content)[key] = load_model(path)
    return replace(text, content=content)


def load_model(path: Path) -> BgNbdFile:
    """The fitted parameters of a model; raises `ConfigError`."""
    return parse_model(read_text(path, remedy="give a file that --save-model wrote"), str(path))


def told_path(path: Path | None) -> str:
    """The name of a rule file for people."""
    return SHIPPED if path is None else str(path)


def read_text(path: Path, *, remedy: str) -> str:
    """The text of a file; raises `ConfigError` where it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", where=str(path), remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise ConfigError("not UTF-8", where=str(path), remedy="save it as UTF-8") from error
