"""The real command line inside the test's own process: what it printed and its exit code."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

import typer.main

from monitor.cli.main import main

GET_COMMAND = cache(typer.main.get_command)
"""The commands as typer makes them of our functions, made once, not with every run."""


class Ran(NamedTuple):
    """The end of a command."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """What it printed, as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def churn_monitor(*words: object) -> Ran:
    """Run `churn-monitor` with these arguments."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(typer.main, "get_command", GET_COMMAND),
        patch.object(sys, "argv", ["churn-monitor", *map(str, words)]),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Ran(code, *(written.buffer.getvalue().decode() for written in (out, err)))
