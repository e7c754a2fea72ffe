"""The rule file on disk: the one that is set, or the one that ships. Schemas know what it may say."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from monitor.domain.rules import RuleSet, compile_rules
from schemas.errors import ConfigError
from schemas.rule_files import parse_rules

SHIPPED = "monitor/rules.yaml"


def load_rules(path: Path | None) -> RuleSet:
    """The rules of a file, ready to judge by; None is the file that ships. Raises `ConfigError`."""
    return compile_rules(parse_rules(_text(path), SHIPPED if path is None else str(path)))


def _text(path: Path | None) -> str:
    if path is None:
        return files("monitor").joinpath("rules.yaml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"can't be read: {error.strerror}", where=str(path), remedy="give a rule file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("not UTF-8", where=str(path), remedy="save it as UTF-8") from error
