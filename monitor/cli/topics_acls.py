"""`churn-monitor topics acls`: the commands of Kafka's own tool that give a user the rights of a component."""

from __future__ import annotations

import json
import shlex
from typing import Annotated

import typer

from monitor.cli.columns import ConfigFile
from schemas.access import Component, Grant, grants
from schemas.settings import load_settings

TOOL = "kafka-acls.sh"


def acls_command(
    component: Annotated[Component, typer.Argument(help="Whose rights.", show_default=False)],
    *,
    user: Annotated[str, typer.Option(metavar="NAME", help="The Kafka user (principal) that gets them.")],
    command_config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The properties by which kafka-acls.sh logs in; named in each line."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rights as JSON, for scripts.")] = False,
    config: ConfigFile = None,
) -> None:
    """Print the least rights that a component needs, as kafka-acls.sh commands. Asks no broker."""
    settings = load_settings(config)
    rights = grants(component, settings)
    if as_json:
        typer.echo(json.dumps([right._asdict() for right in rights]))
        return
    login = ["--command-config", command_config] if command_config else []
    for right in rights:
        typer.echo(shlex.join([TOOL, "--bootstrap-server", settings.kafka, *login, *arguments(right, user)]))


def arguments(right: Grant, user: str) -> list[str]:
    """What kafka-acls.sh takes to give a user these rights."""
    operations = [word for each in right.operations for word in ("--operation", each)]
    names = [word for name in right.names for word in (f"--{right.resource}", name)]
    pattern = ["--resource-pattern-type", "prefixed"] if right.prefixed else []
    return ["--add", "--allow-principal", f"User:{user}", *operations, *names, *pattern]
