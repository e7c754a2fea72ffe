"""`churn-monitor warnings ack`, `unack`, `snooze` and `label`: what people say of a warning."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.columns import ConfigFile
from monitor.cli.tell_options import (
    PATIENCE,
    By,
    Json,
    Note,
    Result,
    Timeout,
    UntilMaybe,
    UntilMoment,
    WarningName,
)


def ack_command(
    warning: WarningName,
    *,
    by: By = None,
    note: Note = None,
    until: UntilMaybe = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Take care of a warning, for good or until a moment.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller, login

    teller = Teller(config, timeout, as_json=as_json)
    said = {"by": by or login(), "note": note, "until": teller.moment(until)}
    teller.about_warning("warning.acknowledged", warning, said)


def unack_command(
    warning: WarningName,
    *,
    by: By = None,
    note: Note = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Take care of a warning no more: it is open again.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller, login

    said = {"by": by or login(), "note": note}
    Teller(config, timeout, as_json=as_json).about_warning("warning.unacknowledged", warning, said)


def snooze_command(
    warning: WarningName,
    *,
    until: UntilMoment,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it can wait.")],
    by: By = None,
    note: Note = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Let a warning wait until a moment: nobody is told of it again before.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller, login

    teller = Teller(config, timeout, as_json=as_json)
    said = {"by": by or login(), "note": note, "until": teller.moment(until), "reason": reason}
    teller.about_warning("warning.snoozed", warning, said)


def label_command(
    warning: WarningName,
    *,
    outcome: Result,
    by: By = None,
    note: Note = None,
    timeout: Timeout = PATIENCE,
    as_json: Json = False,
    config: ConfigFile = None,
) -> None:
    """Say what became of the customer after a warning, whether it stands or is over.

    Exit code 1: refused, with the reason; 3: no worker has acted on it in time.
    """
    from monitor.cli.tell_run import Teller, login

    said = {"by": by or login(), "note": note, "outcome": outcome}
    Teller(config, timeout, as_json=as_json).about_warning("warning.labelled", warning, said)
