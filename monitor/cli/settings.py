"""`churn-monitor settings`: every setting, masked where it is secret, and where its value came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.tables import show
from schemas.settings import Settings, load_settings


def settings_command(
    config: Annotated[Path | None, typer.Option("--config", help="The settings file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Show the settings in force and where each came from."""
    settings = load_settings(config)
    if as_json:
        typer.echo(json.dumps(told(settings)))
        return
    show([{"setting": name, **said} for name, said in told(settings).items()])


def told(settings: Settings) -> dict[str, dict[str, Any]]:
    """Each setting's value as it may be shown, secrets masked, and its origin."""
    values, origins = settings.model_dump(mode="json"), settings.origins()
    return {name: {"value": value, "from": origins[name]} for name, value in values.items()}
