"""Rules in words: what is watched, when it warns, how severely."""

from __future__ import annotations

import pytest

from monitor.adapters.rule_files import load_rule_file
from monitor.offline.rule_words import as_record, as_row, severities, threshold, watched
from schemas.rule_files import parse_rules
from schemas.rules import Rule


def rule(content: str) -> Rule:
    (only,) = parse_rules(f"version: 1\nrules: [{{name: some, {content}}}]", "rules.yaml").rules
    return only


SILENCE = "kind: silence, of: order.placed"
COUNT = "kind: count, of: {type: ticket.opened, where: {severity: [high, critical], kind: complaint}}"
AGEING = "kind: ageing, of: ticket.opened, until: [ticket.replied, ticket.closed], older_than: 48h"

THRESHOLDS = {
    f"{SILENCE}, quiet_for: 60d": "quiet for 60d",
    f"{SILENCE}, personal: {{factor: 3, floor: 14d, fallback: 60d}}": (
        "quiet for 3 × own rhythm (at least 14d, 60d below 1 gap)"
    ),
    f"{SILENCE}, personal: {{factor: 2.5, floor: 14d, ceiling: 90d, fallback: 60d, min_gaps: 2, mean: smoothed, "
    "prior: {gap: 30d, weight: 2}}": (
        "quiet for 2.5 × own smoothed rhythm (14d to 90d, prior 30d × 2, 60d below 2 gaps)"
    ),
    f"{SILENCE}, each: category, usual_from: 4, quiet_for: 60d": (
        "quiet for 60d with any usual category, while others are bought, usual from 4"
    ),
    f"{COUNT}, n: 1, within: 30d": "1 time within 30d",
    f"{COUNT}, n: 3, within: 1d12h, as_of: last_event": "3 times within 1d12h before the customer's last event",
    AGEING: "open for 2d without ticket.replied or ticket.closed",
    "kind: ageing, of: ticket.opened, older_than: 2d": "open for 2d",
    "kind: due, of: contract.signed, ahead: 60d": "60d before the moment",
    "kind: due, of: promise.made, overdue: 4h, business_hours: {from: 9:00, to: 17:30, time_zone: Europe/Berlin}": (
        "4h after the moment in business hours (mon-fri 9:00-17:30 Europe/Berlin)"
    ),
    f"{AGEING}, business_hours: {{days: sat, from: 09:00, to: 24:00, time_zone: UTC, holidays: DE-BE}}": (
        "open for 2d without ticket.replied or ticket.closed "
        "in business hours (sat 09:00-24:00 UTC, but for holidays of DE-BE)"
    ),
    "kind: due, of: promise.made": "as soon as it happens",
    "kind: signal, of: order.cancelled": "as soon as it happens",
    "kind: signal, of: order.cancelled, lasts: 9d, until: order.placed": "lasts 9d, until order.placed",
    "kind: streak, of: contact.missed, broken_by: {type: contact.made, where: {outcome: effective}}, n: 3": (
        "3 in a row, broken by contact.made (outcome effective)"
    ),
    "kind: decline, measure: spend, to: 0.4": "down to 40% of what is usual",
    "kind: sequence, after: ticket.opened, without: order.placed, within: 45d": "then no order.placed within 45d",
    "kind: sequence, scores_below: 50, without: contact.made, within: 2d": (
        "one below 50, then no contact.made within 2d"
    ),
    f"{SILENCE}, quiet_for: 9d, orders: {{max: 1}}": "quiet for 9d, orders max 1",
    f"{COUNT}, n: 3, within: 9d, for: 36h, keep: 1d": "3 times within 9d, held for 1d12h, kept for 1d",
}


@pytest.mark.parametrize("content", THRESHOLDS)
def test_a_threshold_reads_like_a_sentence(content: str) -> None:
    assert threshold(rule(content)) == THRESHOLDS[content]


def test_what_is_watched_says_by_what_it_is_chosen() -> None:
    assert watched(rule(f"{COUNT}, n: 3, within: 30d")) == (
        "ticket.opened (severity high or critical, kind complaint)"
    )
    assert watched(rule("kind: silence, of: [order.placed, contact.made], quiet_for: 9d")) == (
        "order.placed or contact.made"
    )
    assert watched(rule(f"{AGEING}, where: {{priority: urgent}}")) == "ticket.opened (priority urgent)"


def test_steps_say_from_when_on() -> None:
    assert severities(rule(f"{SILENCE}, quiet_for: 60d")) == "warning"
    steps = "severity: watch, steps: [{severity: warning, times: 1.5}, {severity: critical, times: 3}]"
    assert (
        severities(rule(f"{AGEING}, {steps}"))
        == "watch, warning at 1.5 × the limit, critical at 3 × the limit"
    )
    assert severities(rule(f"{COUNT}, n: 3, within: 9d, steps: [{{severity: critical, n: 5}}]")) == (
        "warning, critical at 5 times"
    )


def test_steps_of_other_kinds_say_what_they_measure() -> None:
    late = "kind: due, of: promise.made, steps: [{severity: critical, overdue: 7d}]"
    deep = "kind: decline, measure: spend, to: 0.5, steps: [{severity: critical, to: 0.2}]"
    assert severities(rule(late)) == "warning, critical at 7d after the moment"
    assert severities(rule(deep)) == "warning, critical at 20% of what is usual"


def test_what_is_no_event_can_be_watched_too() -> None:
    assert watched(rule("kind: decline, measure: spend, to: 0.4")) == "spend"
    assert watched(rule("kind: sequence, after: ticket.opened, without: order.placed, within: 45d")) == (
        "ticket.opened"
    )
    assert watched(rule("kind: streak, scores_below: 3, n: 2")) == "scores"
    score = """
  - {name: quiet, kind: silence, of: order.placed, quiet_for: 9d}
  - {name: angry, kind: signal, of: ticket.opened}
  - {name: risk, kind: score, parts: [{rule: quiet, weight: 2}, {rule: angry, weight: 1}], at_least: 0.9}
"""
    *_, risk = parse_rules(f"version: 1\nrules:{score}", "rules.yaml").rules
    assert (watched(risk), threshold(risk)) == ("quiet × 2 or angry × 1", "a score of 0.9")
    effort = rule(
        "kind: score, at_least: 0.5, effort: {hand_overs: {full: 2, weight: 3}, waiting: {full: 7d}}"
    )
    assert (watched(effort), threshold(effort)) == (
        "hand overs per solved ticket (full at 2.0) × 3 or waiting per solved ticket (full at 7d) × 1",
        "a score of 0.5",
    )


def test_a_row_of_the_list_has_the_reason_too() -> None:
    assert as_row(rule(f"{SILENCE}, quiet_for: 60d, reason: price, mode: shadow")) == {
        "name": "some",
        "kind": "silence",
        "severity": "warning",
        "mode": "shadow",
        "watches": "order.placed",
        "warns when": "quiet for 60d",
        "reason": "price",
    }


def test_a_record_has_the_rule_as_it_stands_in_the_file() -> None:
    record = as_record(rule(f"{SILENCE}, quiet_for: 60d, steps: [{{severity: critical, times: 2}}]"))
    assert record["quiet_for"] == "60d"
    assert record["steps"] == [{"severity": "critical", "times": 2}]
    assert (record["mode"], record["warns_when"]) == ("live", "quiet for 60d")


def test_all_that_ships_can_be_told() -> None:
    for each in load_rule_file(None).rules:
        assert all(as_row(each)[key] for key in ("severity", "watches", "warns when"))
