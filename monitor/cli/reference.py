"""The reference page on the command line, made from the commands' own help.

`python -m monitor.cli.reference` writes it, `--check` only says whether it is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from monitor.cli.main import app

PROGRAM = "churn-monitor"
ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs/reference/commands.md")
WIDTH = 100
OPENING = f"""<!-- Made by `python -m monitor.cli.reference`; change the commands, not this page. -->

# Commands

`{PROGRAM}` and its commands, each with what `--help` says of it.

Exit codes: 0 all is well; 1 as the command says; 2 something you gave is wrong (an option, a setting, a rule
file), told in one line; 3 a server is not there; 4 most of an input is
bad; 5 a worker stood still. What is true for all commands stands in [settings](settings.md).
"""


def page() -> str:
    """The page, the same on any terminal."""
    commands = _commands(typer.main.get_command(app), None, PROGRAM)
    return OPENING + "".join(f"\n## {path}\n\n```text\n{told}\n```\n" for path, told in commands)


def _commands(command: Any, parent: Any, name: str) -> Iterator[tuple[str, str]]:
    """A command and all below it, in their order: path and help."""
    context = command.context_class(command, info_name=name, parent=parent, terminal_width=WIDTH)
    command.rich_markup_mode = None  # rich draws boxes, as wide as the terminal
    told = command.get_help(context)
    yield context.command_path, "\n".join(line.rstrip() for line in told.splitlines()).strip()
    for each, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _commands(child, context, each)


def main() -> int:
    """Write the page, or with --check say if it is out of date; exit code 1 if it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    checking, there, text = parser.parse_args().check, ROOT / PAGE, page()
    if there.is_file() and there.read_text(encoding="utf-8") == text:
        return 0
    sys.stdout.write(f"{'out of date' if checking else 'written'}: {PAGE}\n")
    if not checking:
        there.write_text(text, encoding="utf-8")
    return 1 if checking else 0


if __name__ == "__main__":
    sys.exit(main())
