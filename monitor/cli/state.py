"""`churn-monitor state`: the rows of lanes, to a file and back, or made anew from the inputs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from monitor.cli.columns import AsJson, ConfigFile
from monitor.cli.verify import verify_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.cli.state_run import LaneDone

app = typer.Typer(
    help="The rows of lanes: export them, bring them back, make them anew, prove them.", no_args_is_help=True
)
app.command("verify")(verify_command)

Lanes = Annotated[
    list[int] | None, typer.Option("--lane", metavar="N", min=0, help="Only this lane; may be repeated.")
]
OldRules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A rule file that workers had once, beside the one of the settings.",
    ),
]


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there yet.")],
    *,
    lane: Lanes = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Write the rows of all lanes to a file, each lane as of one moment, while workers run or not."""
    from monitor.cli.state_run import export
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    done = asyncio.run(export(load_settings(config), file, lane, console(stderr=True)))
    _tell(done, f"written to {file}", as_json=as_json)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `export` wrote it.")],
    *,
    lane: Lanes = None,
    rules: OldRules = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put the rows of a file into a changelog that is empty, and bring them up to the last recorded step.

    What lanes did after the export is repeated from the inputs, along `churn.steps`; nobody is told anything again.
    No worker may run. Remove the data folders of all workers before they start again: their stores know the
    changelog that was there before.
    """
    from monitor.cli.state_run import restore_lanes
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    progress = console(stderr=True)
    done = asyncio.run(restore_lanes(load_settings(config), file, lane, rules or [], progress))
    _tell(done, "in the changelog", as_json=as_json)


@app.command("rebuild")
def rebuild_command(
    *,
    lane: Lanes = None,
    rules: OldRules = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make the rows of an empty changelog anew without a file, from inputs and steps that reach back to the first.

    Otherwise as `import`.
    """
    from monitor.cli.state_run import restore_lanes
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    progress = console(stderr=True)
    done = asyncio.run(restore_lanes(load_settings(config), None, lane, rules or [], progress))
    _tell(done, "in the changelog", as_json=as_json)


def _tell(done: Sequence[LaneDone], what: str, *, as_json: bool) -> None:
    from monitor.cli.tables import console, show

    if as_json:
        typer.echo(msgspec.json.encode([each._asdict() for each in done]).decode())
        return
    show([each._asdict() for each in done])
    console().print(f"{sum(each.customers for each in done):,} customers {what}.")
