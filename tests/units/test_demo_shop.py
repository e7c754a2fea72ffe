"""The generated shop: seeded, with a truth that its own events bear out."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.demo.characters import FEWEST_ORDERS, LEAVERS, Kind
from monitor.demo.plays import Play
from monitor.demo.shop import open_shop
from monitor.engine.admission import Admission, Limits, Refused
from monitor.engine.fetched import RawRecord
from monitor.engine.passage import NO_FACT
from schemas.dead_letters import Reason

CUSTOMERS, DAYS = 400, 240


@pytest.fixture(scope="module")
def shop() -> Play:
    return open_shop(7, CUSTOMERS, DAYS)


@pytest.fixture(scope="module")
def events(shop: Play) -> list[dict[str, Any]]:
    """The events that can be applied, each once, as they arrive."""
    good = [json.loads(each.value) for each in shop.deliveries if each.at is not None]
    return list({each["id"]: each for each in good}.values())


def test_a_seed_is_one_shop_byte_for_byte(shop: Play) -> None:
    assert open_shop(7, CUSTOMERS, DAYS) == shop


def test_another_seed_is_another_shop(shop: Play) -> None:
    assert open_shop(8, CUSTOMERS, DAYS).customers != shop.customers


def test_more_customers_leave_the_others_as_they_are(shop: Play) -> None:
    more = open_shop(7, CUSTOMERS + 50, DAYS)
    assert (shop.customers or {}).items() <= (more.customers or {}).items()


def test_there_are_customers_of_every_kind(shop: Play) -> None:
    kinds = Counter(each.kind for each in (shop.customers or {}).values())
    assert kinds.keys() == set(Kind)
    assert kinds.total() == CUSTOMERS


def test_the_orders_on_the_topic_are_those_of_the_truth(shop: Play, events: list[dict[str, Any]]) -> None:
    ordered = defaultdict(set)
    for each in events:
        if each["type"] == "order.placed":
            ordered[each["subject"]].add(datetime.fromisoformat(each["time"]))
    assert ordered == {each.id: set(each.orders) for each in (shop.customers or {}).values()}


def test_leavers_have_a_rhythm_to_break_and_leave_within_the_span(shop: Play) -> None:
    leavers = [each for each in (shop.customers or {}).values() if each.kind in LEAVERS]
    assert all(len(each.orders) >= FEWEST_ORDERS for each in leavers if each.orders[0] < shop.span.at(0.5))
    assert all(each.turned is not None and each.turned < shop.span.until for each in leavers)


def test_who_just_stops_turns_with_the_last_order(shop: Play) -> None:
    stopped = [each for each in (shop.customers or {}).values() if each.kind is Kind.stops]
    assert all(each.turned == each.last_order and not each.grievances for each in stopped)


def test_who_complains_first_turns_with_the_first_complaint(shop: Play) -> None:
    complained = [each for each in (shop.customers or {}).values() if each.kind is Kind.complains]
    assert all(each.grievances and each.turned == each.grievances[0] for each in complained)
    before = [each for each in complained if each.turned and each.turned < each.last_order]
    assert len(before) > len(complained) / 2


def test_a_few_events_come_late_by_hours_or_days(shop: Play) -> None:
    delays = [each.arrives - each.at for each in shop.deliveries if each.at is not None]
    late = [delay for delay in delays if delay >= timedelta(hours=1)]
    assert all(delay >= timedelta(0) for delay in delays)
    assert 0.01 < len(late) / len(delays) < 0.05


def test_a_few_events_come_twice(shop: Play, events: list[dict[str, Any]]) -> None:
    good = sum(each.at is not None for each in shop.deliveries)
    assert 0.005 < (good - len(events)) / good < 0.03


def test_everything_arrives_in_order_and_before_the_end(shop: Play) -> None:
    arrivals = [each.arrives for each in shop.deliveries]
    assert arrivals == sorted(arrivals)
    assert shop.span.begin <= arrivals[0]
    assert arrivals[-1] <= shop.span.until


def test_what_is_spoilt_is_refused_for_many_reasons_and_the_rest_is_admitted(shop: Play) -> None:
    admission = Admission(Limits())
    reasons: Counter[Reason] = Counter()
    for offset, each in enumerate(shop.deliveries):
        record = RawRecord(offset, int(shop.span.until.timestamp() * 1000), each.key, each.value)
        told = admission.fact(record)
        assert (not isinstance(told, NO_FACT)) == (each.at is not None)
        if isinstance(told, Refused):
            reasons[told.reason] += 1
    assert set(reasons) == {
        Reason.broken_json,
        Reason.not_utf8,
        Reason.naive_time,
        Reason.bad_amount,
        Reason.missing_subject,
        Reason.future_time,
    }
