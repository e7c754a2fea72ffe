"""What somebody may have meant, from what they wrote."""

from __future__ import annotations

import pytest

from schemas.near_misses import allowed, near, near_name, near_span

KEYS = ["name", "severity", "quiet_for", "older_than", "within", "personal", "n", "of", "steps"]
TYPES = ["order.placed", "order.cancelled", "ticket.opened", "contact.made"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("quite_for", "quiet_for"),  # two letters changed places
        ("quiet-for", "quiet_for"),
        ("quietFor", "quiet_for"),
        ("Severity", "severity"),
        ("severty", "severity"),
        ("for", "quiet_for"),  # one word of two
        ("older", "older_than"),
        ("step", "steps"),
        ("colour", None),
        ("", None),
    ],
)
def test_a_key_that_is_nearly_right_is_guessed(given: str, meant: str | None) -> None:
    assert near(given, KEYS) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("order.place", "order.placed"),
        ("ORDER.PLACED", "order.placed"),
        ("order_placed", "order.placed"),
        ("opened", "ticket.opened"),
        ("order", None),  # two of them are orders: no guess is better than a wrong one
    ],
)
def test_so_is_a_type_of_events(given: str, meant: str | None) -> None:
    assert near(given, TYPES) == meant


def test_the_remedy_guesses_and_lists_all() -> None:
    assert allowed("on", ["live", "off"]) == "allowed: live, off"
    assert allowed("lvie", ["live", "off"]) == "did you mean live? allowed: live, off"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("14 days", "14d"),
        ("1 Day", "1d"),
        ("2-weeks", "2w"),
        ("36hours", "36h"),
        ("90 min", "90m"),
        ("2 months", "60d"),
        ("1 year", "365d"),
        ("a fortnight", None),
        ("14", None),  # days or hours? who knows
    ],
)
def test_a_duration_in_words_is_written_as_one(given: str, meant: str | None) -> None:
    assert near_span(given) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [("Too quiet!", "too_quiet"), ("No-Reply 2d", "no_reply_2d"), ("2d", None), ("é", None)],
)
def test_a_name_is_made_one_that_is_allowed(given: str, meant: str | None) -> None:
    assert near_name(given) == meant
