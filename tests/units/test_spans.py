"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.spans import LONGEST, parse_span, told_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("14d", timedelta(days=14)),
        ("2w", timedelta(days=14)),
        ("36h", timedelta(hours=36)),
        ("1d12h", timedelta(hours=36)),
        ("1d 12h", timedelta(hours=36)),
        ("90m", timedelta(minutes=90)),
        ("250ms", timedelta(milliseconds=250)),
        (" 0s ", timedelta(0)),
    ],
)
def test_a_duration_is_read(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "given", ["", " ", "d", "14", "-1d", "1.5h", "12h1d", "1d1d", "1 day", "P1D", 14, None, True]
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="is not a duration such as 14d"):
        parse_span(given)


@given(st.integers(0, LONGEST // timedelta(milliseconds=1)))
def test_a_duration_that_is_told_is_read_as_the_same(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    assert parse_span(told_span(span)) == span
