"""The page on backtests: it defines every word that a report does."""

from __future__ import annotations

import pytest

from monitor.offline.backtest.definitions import DEFINITIONS
from monitor.offline.backtest.words import SCORES
from tests.conftest import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/how-to/backtest.md").read_text()


@pytest.mark.parametrize("word", DEFINITIONS)
def test_every_word_of_a_report_is_defined(word: str) -> None:
    assert f"\n| {word} | " in PAGE


@pytest.mark.parametrize("score", SCORES.values())
def test_every_score_is_explained(score: str) -> None:
    assert f"\n| {score} | " in PAGE
