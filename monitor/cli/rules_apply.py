"""`churn-monitor rules apply`, `pause` and `resume`: the options. What they do is in `rules_put`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.columns import ConfigFile
from monitor.cli.tell_options import By, Note, Timeout

LONG = "5m"

RuleName = Annotated[str, typer.Argument(metavar="NAME", help="The rule's name.")]
EffectiveFrom = Annotated[
    str | None,
    typer.Option(
        metavar="MOMENT",
        help="From when on, by the lanes' clocks: 3d from now, a date, a moment (default: at once).",
    ),
]
Open = Annotated[
    Literal["judge", "keep", "close"],
    typer.Option(
        help="Open warnings of changed rules: judge them anew, keep them until something happens, or close them."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Wait = Annotated[
    bool | None,
    typer.Option(
        "--wait/--no-wait",
        help="Wait until every lane has judged all its customers (default: wait, unless it is for later).",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print what changes and what came of it as one JSON object, for scripts."),
]


def apply_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rule file.")],
    *,
    effective_from: EffectiveFrom = None,
    open_warnings: Open = "judge",
    by: By = None,
    note: Note = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = None,
    timeout: Timeout = LONG,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Put a rule file in force on the running system, without restarting a worker.

    Says beforehand which rules change and what becomes of their open
    warnings, and asks. Warnings of rules that are gone, off or told to
    nobody end in any case. Exit code 1: not wanted; 2: the file is wrong;
    3: not all lanes have followed in time.
    """
    from monitor.cli.rules_check import checked
    from monitor.cli.rules_put import Putter, Wish

    rules = checked(file)
    wish = Wish(effective_from, open_warnings, by, note, dry_run, yes, wait)
    Putter(config, timeout, as_json=as_json).put(lambda _: rules, wish)


def pause_command(
    name: RuleName,
    *,
    effective_from: EffectiveFrom = None,
    by: By = None,
    note: Note = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = None,
    timeout: Timeout = LONG,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Switch one rule of the running system off; its open warnings end.

    The same as `apply` with the rules in force and `mode: off` at this one.
    """
    from monitor.cli.rules_put import Putter, Wish
    from monitor.offline.rule_plan import paused

    wish = Wish(effective_from, "judge", by, note, dry_run, yes, wait)
    Putter(config, timeout, as_json=as_json).put(lambda base: paused(base, name), wish)


def resume_command(
    name: RuleName,
    *,
    effective_from: EffectiveFrom = None,
    by: By = None,
    note: Note = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = None,
    timeout: Timeout = LONG,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Switch a rule of the running system on again: live or shadow, as it was before it was off.

    All customers are judged by it anew.
    """
    from monitor.cli.rules_put import Putter, Wish
    from monitor.offline.rule_plan import resumed

    wish = Wish(effective_from, "judge", by, note, dry_run, yes, wait)
    Putter(config, timeout, as_json=as_json).put(lambda base: resumed(base, name), wish)
