"""The command line: registers each command's module, and turns errors into one line and an exit code."""

from __future__ import annotations

import sys

import structlog
import typer

from monitor.cli import customers, dead_letters, local, redis, rules, sources, state, topics, warnings_list
from monitor.cli.backtest import backtest_command
from monitor.cli.demo import demo_command
from monitor.cli.explain import explain_command
from monitor.cli.health import health_command
from monitor.cli.load import load_command
from monitor.cli.replay import replay_command
from monitor.cli.settings import settings_command
from monitor.cli.tail import tail_command
from monitor.cli.verify import verify_command
from monitor.cli.worker import worker_command
from schemas.errors import ConfigError, MonitorError, Stalled, StoreUnavailable, TooManyDeadLetters

app = typer.Typer(
    help="Churn warnings on Kafka for customers who fall silent or complain.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(local.app, name="local")
app.add_typer(topics.app, name="topics")
app.add_typer(rules.app, name="rules")
app.add_typer(sources.app, name="sources")
app.add_typer(warnings_list.app, name="warnings")
app.add_typer(customers.app, name="customers")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(redis.app, name="redis")
app.add_typer(state.app, name="state")
app.command("settings")(settings_command)
app.command("replay")(replay_command)
app.command("explain")(explain_command)
app.command("backtest")(backtest_command)
app.command("load")(load_command)
app.command("tail")(tail_command)
app.command("worker")(worker_command)
app.command("verify")(verify_command)
app.command("health")(health_command)
app.command("demo")(demo_command)


EXIT_CODES: dict[type[MonitorError], int] = {
    ConfigError: 2,
    StoreUnavailable: 3,
    TooManyDeadLetters: 4,
    Stalled: 5,
}
"""What ends a command, by whose fault it is; each is told in one line."""


def main() -> None:
    """Run the command line."""
    _log_to_stderr()
    try:
        app()
    except tuple(EXIT_CODES) as error:
        typer.echo(f"churn-monitor: {error}", err=True)
        sys.exit(EXIT_CODES[type(error)])


def _log_to_stderr() -> None:
    """Log lines go to stderr, for stdout is for answers; tracebacks show no local variables, which hold customers."""
    shown = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            shown,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    main()
