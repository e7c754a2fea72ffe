"""`churn-monitor customers`: what people know of a customer and no event tells."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.columns import ConfigFile
from monitor.cli.tell_options import PATIENCE, By, CustomerName, Json, Timeout, UntilMoment
from schemas.fields import ChurnKind

app = typer.Typer(help="Customers: say that one will be away, has left, or moved.", no_args_is_help=True)
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")]


@app.command("absence")
def absence_command(
    customer: CustomerName,
    *,
    until: UntilMoment,
    reason: Reason = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Say that a customer will be away: their silence is expected until then.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller

    teller = Teller(config, timeout, as_json=as_json)
    said = {"until": teller.moment(until), "reason": reason}
    teller.about_customer("absence.planned", customer, said)


@app.command("lost")
def lost_command(
    customer: CustomerName,
    *,
    kind: Annotated[ChurnKind, typer.Option(help="Of which kind the loss is.")] = "unknown",
    reason: Reason = None,
    by: By = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Say that a customer has left.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller, login

    said = {"kind": kind, "reason": reason, "by": by or login()}
    Teller(config, timeout, as_json=as_json).about_customer("churn.declared", customer, said)


@app.command("moved")
def moved_command(
    customer: CustomerName,
    *,
    to: Annotated[str | None, typer.Option(metavar="PLACE", help="Where to.")] = None,
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Into which region.")] = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Say that a customer has moved.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller

    said = {"to": to, "region": region}
    Teller(config, timeout, as_json=as_json).about_customer("customer.moved", customer, said)
