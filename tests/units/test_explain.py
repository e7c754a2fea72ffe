"""One customer explained: what stands, what time alone brings, what is missing, what holds back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from monitor.domain.rules import compile_rules
from monitor.offline.explain import Explanation, explained
from monitor.offline.files import sources
from monitor.offline.history import History
from monitor.offline.one_customer import OneCustomer, near_ids
from schemas.rule_files import parse_rules
from tests.events import event, order, written

QUIET = (
    "{name: quiet, kind: silence, of: order.placed, quiet_for: 30d, steps: [{severity: critical, times: 2}]}"
)
HELD = "{name: held, kind: silence, of: order.placed, quiet_for: 30d, open_order_holds: 60d}"
WAITS = "{name: waits, kind: ageing, of: ticket.opened, until: ticket.replied, older_than: 7d}"
ANGRY = "{name: angry, kind: count, of: {type: ticket.opened, where: {severity: high}}, n: 3, within: 30d}"
LOYAL = (
    "{name: loyal, kind: silence, of: order.placed, quiet_for: 10d, mode: shadow, orders: {min: 3, max: 4}}"
)
LEAVES = "{name: leaves, kind: signal, of: {type: contact.made, where: {intent: leave}}, lasts: 20d}"
RISK = "{name: risk, kind: score, parts: [{rule: quiet, weight: 1}, {rule: leaves, weight: 1}], at_least: 1}"


def day(number: float) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)


def on(number: int) -> str:
    return f"{day(number):%Y-%m-%d}"


class Explain(Protocol):
    def __call__(
        self, *lines: bytes, rules: str, customers: str = "null", until: float | None = None
    ) -> Explanation: ...


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """Explains ada out of events, at day `until` or at the last of them."""

    def explain(
        *lines: bytes, rules: str, customers: str = "null", until: float | None = None
    ) -> Explanation:
        path = written(tmp_path / "events.jsonl", *lines)
        history = History(sources([path]), until=None if until is None else day(until))
        file = parse_rules(f"version: 1\ncustomers: {customers}\nrules: [{rules}]", "rules.yaml")
        compiled = compile_rules(file)
        ada = OneCustomer(compiled, "ada")
        run = history.run(compiled, started=day(2000), customers=ada)
        told = [each for stretch in run.stretches(lambda *_: None) for each in stretch.transitions]
        row, clock = ada.row, run.replay.clock
        assert row is not None
        assert clock is not None
        return explained("ada", row, file, compiled, told, clock)

    return explain


def fires(told: Explanation) -> list[tuple[str, str | None, datetime]]:
    return [(each.ahead.rule, each.ahead.about, each.ahead.at) for each in told.fires]


def needs(told: Explanation) -> dict[str, tuple[str, str | None]]:
    return {each.rule: (each.needs, each.so_far) for each in told.lacks}


# What stands


def test_a_warning_that_stands_is_told_with_its_evidence_and_its_next_step(explain: Explain) -> None:
    (stands,) = explain(order("ada", on(0)), rules=QUIET, until=40).standing
    assert (stands.warning.rule, stands.warning.severity, stands.warning.since) == (
        "quiet",
        "warning",
        day(30),
    )
    assert stands.warning.title == "no order.placed for 40 days, expected within 30 days"
    assert stands.next is not None
    assert (stands.next.happens, stands.next.severity, stands.next.at, stands.next.after) == (
        "rises",
        "critical",
        day(60),
        timedelta(days=20),
    )


def test_a_warning_that_lapses_is_told_to_end_by_itself(explain: Explain) -> None:
    (stands,) = explain(event("contact.made", "ada", on(0), intent="leave"), rules=LEAVES, until=5).standing
    assert stands.next is not None
    assert (stands.next.happens, stands.next.at) == ("ends", day(20))


def test_a_rule_may_stand_about_one_ticket_and_fire_about_another_later(explain: Explain) -> None:
    tickets = [event("ticket.opened", "ada", on(at), ticket_id=f"T{at}") for at in (0, 5)]
    told = explain(*tickets, rules=WAITS, until=8)
    assert [(each.warning.about, each.next) for each in told.standing] == [("T0", None)]
    assert fires(told) == [("waits", "T5", day(12))]
    assert told.lacks == []


def test_a_shadow_rule_stands_too_and_is_told_to_be_one(explain: Explain) -> None:
    orders = [order("ada", on(at)) for at in (0, 1, 2)]
    (stands,) = explain(*orders, rules=LOYAL, until=20).standing
    assert (stands.warning.rule, stands.shadow) == ("loyal", True)


# What time alone brings


def test_a_silence_is_told_before_it_is_one(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=QUIET, until=10)
    assert told.standing == []
    assert [(each.ahead.at, each.ahead.after) for each in told.fires] == [(day(30), timedelta(days=20))]


def test_what_would_fire_does_so_when_time_goes_on(explain: Explain) -> None:
    lines = [order("ada", on(0)), event("ticket.opened", "ada", on(3), ticket_id="T1")]
    rules = f"{QUIET}, {WAITS}"
    coming = fires(explain(*lines, rules=rules, until=3))
    went_on = explain(*lines, rules=rules, until=50)
    assert coming == [
        (each.warning.rule, each.warning.about, each.warning.since)
        for each in sorted(went_on.standing, key=lambda each: each.warning.since)
    ]


def test_a_score_fires_when_time_brings_its_parts(explain: Explain) -> None:
    told = explain(
        order("ada", on(0)),
        event("contact.made", "ada", on(29), intent="leave"),
        rules=f"{QUIET}, {LEAVES}, {RISK}",
        until=29,
    )
    assert ("risk", None, day(30)) in fires(told)


def test_beyond_three_years_nothing_is_told(explain: Explain) -> None:
    slow = QUIET.replace("30d", "1200d")
    told = explain(order("ada", on(0)), rules=slow, until=1)
    assert fires(told) == []
    assert told.next_deadline is not None
    assert told.next_deadline.at == day(1200)


def test_the_next_deadline_names_the_rules_that_look_again(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=f"{QUIET}, {ANGRY}, {HELD}", until=10)
    assert told.next_deadline is not None
    assert (told.next_deadline.at, told.next_deadline.rules) == (day(30), ["quiet", "held"])


def test_without_any_rule_that_waits_there_is_no_deadline(explain: Explain) -> None:
    assert explain(order("ada", on(0)), rules=ANGRY).next_deadline is None


# The customer's own life

LIVING = "{new_for: 20d, lost_after: {floor: 50d, fallback: 50d}, tiers: {important: {sales_from: 500}}}"


def test_stage_tier_and_next_contact_are_told_with_what_time_alone_brings(explain: Explain) -> None:
    contact = event("contact.made", "ada", on(5))
    told = explain(order("ada", on(0)), contact, rules=QUIET, customers=LIVING, until=31)
    assert told.life is not None
    assert (told.life.stage, told.life.since, told.life.tier) == ("at_risk", day(30), "ordinary")
    assert told.life.next_contact_due == day(95)
    assert told.life.next is not None
    assert (told.life.next.stage, told.life.next.at) == ("lost", day(50))


def test_a_loss_is_told_with_its_kind(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=ANGRY, customers=LIVING, until=60)
    assert told.life is not None
    assert (told.life.stage, told.life.since, told.life.kind) == ("lost", day(50), "unknown")
    assert told.life.next is None


def test_the_stage_has_a_deadline_too(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=ANGRY, customers=LIVING, until=10)
    assert told.next_deadline is not None
    assert (told.next_deadline.at, told.next_deadline.rules) == (day(20), ["the stage"])


def test_rules_without_stages_tell_of_none(explain: Explain) -> None:
    assert explain(order("ada", on(0)), rules=QUIET).life is None


# What is missing


def test_a_rule_lacks_the_event_that_it_looks_at(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=f"{ANGRY}, {LEAVES}, {WAITS}")
    assert needs(told) == {
        "angry": ("an event: ticket.opened", None),
        "leaves": ("an event: contact.made", None),
        "waits": ("an event: ticket.opened", None),
    }


def test_a_count_tells_how_far_it_has_come(explain: Explain) -> None:
    complaints = [
        event("ticket.opened", "ada", on(at), ticket_id=f"T{at}", severity="high") for at in (0, 40, 50)
    ]
    assert needs(explain(*complaints, rules=ANGRY))["angry"][1] == "2 of 3 within 30 days"


@pytest.mark.parametrize(
    ("orders", "needed"),
    [
        (1, ("3 orders or more", "1 so far")),
        (5, ("is for customers with 4 orders at most", None)),
    ],
)
def test_a_rule_for_others_says_for_whom_it_is(
    explain: Explain, orders: int, needed: tuple[str, str | None]
) -> None:
    told = explain(*(order("ada", on(at)) for at in range(orders)), rules=LOYAL)
    assert needs(told) == {"loyal": needed}


def test_a_score_tells_how_much_of_it_is_there(explain: Explain) -> None:
    told = explain(
        event("contact.made", "ada", on(0), intent="leave"), rules=f"{QUIET}, {LEAVES}, {RISK}", until=1
    )
    assert needs(told)["risk"] == ("other rules that find something", "a score of 0.50 of 1.00")


UNREACHED = "{name: unreached, kind: streak, of: contact.missed, n: 3, broken_by: order.placed}"
LOST = "{name: lost, kind: sequence, after: quote.lost, then: contact.missed, within: 9d, lasts: 9d}"
LESS = "{name: less, kind: decline, measure: orders, to: 0.3, min_orders: 2, min_pace: 2}"
LATE = "{name: late, kind: ageing, of: order.placed, older_than: 14d}"
LOW = "{name: low, kind: streak, scores_below: 50, n: 2}"


@pytest.mark.parametrize(
    ("rule", "lines", "needed"),
    [
        (UNREACHED, [event("contact.missed", "ada", on(0))], ("an event: contact.missed", "1 of 3 in a row")),
        (LOST, [order("ada", on(0))], ("an event: quote.lost", None)),
        (LOST, [event("quote.lost", "ada", on(0), quote_id="Q1")], ("an event: contact.missed", None)),
        (LESS, [order("ada", on(0))], ("2 orders or more", "1 so far")),
        (
            LESS,
            [order("ada", on(0)), order("ada", on(90))],
            ("orders 2 times in 30 days, usually", "0.3 times"),
        ),
        (LATE, [order("ada", on(0), order_id="O1")], ("an event: order.delivered", None)),
        (LOW, [order("ada", on(0))], ("an event: ticket.rated or survey.answered", None)),
    ],
    ids=["streak", "sequence", "its-second", "few-orders", "seldom", "never-delivered", "scores"],
)
def test_each_kind_tells_what_it_lacks(
    explain: Explain, rule: str, lines: list[bytes], needed: tuple[str, str | None]
) -> None:
    assert list(needs(explain(*lines, rules=rule)).values()) == [needed]


# What holds back


def test_an_order_on_its_way_holds_a_silence_back(explain: Explain) -> None:
    lines = [
        order("ada", on(0), order_id="O1"),
        event("order.delivered", "ada", on(3), order_id="O1"),
        order("ada", on(5), order_id="O2"),
    ]
    told = explain(*lines, rules=HELD, until=40)
    assert told.standing == []
    assert [(each.rule, each.since, each.until, each.orders) for each in told.holds] == [
        ("held", day(35), day(65), [day(5)])
    ]
    assert fires(told) == [("held", None, day(65))]
    assert told.known.undelivered == [day(5)]


def test_nothing_holds_back_where_deliveries_are_never_told(explain: Explain) -> None:
    told = explain(order("ada", on(0), order_id="O1"), rules=HELD, until=20)
    assert told.holds == []
    assert told.known.undelivered is None


# What is known, and what was


def test_the_facts_are_those_at_the_end(explain: Explain) -> None:
    known = explain(
        order("ada", on(0), amount=20),
        order("ada", on(10), amount=30),
        event("ticket.opened", "ada", on(12), ticket_id="T1"),
        event("ticket.rated", "ada", on(13), ticket_id="T1", score=40),
        event("contact.made", "ada", on(14), sentiment="negative", next_due="2025-02-01T00:00:00Z"),
        rules=QUIET,
        until=20,
    ).known
    assert (known.orders, known.sales, known.first_order, known.last_order) == (2, 50.0, day(0), day(10))
    assert (known.gaps, known.mean_gap, known.smoothed_gap) == (1, timedelta(days=10), timedelta(days=10))
    assert [(each.kind, each.id, each.age) for each in known.open_objects] == [
        ("ticket", "T1", timedelta(days=8))
    ]
    assert [(score.at, score.value) for score in known.scores] == [(day(13), 40.0)]
    assert (known.last_contact, known.next_contact_due) == (day(14), day(31))
    assert [(each.event, each.times) for each in known.contacts] == [("contact.made sentiment=negative", 1)]
    assert [pace.measure for pace in known.trend] == ["spend", "orders"]


def test_the_newest_ten_changes_are_told_the_last_first(explain: Explain) -> None:
    told = explain(*(order("ada", on(at)) for at in range(0, 300, 40)), rules=QUIET)
    assert len(told.changes) == 10
    assert [(each.told, each.at, each.cause) for each in told.changes[:2]] == [
        ("resolved", day(280), "ordered again"),
        ("firing", day(270), None),
    ]


def test_time_goes_on_with_the_events_of_others(explain: Explain) -> None:
    told = explain(order("ada", on(0)), order("ben", on(45)), order("ben", on(45)), rules=QUIET)
    assert told.at == day(45)
    assert [(each.warning.rule, each.warning.customer) for each in told.standing] == [("quiet", "ada")]


def test_a_late_event_comes_as_late_as_with_everyone(explain: Explain) -> None:
    told = explain(order("ada", on(0)), order("ben", on(45)), order("ada", on(20)), rules=QUIET)
    assert [(each.told, each.cause) for each in told.changes] == [
        ("resolved", "data corrected"),
        ("firing", None),
    ]


# Near misses


def test_an_id_in_another_case_was_meant() -> None:
    assert near_ids("ADA", ["ben", "ada", "adam"])[0] == "ada"


def test_an_id_that_holds_what_was_given_was_meant() -> None:
    assert near_ids("17", ["customer-17", "customer-18"]) == ["customer-17"]


def test_an_id_that_is_spelt_nearly_so_was_meant() -> None:
    assert near_ids("customre-17", ["customer-17", "zoe"]) == ["customer-17"]


def test_nothing_was_meant_where_nothing_is_alike() -> None:
    assert near_ids("xyz", ["ada", "ben"]) == []
    assert near_ids("", ["ada"]) == []


# What waits


def test_a_pending_warning_is_told_with_the_moment_at_which_it_fires(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=QUIET.replace("name: quiet", "name: quiet, for: 5d"), until=32)
    (stands,) = told.standing
    assert (stands.pending, stands.warning.since) == (True, day(30))
    assert stands.next is not None
    assert (stands.next.happens, stands.next.at) == ("fires", day(35))
    assert told.fires == []
    assert told.next_deadline is not None
    assert told.next_deadline.at == day(35)


def test_a_warning_to_come_is_told_at_the_moment_at_which_it_fires(explain: Explain) -> None:
    told = explain(order("ada", on(0)), rules=QUIET.replace("name: quiet", "name: quiet, for: 5d"), until=10)
    assert [(each.ahead.happens, each.ahead.at) for each in told.fires] == [("fires", day(35))]


def test_what_will_be_pending_and_over_again_does_not_fire(explain: Explain) -> None:
    waits = "{name: leaves, kind: sequence, after: order.placed, without: contact.made, within: 9d, lasts: 9d, for: 9d}"
    told = explain(order("ada", on(0)), rules=waits, until=5)
    assert (told.standing, told.fires) == ([], [])


def test_a_pending_warning_that_will_be_over_before_it_fires_says_so(explain: Explain) -> None:
    leaves = LEAVES.replace("lasts: 20d", "lasts: 20d, for: 30d")
    (stands,) = explain(event("contact.made", "ada", on(0), intent="leave"), rules=leaves, until=5).standing
    assert stands.pending
    assert stands.next is not None
    assert (stands.next.happens, stands.next.at) == ("ends", day(20))


def test_a_warning_that_is_kept_says_since_when_nothing_is_found_and_until_when_it_stands(
    explain: Explain,
) -> None:
    leaves = LEAVES.replace("lasts: 20d", "lasts: 20d, keep: 6d")
    told = explain(event("contact.made", "ada", on(0), intent="leave"), rules=leaves, until=22)
    (stands,) = told.standing
    assert stands.warning.title == "not found any more since 2025-01-21, kept until 2025-01-27"
    assert stands.next is not None
    assert (stands.next.happens, stands.next.at) == ("ends", day(26))
    assert told.next_deadline is not None
    assert told.next_deadline.at == day(26)
