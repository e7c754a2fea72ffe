"""`backtest --save-rules`: where the rules with proposed thresholds go, and what is said of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from monitor.adapters.rule_files import rule_text, told_path, with_models
from monitor.domain.words import counted
from monitor.offline.backtest.report import Backtest
from monitor.offline.backtest.saved import improved, improved_text
from schemas.errors import ConfigError
from schemas.rule_files import read_rules
from schemas.rules import RuleFile
from schemas.yaml_files import YamlText


@dataclass(frozen=True)
class Saving:
    """The file to write, and how: `rules` is where the rules that are judged come from, `wished` the rate as given."""

    path: Path
    rules: Path | None
    wished: str
    classes: bool
    force: bool

    def refuse(self) -> None:
        """Raise `ConfigError` if the file may not be written."""
        if self.path.exists() and not self.force:
            raise ConfigError("is there already", where=str(self.path), remedy="name another, or add --force")

    def save(self, file: RuleFile, found: Backtest, files: Sequence[Path], people: Console) -> bool:
        """Write the file, and tell what differs; False where nothing could be learned. Raises `ConfigError`.

        `files` are those of the history, for what to do next.
        """
        rules = improved(file, found, classes=self.classes)
        if not rules:
            people.print(f"{self.path} is not written: no other threshold is proposed for any rule.")
            return False
        text = improved_text(rule_text(self.rules), self._read, file, rules, found, self._command(found))
        self._write(text)
        people.print(
            f"{self.path}: {counted(len(rules), 'rule')} with another threshold, all else as before."
        )
        for each in rules:
            people.print(f"  {each.name}: {each.told}")
        people.print("Next:", *self._next(files), sep="\n  ")
        return True

    def _read(self, text: str) -> YamlText:
        """The rules as they read where they will stand: models are named relative to that place."""
        return with_models(read_rules(text, told_path(self.rules)), self.path.parent)

    def _write(self, text: str) -> None:
        try:
            with self.path.open("w" if self.force else "x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ConfigError(
                f"can't be written: {error.strerror}", where=str(self.path), remedy="name another file"
            ) from error

    def _command(self, found: Backtest) -> str:
        rules = ["--rules", self.rules.name] if self.rules else []
        classes = ["--classes"] if self.classes else []
        return _joined(["backtest", *found.history.files, *rules, "--false-alarms", self.wished, *classes])

    def _next(self, files: Sequence[Path]) -> list[str]:
        history = [word for path in files for word in ("--history", str(path))]
        return [
            _joined(["rules", "check", str(self.path), *history]),
            _joined(["rules", "apply", str(self.path)]),
        ]


def _joined(words: list[str]) -> str:
    """A command as it is typed, in one line whatever files are called."""
    return " ".join(shlex.join(["churn-monitor", *words]).split())
