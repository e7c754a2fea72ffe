"""The examples print what their README shows."""

from __future__ import annotations

import re

import pytest

from tests.commands import churn_monitor
from tests.conftest import ROOT

FOLDER = ROOT / "examples"
SHOWN = re.findall(r"\$ churn-monitor (.+)\n([^`]*)```", (FOLDER / "README.md").read_text())


@pytest.mark.docs
@pytest.mark.parametrize(("words", "shown"), SHOWN, ids=[words.split()[-2] for words, _ in SHOWN])
def test_the_readme_shows_what_is_printed(words: str, shown: str) -> None:
    ran = churn_monitor(*(word.replace("examples", str(FOLDER)) for word in words.split()))
    printed = [line.rstrip() for line in ran.out.splitlines() if not line.startswith("pace")]
    assert printed == shown.splitlines()
