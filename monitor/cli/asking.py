"""Asking whoever is there before something is done; a script says beforehand that it means it."""

from __future__ import annotations

import sys

import typer

from schemas.errors import ConfigError

UNWANTED = 1


def ask(question: str, refused: str, *, yes: bool) -> None:
    """Ask. Raises `ConfigError` where nobody is there; ends with exit code 1 for a no, and says what is `refused`."""
    if yes:
        return
    if not sys.stdin.isatty():
        remedy = "look first with --dry-run, then give --yes"
        raise ConfigError("this is no terminal, so nobody can be asked", key="--yes", remedy=remedy)
    if not typer.confirm(question, err=True):
        typer.echo(refused, err=True)
        raise typer.Exit(UNWANTED)
