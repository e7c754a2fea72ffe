"""The page on value at risk and next steps: its tables are those of the code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.domain.advice import value_at_risk
from monitor.domain.state import State
from schemas.advice import STEPS, TEXTS
from tests.conftest import ROOT
from tests.units.test_advice import bought

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/explanation/value-at-risk.md").read_text()
LONG = tuple(range(0, 730, 73))


def rows(heading: str) -> list[list[str]]:
    table = PAGE.split(heading, maxsplit=1)[1].split("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_every_step_stands_with_its_text() -> None:
    assert rows("| step | its usual text |") == [[f"`{step}`", text] for step, text in TEXTS.items()]


def test_every_line_that_is_built_in_stands_in_its_order() -> None:
    told = [
        [*(str(each or "any") for each in (line.kind_of_churn, line.reason, line.tier)), f"`{line.step}`"]
        for line in STEPS
    ]
    texts = ["" if line.text is None else f": {line.text}" for line in STEPS]
    assert rows("| kind of churn | reason |") == [
        [*line[:3], line[3] + text] for line, text in zip(told, texts, strict=True)
    ]


WHO: list[State] = [
    bought(0),
    bought(0, 30, 60),
    bought(*LONG),
    bought(*LONG, margin=30.0),
    bought(*LONG, refunded=250.0),
]


def test_the_amounts_are_those_that_are_counted() -> None:
    for (_, orders, _, told), state in zip(rows("| who | orders |"), WHO, strict=True):
        worth = value_at_risk(state, timedelta(days=365))
        assert worth is not None
        assert (state.rhythm.orders, worth.amount) == (int(orders), float(told))
