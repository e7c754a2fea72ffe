"""Warnings that stand, chosen, sorted and shown."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from monitor.cli.warnings_read import Told
from monitor.cli.warnings_text import HEADINGS, Order, Wanted, in_order, show_life, show_list
from schemas.warnings import WarningEvent
from tests.units.test_tail_lines import PLAIN
from tests.units.test_tail_lines import event as as_bytes

NOW = datetime(2026, 6, 10, tzinfo=UTC)
EVA = {"at": "2026-06-02T00:00:00Z", "by": "eva", "note": "calls on Monday"}


def told(kind: str = "firing", **fields: Any) -> WarningEvent:
    return WarningEvent.model_validate_json(
        as_bytes(type=f"warning.{kind}", data=PLAIN["data"] | fields, subject=fields.get("customer", "ada"))
    )


def printed(show: Any, *arguments: Any) -> list[str]:
    out = io.StringIO()
    show(*arguments, Console(file=out, width=200, markup=False, highlight=False))
    return [line.strip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ({}, True),
        ({"customer": "ada", "rule": "purchase_overdue", "severity": "warning", "kind": "voluntary"}, True),
        ({"customer": "ben"}, False),
        ({"rule": "complaints"}, False),
        ({"severity": "watch"}, False),
        ({"kind": "involuntary"}, False),
        ({"acknowledged": False}, True),
        ({"acknowledged": True}, False),
    ],
)
def test_a_warning_is_chosen_by_what_it_says(wanted: dict[str, Any], taken: bool) -> None:
    assert Wanted(NOW, **wanted).takes(told()) is taken


@pytest.mark.parametrize(
    ("until", "taken_care_of"),
    [(None, True), ("2026-06-10T00:00:01Z", True), ("2026-06-10T00:00:00Z", False)],
)
def test_nobody_takes_care_any_more_when_the_time_for_it_is_up(
    until: str | None, taken_care_of: bool
) -> None:
    event = told(acknowledged=EVA | {"until": until})
    assert Wanted(NOW, acknowledged=True).takes(event) is taken_care_of
    assert Wanted(NOW, acknowledged=False).takes(event) is not taken_care_of


def at_stake(amount: float) -> dict[str, Any]:
    return {"value_at_risk": {"amount": amount, "basis": "margin", "horizon_days": 365}}


@pytest.mark.parametrize(
    ("order", "expected"),
    [("since", [1, 2, 3, 4]), ("severity", [2, 3, 1, 4]), ("value", [4, 3, 1, 2])],
)
def test_the_longest_standing_comes_first_or_the_gravest_or_what_is_worth_most(
    order: Order, expected: list[int]
) -> None:
    given = [
        (3, "critical", at_stake(20)),
        (1, "watch", {}),
        (4, "watch", at_stake(30)),
        (2, "critical", {}),
    ]
    stored = [
        Told(
            told(warning=f"{number:016}", severity=how, since=f"2026-05-{number:02}T00:00:00Z", **more),
            b"",
            0,
        )
        for number, how, more in given
    ]
    assert [int(each.event.data.warning) for each in in_order(stored, order)] == expected


def test_the_table_says_who_takes_care() -> None:
    snoozed = {"at": "2026-06-02T00:00:00Z", "until": "2026-07-01T00:00:00Z", "reason": "on holiday"}
    headings, line = printed(show_list, [told(acknowledged=EVA, snoozed=snoozed, about="T-7")], NOW)
    assert re.split(r" {2,}", headings) == [*HEADINGS]
    assert line.startswith("0123456789abcdef  ada       purchase_overdue (T-7)  warning   2026-05-20")
    assert "eva: calls on Monday; can wait until 2026-07-01: on holiday" in line


def test_no_warning_is_said_in_words() -> None:
    assert printed(show_list, [], NOW) == ["No such warning stands."]


def test_one_warning_is_shown_with_its_evidence_and_its_history() -> None:
    first, taken = told(), told("acknowledged", acknowledged=EVA)
    shown = printed(show_life, [first, taken], NOW)
    assert shown[0] == "purchase_overdue of ada: warning since 2026-05-20"
    assert "saw        last order.placed on 2026-04-20" in shown
    assert "threshold  30d: own rhythm of 7 gaps (customer)" in shown
    assert "ends with  the next order.placed" in shown
    assert "care       eva: calls on Monday" in shown
    assert "2026-06-01 12:00  acknowledged  warning   eva: calls on Monday" in shown


def test_a_warning_that_has_not_fired_says_so() -> None:
    pending, taken = told("pending"), told("acknowledged", acknowledged=EVA)
    _, line = printed(show_list, [pending], NOW)
    assert "  warning, pending  2026-05-20" in line
    assert printed(show_life, [pending, taken], NOW)[0].endswith(": warning, pending since 2026-05-20")
    assert printed(show_life, [pending, told()], NOW)[0].endswith(": warning since 2026-05-20")


def test_what_is_at_stake_and_what_to_do_next_are_told() -> None:
    advice: dict[str, Any] = {"next_step": {"step": "call", "text": "call and ask"}, "channel": "phone"}
    event = told(**at_stake(1234.5), **advice)
    shown = printed(show_life, [event], NOW)
    assert "at stake   1,234.50 of margin over 365 days" in shown
    assert "do next    call: call and ask, through phone" in shown
    _, line = printed(show_list, [event], NOW)
    assert "  1,234.50  " in line


def test_what_is_over_ends_with_nothing_and_keeps_its_label() -> None:
    over = told("resolved", evidence=None, cause="ordered again", title="it is over")
    shown = printed(show_life, [told(), over, told("labelled", evidence=None, outcome="saved")], NOW)
    assert shown[0] == "purchase_overdue of ada: is over"
    assert not any(line.startswith("ends with") for line in shown)
    assert "care     labelled saved" in shown
    assert "2026-06-01 12:00  resolved  warning   ordered again" in shown


def test_words_from_outside_do_not_steer_the_terminal() -> None:
    event = told(acknowledged=EVA | {"note": "\x1b[2J"}, customer="ada\x1b")
    assert "\x1b" not in "".join(printed(show_list, [event], NOW) + printed(show_life, [event], NOW))
