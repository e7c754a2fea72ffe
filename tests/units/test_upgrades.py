"""Rows that an earlier version wrote are read as if this one had written them. The bytes are as they were then."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from monitor.domain.categories import categories_of
from monitor.domain.objects import cases_of
from monitor.domain.observe import observe
from monitor.domain.regions import own_region
from monitor.domain.rhythm import with_order
from monitor.domain.state import VERSION, Agreed, Row, State, from_bytes, to_bytes
from tests.laws.strategies import at, fact

DAY = timedelta(days=1)
EPOCH, LATER = at(0), at(48)


def version_1() -> bytes:
    """Two orders and a ticket that was answered, with a warning: a row of version 1, field by field."""
    rhythm = with_order(with_order(State().rhythm, EPOCH), LATER)
    cases = msgspec.msgpack.encode({"T-1": ["ticket.opened", EPOCH, {"ticket.replied": LATER}]})
    state = [3, LATER, b"12345678", rhythm, {"contact.made": rhythm.marks}, cases, 1]
    warning = ["no_first_reply", "T-1", "resolved", 2, "0123456789abcdef", EPOCH, 0]
    return msgspec.msgpack.encode([1, state, [warning]])


def test_a_row_of_version_1_keeps_all_it_knew() -> None:
    row = from_bytes(version_1())
    state = row.state
    assert row.version == VERSION
    assert (state.events, state.latest, state.seen, state.forgotten) == (3, LATER, b"12345678", 1)
    assert (state.rhythm.orders, state.rhythm.smoothed) == (2, 2 * DAY.total_seconds())
    assert list(state.marks) == ["contact.made"]
    assert [(each.rule, each.about, each.sequence) for each in row.warnings] == [("no_first_reply", "T-1", 2)]


def test_the_tickets_of_version_1_are_objects_now() -> None:
    cases = cases_of(from_bytes(version_1()).state.cases)
    assert list(cases) == ["ticket:T-1"]
    assert cases["ticket:T-1"].happened == {"ticket.replied": LATER}
    assert cases["ticket:T-1"].due is None


def test_an_event_finds_the_ticket_that_version_1_kept() -> None:
    state = from_bytes(version_1()).state
    after = observe(state, fact("ticket.closed", {"ticket_id": "T-1"}, hour=72))
    assert set(cases_of(after.cases)["ticket:T-1"].happened) == {"ticket.replied", "ticket.closed"}


def test_a_row_without_tickets_is_upgraded_too() -> None:
    raw = msgspec.msgpack.encode([1, [1, EPOCH], []])
    assert from_bytes(raw) == Row(state=State(events=1, latest=EPOCH))


def test_an_upgraded_row_is_written_in_the_new_version() -> None:
    row = from_bytes(version_1())
    assert from_bytes(to_bytes(row)) == row


@pytest.mark.parametrize("raw", [[1, None, []], [1], [1, [1, EPOCH, b"", None, {}, 5], []], ["1", [], []]])
def test_what_no_version_wrote_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_bytes(msgspec.msgpack.encode(raw))


def test_a_row_from_before_something_was_appended_is_read_and_goes_on() -> None:
    """Version 2 as it was first written: up to what the last contact agreed on."""
    rhythm = with_order(State().rhythm, EPOCH)
    told = [1, EPOCH, b"12345678", rhythm, {}, b"", 0, [5.0], [EPOCH], b"", [EPOCH, LATER]]
    row = from_bytes(msgspec.msgpack.encode([2, told, []]))
    assert (row.state.agreed, row.state.about, row.state.categories) == (Agreed(EPOCH, LATER), None, b"")
    order = fact("order.placed", {"amount": 1.0, "lines": ({"category": "tea"},), "region": "North"}, hour=72)
    after = observe(row.state, order)
    assert list(categories_of(after.categories).known) == ["tea"]
    assert own_region(after) == "North"
    assert from_bytes(to_bytes(Row(state=after))).state == after


def test_a_case_from_before_amounts_goes_on() -> None:
    cases = msgspec.msgpack.encode({"invoice:I1": ["order.invoiced", EPOCH, {}, LATER, EPOCH, 0]})
    state = from_bytes(msgspec.msgpack.encode([2, [1, EPOCH, b"", [], {}, cases], []])).state
    after = observe(state, fact("order.paid", {"invoice_id": "I1"}, hour=72))
    assert cases_of(after.cases)["invoice:I1"].amount is None
    told_again = observe(
        state, fact("order.invoiced", {"invoice_id": "I2", "amount": 5.0, "due": LATER}, hour=72)
    )
    assert cases_of(told_again.cases)["invoice:I2"].amount == 5.0


def test_a_rhythm_from_before_days_were_counted_takes_each_order_for_a_day_of_its_own() -> None:
    rhythm = [3, EPOCH, EPOCH, b"", None, None]
    state = from_bytes(msgspec.msgpack.encode([2, [3, EPOCH, b"", rhythm], []])).state
    assert state.rhythm.days == 3
