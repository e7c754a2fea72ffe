"""`churn-monitor warnings` and `customers`: options that make no sense, moments from now on, and no Kafka."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.adapters.partitioners import belongs_to, home_of
from monitor.cli.moments import parse_moment
from schemas.errors import ConfigError
from tests.commands import churn_monitor

NAME = "0123456789abcdef"
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
COMMANDS = [
    ("warnings", "list"),
    ("warnings", "show", NAME),
    ("warnings", "ack", NAME),
    ("warnings", "unack", NAME),
    ("warnings", "snooze", NAME, "--until", "3d", "--reason", "on holiday"),
    ("warnings", "label", NAME, "--outcome", "saved"),
    ("customers", "absence", "ada", "--until", "3d"),
    ("customers", "lost", "ada"),
    ("customers", "moved", "ada"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_without_kafka_each_says_which_address_and_ends_with_3(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHURN_MONITOR_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CHURN_MONITOR_BROKER_PATIENCE", "100ms")
    ran = churn_monitor(*words)
    assert (ran.code, ran.out, "127.0.0.1:1: Kafka was not reached" in ran.err) == (3, "", True)


@pytest.mark.parametrize(
    "words",
    [
        ("warnings", "snooze", NAME, "--until", "3d"),
        ("warnings", "snooze", NAME, "--reason", "on holiday"),
        ("warnings", "label", NAME),
        ("warnings", "label", NAME, "--outcome", "won"),
        ("warnings", "list", "--severity", "grave"),
        ("warnings", "list", "--sort", "customer"),
        ("warnings", "ack", NAME, "--until", "soon"),
        ("warnings", "ack", NAME, "--timeout", "soon"),
        ("customers", "absence", "ada"),
        ("customers", "lost", "ada", "--kind", "sad"),
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense_are_refused(words: tuple[str, ...]) -> None:
    assert churn_monitor(*words).code == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("3d", NOW + timedelta(days=3)),
        ("1d12h", NOW + timedelta(days=1, hours=12)),
        ("2026-07-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-07-01T10:00+02:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_may_be_so_long_from_now(text: str, moment: datetime) -> None:
    assert parse_moment(text, UTC, option="--until", now=NOW) == moment


def test_only_where_there_is_a_now_a_duration_is_a_moment() -> None:
    with pytest.raises(ConfigError, match="'3d' is not a date; give a date such as"):
        parse_moment("3d", UTC, option="--since")
    with pytest.raises(ConfigError, match="'soon' is not a date; give a duration such as 3d, a date"):
        parse_moment("soon", UTC, option="--until", now=NOW)


@pytest.mark.parametrize("partitioner", ["murmur2", "crc32"])
def test_a_customers_home_is_where_the_customer_belongs(partitioner: str) -> None:
    for name in (b"ada", b"ben", b"cleo", b"\xc3\xa9"):
        homes = [each for each in range(7) if belongs_to(each, 7, partitioner)(name)]  # type: ignore[arg-type]
        assert homes == [home_of(name, 7, partitioner)]  # type: ignore[arg-type]


def test_where_producers_are_trusted_a_customer_may_be_anywhere() -> None:
    assert home_of(b"ada", 7, "trusted") is None
    assert all(belongs_to(each, 7, "trusted")(b"ada") for each in range(7))
