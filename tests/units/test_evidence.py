"""Evidence reads like a sentence somebody would write: a few of them, whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.domain.life import Transition
from monitor.domain.rules.base import Evidence
from monitor.engine.events import warning_json
from schemas.warnings import WarningEvent
from tests.laws.lanes import logs_of, new_lane, play, transitions
from tests.laws.strategies import at, fact, fitted, rule_set

Happened = tuple[float, str, dict[str, Any]]


def told(rule: dict[str, Any], *happened: Happened, until: float) -> list[Transition]:
    """What a rule tells of some events (day, type, data) up to a day."""
    events = [
        fact(kind, data, hour=24 * day, name=str(place)) for place, (day, kind, data) in enumerate(happened)
    ]
    moments: list[datetime] = [at(24 * until)]
    return transitions(play(new_lane(rule_set({"name": "rule", **rule})), logs_of(events, until=moments)))


def order(day: float) -> Happened:
    return day, "order.placed", {"amount": 1.0}


def opened(day: float, name: str, **more: str) -> Happened:
    return day, "ticket.opened", {"ticket_id": name, **more}


SILENCE: dict[str, Any] = {"kind": "silence", "of": "order.placed"}


def test_a_fixed_silence() -> None:
    [firing] = told(SILENCE | {"quiet_for": "14d"}, order(0), order(1.5), until=40)
    assert firing.evidence == Evidence(
        title="no order.placed for 14 days, expected within 14 days",
        saw="last order.placed on 2026-01-02 12:00, 2 orders in all",
        measure="14 days",
        threshold="14 days",
        origin="default",
        basis="a fixed limit, the same for every customer",
    )
    assert firing.resolves_when == "the next order.placed"


def test_a_silence_by_the_customers_own_rhythm() -> None:
    personal = {"factor": 3, "floor": "2d", "fallback": "30d", "ceiling": "90d"}
    [firing] = told(SILENCE | {"personal": personal}, order(0), order(4), order(8), until=40)
    assert firing.evidence == Evidence(
        title="no order.placed for 12 days, expected within 12 days",
        saw="last order.placed on 2026-01-09, 3 orders in all",
        measure="12 days",
        threshold="12 days",
        origin="customer",
        basis="3 x own rhythm of 4 days, from 2 gaps",
    )


def test_a_rhythm_that_the_floor_and_the_ceiling_overrule_is_not_called_the_customers() -> None:
    personal = {"factor": 3, "floor": "20d", "fallback": "30d", "ceiling": "25d"}
    [low] = told(SILENCE | {"personal": personal}, order(0), order(4), until=40)
    [high] = told(SILENCE | {"personal": personal}, order(0), order(20), until=60)
    assert low.evidence is not None
    assert (low.evidence.origin, low.evidence.basis) == (
        "default",
        "3 x own rhythm of 4 days, from 1 gap, raised to the floor",
    )
    assert high.evidence is not None
    assert (high.evidence.origin, high.evidence.basis) == (
        "default",
        "3 x own rhythm of 20 days, from 1 gap, cut to the ceiling",
    )


def test_a_single_order_says_how_little_is_known() -> None:
    personal = {"factor": 3, "floor": "2d", "fallback": "30d"}
    [firing] = told(SILENCE | {"personal": personal}, order(0), until=40)
    assert firing.evidence is not None
    assert firing.evidence.origin == "default"
    assert firing.evidence.basis == "only 1 order so far, too few for a rhythm: the fallback"


def test_a_category_that_is_missed() -> None:
    def of(day: float, category: str) -> Happened:
        return day, "order.placed", {"amount": 1.0, "lines": ({"category": category},)}

    each = SILENCE | {"each": "category", "usual_from": 2, "quiet_for": "10d"}
    [firing, lapsed] = told(each, of(0, "tea"), of(4, "tea"), of(12, "salt"), until=40)
    assert firing.evidence == Evidence(
        title="no tea ordered for 10 days, expected within 10 days, but other things",
        saw="tea last ordered on 2026-01-05, in 2 orders in all; others on 2026-01-13",
        measure="10 days",
        threshold="10 days",
        origin="default",
        basis="a fixed limit, the same for every customer",
    )
    assert firing.resolves_when == "the next order of tea, or none at all for as long"
    assert (lapsed.cause, lapsed.at) == ("lapsed", at(24 * 22))


def test_orders_that_go_elsewhere() -> None:
    def to(day: float, region: str) -> Happened:
        return day, "order.placed", {"amount": 1.0, "region": region}

    decline = {"kind": "decline", "measure": "own_region", "to": 0.6, "min_history": "10d", "min_pace": 0.1}
    orders = [to(day, "North") for day in range(0, 80, 10)]
    [firing] = told(decline, *orders, to(90, "South"), to(91, "South"), to(92, "South"), until=100)
    assert firing.evidence == Evidence(
        title="the share of orders to North is down to 53% of the usual",
        saw="35% of the orders of late to North, usually 66%",
        measure="53%",
        threshold="60%",
        origin="customer",
        basis="own region by the orders themselves, for no profile tells it",
    )
    assert firing.resolves_when == "a share of orders to the own region above 60% of the usual"


def test_tickets_that_took_too_much() -> None:
    effort = {
        "contacts": {"full": 2},
        "waiting": {"full": "4d", "weight": 3},
        "min_tickets": 1,
        "within": "30d",
    }
    happened: tuple[Happened, ...] = (
        opened(0, "T1"),
        (1.0, "contact.made", {}),
        (3.0, "ticket.resolved", {"ticket_id": "T1"}),
        (9.0, "contact.made", {}),
    )
    firing, over = told({"kind": "score", "effort": effort, "at_least": 0.5}, *happened, until=50)
    assert firing.evidence == Evidence(
        title="customer effort 0.69: 1 contact (0.12), 3 days of waiting (0.56) per solved ticket",
        saw="1 ticket solved within 30 days, each with 1 contact (0.12), 3 days of waiting (0.56)",
        measure="0.69",
        threshold="0.50",
        origin="default",
        basis="solved tickets, the same weights for every customer",
    )
    assert firing.resolves_when == "tickets that take less, or fewer than 1 within 30 days"
    assert (over.cause, over.at) == ("recovered", at(24 * 33))


def test_what_nothing_is_known_of_is_no_part_of_the_effort() -> None:
    effort = {"contacts": {"full": 2}, "waiting": {"full": "4d"}, "min_tickets": 1}
    happened = opened(0, "T1"), (3.0, "ticket.resolved", {"ticket_id": "T1"})
    [firing] = told({"kind": "score", "effort": effort, "at_least": 0.5}, *happened, until=9)
    assert firing.evidence is not None
    assert firing.evidence.title == "customer effort 0.75: 3 days of waiting (0.75) per solved ticket"


CDNOW = fitted(0.2426, 4.4136, 0.7929, 2.4259)
LEAVING: dict[str, Any] = {
    "kind": "score",
    "at_least": 0.5,
    "parts": [
        {"model": CDNOW, "within": "90d", "below": 0.5, "weight": 3},
        {"model": CDNOW, "within": "30d", "below": 0.05, "weight": 1},
    ],
}


def test_fewer_purchases_expected() -> None:
    [firing] = told(LEAVING, order(0), order(7), order(14), order(21.5), until=100)
    assert firing.evidence == Evidence(
        title="risk score 0.75: 0.50 purchases expected within 90 days",
        saw="0.50 purchases expected within 90 days (limit 0.5) 0.75",
        measure="0.75",
        threshold="0.50",
        origin="default",
        basis="1 of 2 parts",
    )
    assert firing.at == at(24 * 93)


def test_what_a_model_says_of_one_time_buyers_is_left_out() -> None:
    opened_once = {"kind": "count", "of": "ticket.opened", "n": 1, "within": "30d"}
    parts = [{"rule": "angry", "weight": 1}, *LEAVING["parts"]]
    rules = rule_set({"name": "angry", **opened_once}, {"name": "rule", **LEAVING, "parts": parts})
    events = [fact(*order(0)[1:], hour=0, name="O"), fact(*opened(3, "T")[1:], hour=72, name="T")]
    _, firing = transitions(play(new_lane(rules), logs_of(events, until=[at(24 * 9)])))
    assert firing.evidence is not None
    assert firing.evidence.title == "risk score 1.00: angry"
    assert firing.evidence.basis == "1 of 1 parts; expected purchases left out: no repeat buyer"


def test_complaints_that_were_counted() -> None:
    count = {
        "kind": "count",
        "of": [
            {"type": "ticket.opened", "where": {"kind": "complaint"}},
            {"type": "contact.made", "where": {"sentiment": "negative"}},
        ],
        "n": 2,
        "within": "7d",
    }
    happened = (
        opened(0, "T1", kind="complaint"),
        (2.0, "contact.made", {"sentiment": "negative"}),
    )
    firing, resolved = told(count, *happened, until=20)
    what = "ticket.opened (complaint) or contact.made (negative)"
    assert firing.evidence == Evidence(
        title=f"2 times {what} within 7 days",
        saw=f"2 times {what}, on 2026-01-01, 2026-01-03",
        measure="2",
        threshold="2 within 7 days",
        origin="default",
        basis="counted events, the same limit for every customer",
    )
    assert firing.resolves_when == f"fewer than 2 times {what} within 7 days"
    assert (resolved.cause, resolved.evidence) == ("lapsed", None)


def test_a_ticket_that_waits() -> None:
    ageing = {"kind": "ageing", "of": "ticket.opened", "until": "ticket.closed", "older_than": "36h"}
    [firing] = told(ageing, opened(1, "T-7"), until=20)
    assert firing.evidence == Evidence(
        title="ticket T-7 has waited 36 hours for ticket.closed",
        saw="ticket.opened on 2026-01-02, no ticket.closed since",
        measure="36 hours",
        threshold="36 hours",
        origin="default",
        basis="the same limit for every customer",
    )
    assert firing.resolves_when == "ticket.closed of ticket T-7"


def test_a_warning_that_is_over_says_so_in_its_title() -> None:
    _, resolved = told(SILENCE | {"quiet_for": "14d"}, order(0), order(20), until=21)
    event = WarningEvent.model_validate_json(warning_json(resolved))
    assert event.data.title == "rule is over: ordered again"
    assert event.data.cause == "ordered again"
