"""The page on scenarios: it has every key, its examples are met, and its failure is the one that is printed."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel

from monitor.adapters.rule_files import load_rules
from monitor.offline.scenarios import parse_scenario, run_scenario
from monitor.offline.side_by_side import side_by_side
from schemas.scenarios import Entry, ExpectedChange, ExpectedTransition, GivenEvent
from tests.conftest import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/how-to/write-scenarios.md").read_text()
TABLES: dict[str, type[BaseModel]] = {
    "The timeline": Entry,
    "An event": GivenEvent,
    "An expectation": ExpectedTransition,
    "Stages and tiers": ExpectedChange,
}
EXAMPLES = [*re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL), (ROOT / "examples/scenario.yaml").read_text()]


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_stands_in_its_table_and_says_if_it_is_needed(heading: str) -> None:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    fields = TABLES[heading].model_fields
    assert {key.strip("`"): default == "needed" for key, default, _ in rows} == {
        field.alias or name: field.is_required() for name, field in fields.items()
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_met(example: str) -> None:
    looks = run_scenario(parse_scenario(example, "example"), load_rules(ROOT / "examples/rules.yaml"))
    assert all(look.is_as_expected for look in looks), f"\n{side_by_side(looks)}"


def test_the_failure_that_is_shown_is_the_one_that_is_printed() -> None:
    printed = (ROOT / "tests/scenarios/failing/a-day-too-late.txt").read_text()
    assert f"```text\n{printed}```" in PAGE
