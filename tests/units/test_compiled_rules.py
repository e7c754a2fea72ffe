"""Rules as data become rules that judge: nothing of the file is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from monitor.domain.rules import LEVEL, compile_rules
from monitor.domain.rules.ageing import Ageing
from monitor.domain.rules.count import Count
from monitor.domain.rules.silence import Fixed, Personal, Silence
from monitor.domain.state import FLAVOURS, Standing, State
from schemas.rule_files import parse_rules
from tests.laws.strategies import at, fact, fitted, observed, rule_set

DAY = timedelta(days=1)
QUIET: dict[str, Any] = {"kind": "silence", "of": "order.placed", "quiet_for": "14d"}
COMPLAINTS: dict[str, Any] = {"kind": "count", "of": "ticket.opened", "n": 3, "within": "7d"}
WAITS: dict[str, Any] = {
    "kind": "ageing",
    "of": "ticket.opened",
    "until": "ticket.closed",
    "older_than": "2d",
}


def test_a_fixed_silence_keeps_its_limit_and_steps() -> None:
    steps = [{"severity": "critical", "times": 2}]
    [rule] = rule_set(QUIET | {"steps": steps}).rules
    assert isinstance(rule, Silence)
    assert rule.threshold == Fixed(14 * DAY)
    assert [(step.times, step.severity) for step in rule.steps] == [(2.0, LEVEL["critical"])]


def test_a_personal_silence_keeps_all_of_its_threshold() -> None:
    prior = {"gap": "10d", "weight": 2}
    personal = {
        "factor": 3,
        "floor": "1d",
        "ceiling": "90d",
        "fallback": "30d",
        "min_gaps": 2,
        "mean": "smoothed",
        "prior": prior,
    }
    [rule] = rule_set({"kind": "silence", "of": "order.placed", "personal": personal}).rules
    assert isinstance(rule, Silence)
    assert rule.threshold == Personal(
        3.0, DAY, 90 * DAY, 30 * DAY, 2, smoothed=True, prior=10 * DAY, weight=2.0
    )


def test_a_count_keeps_its_number_window_and_choice() -> None:
    chosen = [{"type": "ticket.opened", "where": {"kind": ["complaint"]}}, "contact.missed"]
    [rule] = rule_set(COMPLAINTS | {"of": chosen, "steps": [{"severity": "critical", "n": 5}]}).rules
    assert isinstance(rule, Count)
    assert (rule.n, rule.within, rule.as_of_last_event) == (3, 7 * DAY, False)
    assert [(step.n, step.severity) for step in rule.steps] == [(5, LEVEL["critical"])]
    assert rule.of["ticket.opened kind=complaint severity=high"]
    assert not rule.of["ticket.opened kind=question"]
    assert not rule.of["ticket.opened"]
    assert rule.of["contact.missed direction=inbound"]
    assert rule.of.told == "ticket.opened (complaint) or contact.missed"


def test_ageing_keeps_its_limit_and_ends() -> None:
    ends = ["ticket.replied", "ticket.closed"]
    [rule] = rule_set(WAITS | {"until": ends, "where": {"severity": "high"}}).rules
    assert isinstance(rule, Ageing)
    assert (rule.until, rule.limit.older_than) == (tuple(ends), 2 * DAY)
    assert rule.of["ticket.opened severity=high"]
    assert not rule.of["ticket.opened severity=low"]


def test_what_rules_have_in_common_is_kept() -> None:
    more = {"name": "quiet", "severity": "watch", "kind_of_churn": "voluntary", "reason": "price"}
    terms = rule_set(QUIET | more | {"mode": "shadow"}).rules[0].terms
    assert (terms.name, terms.severity, terms.shadow) == ("quiet", LEVEL["watch"], True)
    assert (terms.kind_of_churn, terms.reason) == ("voluntary", "price")


def test_rules_that_are_off_are_left_out_and_the_others_keep_their_order() -> None:
    rules = rule_set(QUIET, COMPLAINTS | {"mode": "off"}, WAITS)
    assert [rule.terms.name for rule in rules.rules] == ["r0", "r2"]
    assert list(rules.by_name) == ["r0", "r2"]


def test_an_event_touches_the_rules_that_it_can_change() -> None:
    last_event = COMPLAINTS | {"as_of": "last_event"}
    severe = COMPLAINTS | {"of": {"type": "ticket.opened", "where": {"severity": "high"}}}
    rules = rule_set(QUIET, severe, WAITS, last_event)
    assert list(rules.touched_by("order.placed", (), 3)) == [0]
    assert list(rules.touched_by("ticket.opened severity=high", (), 3)) == [1, 2, 3]
    assert list(rules.touched_by("ticket.opened severity=low", (), 3)) == [2, 3]
    assert list(rules.touched_by("ticket.closed", (), 3)) == [2]
    assert list(rules.touched_by("ticket.reopened", (), 3)) == [2]
    assert list(rules.touched_by("referral.made", (), 3)) == []


def test_an_order_touches_a_rule_for_so_many_orders_while_it_is_for_the_customer_and_once_more() -> None:
    rules = rule_set(QUIET | {"orders": {"min": 2, "max": 3}}, COMPLAINTS | {"orders": {"min": 2}})
    touched = [list(rules.touched_by("order.placed", (), orders)) for orders in range(1, 7)]
    assert touched == [[], [0, 1], [0], [0], [], []]
    touched = [list(rules.touched_by("ticket.opened severity=high", (), orders)) for orders in range(4)]
    assert touched == [[], [], [1], [1]]


def test_any_event_touches_a_rule_as_of_the_last_event_while_its_warning_stands() -> None:
    rules = rule_set(QUIET, COMPLAINTS | {"as_of": "last_event"})
    firing = Standing("r1", None, "firing", 1, "0123456789abcdef", at(0), 1)
    ended = msgspec.structs.replace(firing, phase="resolved")
    assert list(rules.touched_by("order.placed", (firing,), 3)) == [0, 1]
    assert list(rules.touched_by("ticket.opened", (firing,), 3)) == [1]
    assert list(rules.touched_by("order.placed", (ended,), 3)) == [0]


def test_an_object_that_made_room_concerns_no_more_than_the_warnings_that_stand() -> None:
    rules = rule_set(QUIET, WAITS, QUIET)
    firing = Standing("r1", "T-1", "firing", 1, "0123456789abcdef", at(0), 1)
    touched = rules.touched_by("order.placed", (), 1)
    assert list(rules.touched_by_forgetting(touched, State(), ())) == [0, 2]
    assert list(rules.touched_by_forgetting(touched, State(), (firing,))) == [0, 1, 2]


def test_a_flavour_that_made_room_concerns_all_rules() -> None:
    rules = rule_set(QUIET, WAITS, QUIET)
    full = State(marks={str(number): b"" for number in range(FLAVOURS)})
    assert list(rules.touched_by_forgetting({}, full, ())) == [0, 1, 2]


def test_the_version_changes_with_what_rules_say_and_not_with_how_they_are_written() -> None:
    text = "version: 1\nrules:\n  - {name: quiet, kind: silence, of: order.placed, quiet_for: 14d}\n"
    same = (
        "version: 1\nrules:\n  - kind: silence\n    quiet_for: 2w\n    of: [order.placed]\n    name: quiet\n"
    )
    versions = [
        compile_rules(parse_rules(each, "rules.yaml")).version
        for each in (text, same, text.replace("14d", "15d"))
    ]
    assert versions[0] == versions[1] != versions[2]


def test_a_score_of_other_rules_is_for_those_with_so_many_orders_too() -> None:
    parts = [{"rule": "r0", "weight": 1}, {"rule": "r1", "weight": 1}]
    score = {"kind": "score", "parts": parts, "at_least": 0.5, "orders": {"max": 1}}
    rule = rule_set(QUIET, COMPLAINTS, score).rules[2]
    once = observed([fact("order.placed", {"amount": 1.0}, hour=0, name="A")])
    twice = observed([fact("order.placed", {"amount": 1.0}, hour=hour, name=str(hour)) for hour in (0, 1)])
    assert [len(rule.judge(state, at(24 * 15))[0]) for state in (once, twice)] == [1, 0]


def test_a_score_without_its_rules_is_left_with_what_a_model_expects() -> None:
    expecting = {"model": fitted(0.2, 4, 0.8, 2.4), "within": "90d", "below": 0.5, "weight": 1}
    parts = [{"rule": "r0", "weight": 1}, expecting]
    scores = [
        {"kind": "score", "parts": parts, "at_least": 1, "orders": {"min": 2}},
        {"kind": "score", "parts": [{"rule": "r0", "weight": 1}] * 2, "at_least": 1, "orders": {"min": 2}},
    ]
    left = rule_set(QUIET, *scores).without(frozenset({"r0"}))
    assert left.off == {"r0", "r2"}
    twice = observed([fact("order.placed", {"amount": 1.0}, hour=hour, name=str(hour)) for hour in (0, 48)])
    assert len(left.rules[1].judge(twice, at(24 * 400))[0]) == 1
