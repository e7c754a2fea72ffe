"""A lane of whose records too many become dead letters stops; a few never stop it."""

from __future__ import annotations

from collections import Counter

import pytest

from agents.letter_limit import FEWEST, LOOKED_AT, LetterLimit
from schemas.errors import TooManyDeadLetters


def step(good: int, bad: int) -> Counter[str]:
    return Counter({"applied": good, "dead_letter.bad_time": bad, "late": good})


def test_as_many_as_allowed_go_on_for_ever_and_one_more_stops() -> None:
    limit = LetterLimit(0.5)
    for _ in range(20):
        limit.check(step(100, 100))
    with pytest.raises(TooManyDeadLetters, match=r"bad_time.*dead_letter_share"):
        limit.check(step(99, 101))


def test_a_few_bad_records_at_a_start_prove_nothing() -> None:
    limit = LetterLimit(0.5)
    limit.check(step(0, FEWEST - 1))
    limit.check(step(FEWEST, 0))


def test_single_records_add_up() -> None:
    limit = LetterLimit(0.5)
    for _ in range(FEWEST - 1):
        limit.check(step(0, 1))
    with pytest.raises(TooManyDeadLetters):
        limit.check(step(0, 1))


def test_a_long_good_past_does_not_excuse_what_comes_now() -> None:
    limit = LetterLimit(0.5)
    for _ in range(50):
        limit.check(step(LOOKED_AT, 0))
    limit.check(step(0, LOOKED_AT // 2))
    with pytest.raises(TooManyDeadLetters):
        limit.check(step(0, LOOKED_AT))


def test_a_share_of_one_never_stops() -> None:
    limit = LetterLimit(1.0)
    limit.check(step(0, 10 * LOOKED_AT))
