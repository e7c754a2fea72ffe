"""`churn-monitor explain`: what it prints where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import churn_monitor
from tests.conftest import ROOT
from tests.events import event, order, written

EXAMPLES = [
    *("--history", ROOT / "examples" / "orders.csv"),
    *("--history", ROOT / "examples" / "events.jsonl"),
]
END = ("--until", "2025-07-01")


def explained(customer: str, *more: object) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(churn_monitor("explain", customer, *EXAMPLES, *more, "--json").out)
    return told


@pytest.mark.parametrize("customer", ["ada", "ben", "cleo", "dora", "emil"])
def test_the_warnings_that_stand_are_those_of_a_replay(customer: str) -> None:
    files = [each for each in EXAMPLES if each != "--history"]
    listed = churn_monitor("replay", *files, "--at", END[1], "--json").lines()
    told = explained(customer, *END)
    shown = [each["warning"] for each in told["standing"] if not each["shadow"]]
    assert shown == [each for each in listed if each["customer"] == customer]


@pytest.mark.parametrize("customer", ["ada", "ben", "cleo", "dora", "emil"])
def test_the_last_changes_are_those_of_a_replay(customer: str) -> None:
    files = [each for each in EXAMPLES if each != "--history"]
    told = [
        each
        for each in churn_monitor("replay", *files, *END, "--json").lines()
        if each["subject"] == customer
    ]
    shown = [each for each in reversed(explained(customer, *END)["changes"]) if not each["shadow"]]
    assert [(each["at"], each["told"], each["rule"], each["cause"]) for each in shown] == [
        (each["time"], each["type"].removeprefix("warning."), each["data"]["rule"], each["data"].get("cause"))
        for each in told
    ]


def test_every_rule_that_is_not_off_is_told_of() -> None:
    listed = json.loads(churn_monitor("rules", "list", "--json").out)
    told = explained("dora", *END)
    named = {each["warning"]["rule"] for each in told["standing"]}
    named |= {each["ahead"]["rule"] for each in told["fires"]} | {each["rule"] for each in told["lacks"]}
    assert named == {each["name"] for each in listed if each["mode"] != "off"}


def test_json_writes_durations_as_rule_files_do() -> None:
    told = explained("ada", *END)
    assert told["at"] == "2025-07-01T00:00:00Z"
    assert told["known"]["mean_gap"] == "13d19h12m"


def test_other_rules_may_be_given() -> None:
    told = explained("ada", *END, "--rules", ROOT / "examples" / "rules.yaml")
    assert [each["warning"]["severity"] for each in told["standing"]] == ["critical"]
    assert [each["rule"] for each in told["lacks"]] == ["complaints"]


def test_without_until_time_ends_with_the_last_event_of_anyone() -> None:
    assert explained("cleo")["at"] == "2025-06-27T00:00:00Z"


def test_without_a_history_it_asks_the_running_system_and_says_where_that_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHURN_MONITOR_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CHURN_MONITOR_BROKER_PATIENCE", "300ms")
    ran = churn_monitor("explain", "ada")
    assert (ran.code, ran.out) == (3, "")
    assert "127.0.0.1:1: Kafka was not reached within 300ms; start it, or set `kafka`" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--until", "2025-07-01"), "--until: is for files; give --history"),
        (("--amount", "net"), "--amount: is for files; give --history"),
        ((*EXAMPLES, "--at", "3d"), "--at: asks a running system, and --history doesn't; give --until"),
    ],
)
def test_an_option_that_means_nothing_here_is_refused(words: tuple[object, ...], told: str) -> None:
    ran = churn_monitor("explain", "ada", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_an_unknown_customer_is_told_who_may_be_meant() -> None:
    ran = churn_monitor("explain", "Dorra", *EXAMPLES)
    assert (ran.code, ran.out) == (2, "")
    assert "no event about 'Dorra', the history tells of 5 other customers; did you mean 'dora'?" in ran.err


def test_a_customer_who_comes_later_is_not_known_yet() -> None:
    ran = churn_monitor("explain", "emil", *EXAMPLES, "--until", "2025-01-09")
    assert ran.code == 2
    assert "no event about 'emil'" in ran.err


def test_names_from_outside_do_not_reach_the_terminal_as_they_are(tmp_path: Path) -> None:
    path = written(
        tmp_path / "events.jsonl",
        event("ticket.opened", "ada", "2025-01-01", ticket_id="T\x1b[31m"),
        order("ada", "2025-03-01"),
    )
    ran = churn_monitor("explain", "ada", "--history", path)
    assert ran.code == 0
    assert "ticket T\N{REPLACEMENT CHARACTER}[31m" in ran.out
    assert "\x1b" not in ran.out


def test_a_bare_customer_is_explained_too(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", event("survey.sent", "ada", "2025-01-01"))
    ran = churn_monitor("explain", "ada", "--history", path)
    assert ran.code == 0
    assert "Warnings that stand: nothing" in ran.out
    assert "Last changes: nothing" in ran.out


TEA, SALT = {"category": "tea"}, {"category": "salt"}


def test_all_that_is_known_is_told_in_words(tmp_path: Path) -> None:
    path = written(
        tmp_path / "events.jsonl",
        order("ada", "2025-01-01", order_id="O1", amount=1500, margin=300, lines=[TEA, SALT], region="North"),
        event("order.delivered", "ada", "2025-01-03", order_id="O1"),
        event("order.refunded", "ada", "2025-01-04", order_id="O1", amount=20),
        order("ada", "2025-01-11", order_id="O2", lines=[TEA]),
        event("promise.made", "ada", "2025-01-12", promise_id="P1", due="2025-02-01T00:00:00Z"),
        event("ticket.opened", "ada", "2025-01-12", ticket_id="T1"),
        event("ticket.reassigned", "ada", "2025-01-13", ticket_id="T1"),
        event("ticket.rated", "ada", "2025-01-14", ticket_id="T1", score=40),
        event("contact.made", "ada", "2025-01-15", cost=6, next_due="2025-01-20T00:00:00Z"),
        event(
            "order.invoiced", "ada", "2025-01-16", invoice_id="I1", amount=1500, due="2025-02-15T00:00:00Z"
        ),
    )
    out = churn_monitor("explain", "ada", "--history", path, "--until", "2025-01-21").out
    told = [line.strip() for line in out.splitlines()]
    amounts = "sales 1,510.00; margin 300.00; refunds 20.00; expenses 6.00; contribution 290.03; receivable 1,500.00"
    for line in (
        f"orders      2; the first on 2025-01-01, the last on 2025-01-11, 10 days ago; {amounts}",
        "rhythm      an order every 10 days on average, smoothed 10 days, from 1 gap",
        "by that the next order is expected on 2025-01-21",
        "buys        tea in 2 orders, last on 2025-01-11, every 10 days on average; the next expected on 2025-01-21",
        "salt in 1 order, last on 2025-01-01",
        "region      North: 100% of orders of late, usually 100%, their own region",
        "open        promise P1, opened on 2025-01-12, 9 days ago, due on 2025-02-01, in 11 days",
        "invoice I1, 1,500.00, opened on 2025-01-16, 5 days ago, due on 2025-02-15, in 25 days",
        "ticket T1, opened on 2025-01-12, 9 days ago, handed on 1 time",
        "deliveries  on their way: orders of 2025-01-11",
        "contacts    contact.made 1 time, last on 2025-01-15",
        "agreed      next contact due on 2025-01-20, 1 day ago",
        "scores      40 on 2025-01-14",
        "ticket.opened 1 time, last on 2025-01-12",
    ):
        assert line in told


def test_what_an_order_on_its_way_holds_back_is_told_with_the_order(tmp_path: Path) -> None:
    path = written(
        tmp_path / "events.jsonl",
        order("ada", "2025-01-01", order_id="O1"),
        event("order.delivered", "ada", "2025-01-03", order_id="O1"),
        order("ada", "2025-01-11", order_id="O2"),
    )
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "version: 1\nrules: [{name: quiet, kind: silence, of: order.placed, quiet_for: 30d, open_order_holds: 60d}]"
    )
    out = churn_monitor("explain", "ada", "--history", path, "--rules", rules, "--until", "2025-02-20").out
    assert (
        "quiet  silent for long enough on 2025-02-10, but held until 2025-03-12 by orders on their way: 2025-01-11"
        in out
    )


def test_a_pending_warning_says_that_it_is_and_when_it_fires(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    quiet = "{name: quiet, kind: silence, of: order.placed, quiet_for: 30d, for: 5d}"
    rules.write_text(f"version: 1\nrules: [{quiet}]\n")
    path = written(tmp_path / "events.jsonl", order("ada", "2025-01-01"))
    told = churn_monitor("explain", "ada", "--history", path, "--until", "2025-02-02", "--rules", rules).out
    assert "quiet: warning, pending since 2025-01-31, for 2 days" in told
    assert "next       fires on 2025-02-05, in 3 days" in told
