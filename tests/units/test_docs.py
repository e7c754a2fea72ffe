"""Documents: what they point at exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.docs

DECISIONS = ROOT / "docs" / "decisions"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]+)[^)]*\)")
FENCED_OR_QUOTED = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_to_a_file(document: Path) -> None:
    prose = FENCED_OR_QUOTED.sub("", document.read_text())
    assert [link for link in LINK.findall(prose) if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named_targets = set(re.findall(r"(?:`|^\s*\$? *)make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert named_targets <= targets


@pytest.mark.parametrize("record", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda record: record.stem)
def test_every_decision_stands_in_the_index_under_its_title(record: Path) -> None:
    number, title = record.read_text().splitlines()[0].removeprefix("# ").split(": ", 1)
    assert f"| [{number}]({record.name}) | {title} |" in (DECISIONS / "README.md").read_text()
