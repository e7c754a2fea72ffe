"""`churn-monitor worker`: detection and delivery, each in processes of its own."""

from __future__ import annotations

import importlib
from datetime import UTC
from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.moments import parse_moment
from monitor.cli.supervisor import Part, Supervisor
from schemas.settings import Settings, load_settings

Role = Literal["all", "detect", "deliver"]


def worker_command(
    role: Annotated[
        Role, typer.Option(help="detect: judge customers; deliver: tell Redis; all: one process each.")
    ] = "all",
    processes: Annotated[int | None, typer.Option(help="How many processes detect on this host.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The rule file; the one that ships if not given.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The folder for the local store.")] = None,
    history_until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Take what lies before this in as history: rhythms become known, and nobody is warned of it.",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="The settings file (default: churn-monitor.toml).")
    ] = None,
) -> None:
    """Run workers until they are told to stop. More of them, on any host, share the work.

    Every setting can be given in a file or in the environment; see `churn-monitor settings`.
    """
    history = parse_moment(history_until, UTC, option="--history-until") if history_until else None
    settings = load_settings(
        config, processes=processes, rules=rules, data_dir=data_dir, history_until=history
    )
    parts = _parts(settings, role, config)
    if role != "all" and len(parts) == 1:
        importlib.import_module("agents.main").run(settings, role)
        return
    raise typer.Exit(Supervisor(parts).run())


def _parts(settings: Settings, role: Role, config: Path | None) -> list[Part]:
    common: tuple[str, ...] = (f"--rules={settings.rules}",) if settings.rules else ()
    common += (f"--config={config}",) if config else ()
    common += (f"--history-until={settings.history_until.isoformat()}",) if settings.history_until else ()
    parts = []
    if role in ("all", "detect"):
        for number in range(settings.processes):
            folder = settings.data_dir / f"worker-{number}"
            arguments = ("--role=detect", "--processes=1", f"--data-dir={folder}", *common)
            parts.append(Part(f"detect-{number}", arguments))
    if role in ("all", "deliver"):
        folder = settings.data_dir / "deliver"
        parts.append(Part("deliver", ("--role=deliver", "--processes=1", f"--data-dir={folder}", *common)))
    return parts
