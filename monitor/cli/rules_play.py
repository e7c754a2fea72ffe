"""`churn-monitor rules test`: which scenarios are played, by which rules, and how one that is not met is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from monitor.cli.columns import ConfigFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from monitor.domain.rules import RuleSet
    from monitor.offline.scenarios import Look
    from schemas.errors import ConfigError


class Outcome(NamedTuple):
    """What came of a scenario: what was seen at each look, or why it can't be played."""

    path: Path
    looks: Sequence[Look]
    error: ConfigError | None = None

    @property
    def met(self) -> bool:
        """Whether all that was told was expected."""
        return self.error is None and all(look.is_as_expected for look in self.looks)


def play_command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Scenarios in YAML; of a folder, all of them.")
    ],
    *,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The rules for scenarios that have none of their own (default: those that are set, or ship).",
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Play scenarios, and show where what was told is not what was expected.

    A scenario is a timeline of events at times, and of what is to be told
    by then; `expect: []` is silence. One that is not met is shown with both
    sides beside each other, `≠` where they part.
    Exit code 1: a scenario was not met; 2: a file is wrong.
    """
    from monitor.adapters.rule_files import load_rules
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    outcomes, to_people = [], console()
    judging = load_rules(load_settings(config, rules=rules).rules)
    for path in _scenarios(files):
        outcomes.append(_played(path, judging))
        _show(outcomes[-1], to_people)
    to_people.print(_summary(outcomes))
    if any(each.error for each in outcomes):
        raise typer.Exit(2)
    raise typer.Exit(0 if all(each.met for each in outcomes) else 1)


def _scenarios(files: Sequence[Path]) -> Iterator[Path]:
    from schemas.errors import ConfigError

    for path in files:
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.iterdir() if each.suffix in {".yaml", ".yml"})
        if not found:
            raise ConfigError("no scenario in this folder", where=str(path), remedy="name YAML files *.yaml")
        yield from found


def _played(path: Path, rules: RuleSet) -> Outcome:
    from monitor.adapters.rule_files import read_text
    from monitor.offline.scenarios import parse_scenario, run_scenario
    from schemas.errors import ConfigError

    try:
        text = read_text(path, remedy="give a scenario")
        return Outcome(path, run_scenario(parse_scenario(text, str(path)), rules))
    except ConfigError as error:
        return Outcome(path, (), error)


def _show(outcome: Outcome, to_people: Console) -> None:
    if outcome.error is not None:
        to_people.print(f"wrong  {outcome.error}", style="red", soft_wrap=True)
    elif outcome.met:
        to_people.print(f"met    {outcome.path}", style="green", soft_wrap=True)
    else:
        to_people.print(f"failed {outcome.path}", style="red", soft_wrap=True)
        _show_both_sides(outcome.looks, to_people)


def _show_both_sides(looks: Sequence[Look], to_people: Console) -> None:
    from monitor.offline.side_by_side import PARTED, side_by_side

    for line in side_by_side(looks).splitlines():
        to_people.print(f"  {line}", style="bold" if f" {PARTED} " in line else "dim", soft_wrap=True)


def _summary(outcomes: Sequence[Outcome]) -> str:
    from monitor.domain.words import counted

    wrong = sum(each.error is not None for each in outcomes)
    failed = sum(not each.met for each in outcomes) - wrong
    told = [f"{failed} failed"] * bool(failed) + [f"{wrong} wrong"] * bool(wrong)
    return f"{counted(len(outcomes), 'scenario')}: {', '.join(told) or 'all met'}."
