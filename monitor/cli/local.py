"""`churn-monitor local`: the embedded Kafka and Valkey, for trying things out and for tests.

What the commands say belongs here; what they do is in monitor.local.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitor.adapters.clock import WallClock

if TYPE_CHECKING:
    from monitor.local import Health, Servers

app = typer.Typer(
    help="A real Kafka and a real Valkey on this machine, without Docker.", no_args_is_help=True
)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--dir", metavar="FOLDER", help="Where the servers keep everything (default: a throw-away folder)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

_NAMES = {"kafka": "Kafka", "redis": "Valkey"}


@app.command()
def up(folder: Folder = None, as_json: AsJson = False) -> None:
    """Start the servers, or find them running, and return when they answer."""
    from monitor.local import shared

    _fetch_jars()
    with _to_people().status("Starting the servers") as status:
        servers = shared.up(folder, status.update)
    _show(servers, as_json=as_json)
    if not as_json:
        typer.echo(f"\nexport CHURN_MONITOR_KAFKA={servers.kafka} CHURN_MONITOR_REDIS={servers.redis}")


@app.command()
def status(folder: Folder = None, as_json: AsJson = False) -> None:
    """Tell addresses, pids, memory and uptime. Exit code 1 unless all servers run and answer."""
    from monitor.local import shared

    servers = shared.find(folder)
    if servers is None:
        _show_nothing(as_json=as_json)
        raise typer.Exit(1)
    healthy = _show(servers, as_json=as_json)
    raise typer.Exit(0 if healthy else 1)


@app.command()
def down(folder: Folder = None, as_json: AsJson = False) -> None:
    """Stop the servers; a throw-away folder is removed, any other is kept."""
    from monitor.local import shared

    servers = shared.down(folder)
    if as_json:
        told = servers and {"folder": str(servers.folder), "kept": not servers.throwaway}
        typer.echo(json.dumps({"stopped": told}))
    elif servers is None:
        typer.echo("No servers are running.")
    else:
        typer.echo(f"Stopped. {servers.folder} is {'removed' if servers.throwaway else 'kept'}.")


@app.command()
def fetch(as_json: AsJson = False) -> None:
    """Get Kafka's jars (46 MB) and prepare them, once; from then on `up` needs no network."""
    from monitor.local import jars, training

    fetched = _fetch_jars()
    if training.needed():
        with _to_people().status("Recording a first start, so that later ones are fast"):
            training.train()
    if as_json:
        told = {"folder": str(jars.folder()), "fetched": fetched, "archive": not training.needed()}
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"Kafka is ready to start, in {jars.folder()}.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def kafka(context: typer.Context, tool: str, folder: Folder = None) -> None:
    """Run a tool of Kafka's on the embedded broker, as `kafka console-consumer --topic churn.warnings`."""
    from monitor.local import shared, tools
    from schemas.errors import ConfigError

    servers = shared.find(folder)
    if servers is None:
        raise ConfigError("no servers are running", remedy="churn-monitor local up")
    tools.run(servers, tool, context.args)


def _fetch_jars() -> int:
    from monitor.local import jars

    wanted = len(jars.missing())
    if not wanted:
        return 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_to_people()) as progress:
        task = progress.add_task("Fetching Kafka's jars", total=wanted)
        jars.fetch(lambda _jar: progress.advance(task))
    return wanted


def _show(servers: Servers, *, as_json: bool) -> bool:
    health = servers.health()
    healthy = bool(health) and all(each.answers for each in health)
    if as_json:
        told = {each.name: _as_dict(each) for each in health}
        kept = {"folder": str(servers.folder), "kept": not servers.throwaway}
        typer.echo(json.dumps({"running": healthy, **kept, **told}))
    else:
        typer.echo("\n".join(map(_line, health)))
        typer.echo(f"folder  {servers.folder}{' (thrown away by `local down`)' if servers.throwaway else ''}")
    return healthy


def _show_nothing(*, as_json: bool) -> None:
    typer.echo(
        json.dumps({"running": False})
        if as_json
        else "No servers are running. Start them: churn-monitor local up"
    )


def _as_dict(health: Health) -> dict[str, Any]:
    uptime = _uptime(health)
    return {
        "address": health.address,
        "answers": health.answers,
        "pid": health.pid,
        "memory_bytes": health.memory,
        "uptime": uptime.total_seconds() if uptime else None,
    }


def _line(health: Health) -> str:
    name = _NAMES[health.name]
    if health.pid is None or health.memory is None:
        return f"{name:6}  {health.address}  not running"
    told = f"pid {health.pid}, {health.memory >> 20} MiB, up {_uptime(health)}"
    return f"{name:6}  {health.address}  {told}{'' if health.answers else ', does not answer'}"


def _uptime(health: Health) -> timedelta | None:
    if health.started is None:
        return None
    return timedelta(seconds=round((WallClock().now() - health.started).total_seconds()))


def _to_people() -> Console:
    # What people watch goes to stderr, so that stdout holds the answer alone.
    return Console(stderr=True)
