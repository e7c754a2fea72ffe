"""Documents: the commands, options, settings and answers that they show are the program's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import reference
from monitor.cli.main import app
from schemas.settings import CONFIG_VARIABLE, PREFIX, Settings
from tests.commands import GET_COMMAND, churn_monitor
from tests.conftest import ROOT
from tests.units.test_docs import DOCUMENTS, named

pytestmark = pytest.mark.docs

CODE = re.compile(r"```(?!text)\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
ANSWERS = re.compile(r"\$ churn-monitor (.+)\n([^`]*?)```")
ANSWERED = [
    (words, answer)
    for page in DOCUMENTS
    if page.parent.name == "how-to"
    for words, answer in ANSWERS.findall(page.read_text())
]


def shown_commands(page: Path) -> list[list[str]]:
    """The words behind each `churn-monitor` in a page's code, up to the end of the command."""
    code = "\n".join("".join(found) for found in CODE.findall(page.read_text())).replace("\\\n", " ")
    lines = re.findall(r"(?:^|[ (/])churn-monitor ((?:[a-z]|-)[^\n|>)]*)", code, re.MULTILINE)
    return [line.split(" #")[0].split() for line in lines]


def problem(words: list[str]) -> str | None:
    """What is wrong with a command line: a command or an option that there is not."""
    command: Any = GET_COMMAND(app)
    while words and getattr(command, "commands", None):
        if words[0].startswith("-"):
            break
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    if command.context_settings.get("allow_extra_args"):  # what follows is for a tool of Kafka's
        return None
    return next((word for word in words if word.startswith("-") and word.split("=")[0] not in known), None)


def test_the_command_page_is_what_the_commands_say() -> None:
    there = (ROOT / reference.PAGE).read_text()
    assert there == reference.page(), "run: python -m monitor.cli.reference"


def test_the_command_page_has_every_command() -> None:
    commands: Any = GET_COMMAND(app)
    page = reference.page()
    assert [name for name in commands.commands if f"\n## churn-monitor {name}\n" not in page] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=named)
def test_every_command_and_option_that_is_shown_exists(page: Path) -> None:
    assert [(words, why) for words in shown_commands(page) if (why := problem(words))] == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert problem(["replay", "orders.csv", "--until", "2025-07-01"]) is None
    assert problem(["reply", "orders.csv"]) == "no command reply"
    assert problem(["replay", "--til=2025-07-01"]) == "--til=2025-07-01"


@pytest.mark.parametrize("page", DOCUMENTS, ids=named)
def test_every_variable_that_is_named_is_a_settings(page: Path) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {CONFIG_VARIABLE, PREFIX}
    assert set(re.findall(rf"{PREFIX}[A-Z_]*", page.read_text())) <= known


@pytest.mark.parametrize(("words", "answer"), ANSWERED, ids=[words for words, _ in ANSWERED])
def test_a_page_shows_what_is_printed(words: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = churn_monitor(*words.split())
    printed = [line.rstrip() for line in ran.out.splitlines() if not line.startswith("pace")]
    assert printed == answer.splitlines()


def test_the_warning_in_the_readme_is_one_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    monkeypatch.chdir(ROOT)
    assert json.loads(shown[1]) in churn_monitor("replay", "examples/orders.csv", "--json").lines()
