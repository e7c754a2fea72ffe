"""What `churn-monitor tail` prints and what it leaves out; no server is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.cli.tail_run import Choice, Printer, follow
from monitor.cli.tail_sources import Line
from monitor.cli.warning_lines import warning_line
from schemas.streams import Entry
from schemas.warnings import WarningEvent
from tests.commands import churn_monitor

PLAIN: dict[str, Any] = {
    "id": "0123456789abcdef-1",
    "source": "/churn-monitor",
    "specversion": "1.0",
    "type": "warning.firing",
    "subject": "ada",
    "time": "2026-06-01T12:00:00Z",
    "data": {
        "warning": "0123456789abcdef",
        "sequence": 1,
        "customer": "ada",
        "rule": "purchase_overdue",
        "about": None,
        "severity": "warning",
        "since": "2026-05-20T00:00:00Z",
        "title": "no order.placed for 42d, expected within 30d",
        "evidence": {
            "saw": "last order.placed on 2026-04-20",
            "measure": "42d",
            "threshold": "30d",
            "origin": "customer",
            "basis": "own rhythm of 7 gaps",
        },
        "resolves_when": "the next order.placed",
        "kind": "voluntary",
        "reason": None,
    },
}


def event(**attributes: Any) -> bytes:
    return json.dumps(PLAIN | attributes).encode()


def warned(**fields: Any) -> bytes:
    return event(data=PLAIN["data"] | fields)


def line(raw: bytes) -> str:
    return warning_line(WarningEvent.model_validate_json(raw)).plain


class Lines:
    """A source of given lines that ends, and remembers what was kept."""

    def __init__(self, *lines: list[Line]) -> None:
        self._lines = lines
        self.kept: list[int] = []

    async def lines(self) -> AsyncGenerator[list[Line], None]:
        for some in self._lines:
            yield some

    async def keep(self, done: Iterable[Entry]) -> None:
        self.kept += [entry.offset for entry in done]


def test_a_line_says_who_which_rule_since_when_how_sure_and_what_would_end_it() -> None:
    assert line(event()) == (
        "2026-06-01 12:00:00Z  warning   firing     ada"
        "  purchase_overdue: no order.placed for 42d, expected within 30d"
        "  [since 2026-05-20 00:00:00Z; own rhythm of 7 gaps; ends with the next order.placed]"
    )


def test_a_line_about_a_ticket_names_it() -> None:
    assert "  purchase_overdue (t-7): " in line(warned(about="t-7"))


def test_what_is_over_names_nothing_that_would_end_it() -> None:
    data = PLAIN["data"] | {"evidence": None, "cause": "ordered again", "title": "it is over: ordered again"}
    told = line(event(type="warning.resolved", data=data))
    assert "it is over: ordered again  [since 2026-05-20 00:00:00Z]" in told


def test_a_name_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in line(event(subject="ada\x1b[2J\x9b"))


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        (Choice(), True),
        (Choice(rule="purchase_overdue", customer="ada"), True),
        (Choice(rule="another"), False),
        (Choice(customer="ben"), False),
        (Choice(since=datetime(2026, 6, 1, 12, tzinfo=UTC)), True),
        (Choice(since=datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC)), False),
    ],
)
def test_a_choice_takes_what_was_asked_for(choice: Choice, taken: bool) -> None:
    assert choice.takes(event()) is taken


async def test_json_is_the_event_as_it_is_on_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    pretty = json.dumps(PLAIN, indent=2).encode()
    await follow(Lines([Entry(0, 0, pretty)]), Printer(Choice(), as_json=True), None)
    assert [json.loads(each) for each in capfd.readouterr().out.splitlines()] == [PLAIN]


async def test_json_passes_on_types_that_we_do_not_know_yet(capfd: pytest.CaptureFixture[str]) -> None:
    await follow(Lines([Entry(0, 0, event(type="warning.new"))]), Printer(Choice(), as_json=True), None)
    assert '"warning.new"' in capfd.readouterr().out


async def test_what_is_no_warning_is_told_with_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    source = Lines([Entry(3, 7, b"\xff"), Entry(3, 8, event(type="warning.new")), Entry(3, 9, event())])
    await follow(source, Printer(Choice(), as_json=False), None)
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert "partition 3, offset 7: no warning" in err
    assert "partition 3, offset 8: no warning" in err
    assert source.kept == [7, 8, 9]


async def test_it_ends_after_so_many_and_keeps_no_more(capfd: pytest.CaptureFixture[str]) -> None:
    others, ada = event(subject="ben"), event()
    source = Lines([Entry(0, 0, ada), Entry(0, 1, others)], [Entry(0, 2, ada), Entry(0, 3, ada)])
    await follow(source, Printer(Choice(customer="ada"), as_json=False), 2)
    assert len(capfd.readouterr().out.splitlines()) == 2
    assert source.kept == [0, 1, 2]


@pytest.mark.parametrize(
    "words", [["--cursor", "ada"], ["--no-kafka"], ["--redis", "--cursor", "a b"], ["-n", "0"]]
)
def test_options_that_make_no_sense_are_refused(words: list[str]) -> None:
    assert churn_monitor("tail", *words).code == 2


def test_a_since_that_is_no_date_is_refused() -> None:
    ran = churn_monitor("tail", "--since", "yesterday")
    assert (ran.code, "'yesterday' is not a date" in ran.err) == (2, True)


def test_without_redis_it_says_which_address_and_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURN_MONITOR_REDIS", "redis://127.0.0.1:1/0")
    ran = churn_monitor("tail", "--redis")
    assert (ran.code, "127.0.0.1:1" in ran.err) == (3, True)


def test_without_kafka_it_says_which_address_and_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURN_MONITOR_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CHURN_MONITOR_BROKER_PATIENCE", "300ms")
    ran = churn_monitor("tail")
    assert (ran.code, "127.0.0.1:1" in ran.err) == (3, True)
