"""Admission, record by record: what is let in, and the one reason for which each bad record is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from monitor.domain.observe import flavour_of
from monitor.engine.admission import Admission, Limits, Refused
from monitor.engine.fetched import RawRecord
from monitor.engine.passage import NO_FACT
from schemas.clock import TimePassed
from schemas.dead_letters import Reason
from schemas.events import Fact
from tests.laws.lanes import milliseconds, passed
from tests.laws.strategies import at

NOW = at(24)
ADMISSION = Admission(Limits(largest=2000))


def admitted(record: RawRecord, admission: Admission = ADMISSION) -> Fact:
    told = admission.fact(record)
    assert not isinstance(told, NO_FACT), told
    return told


TOLD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/shop",
    "type": "order.placed",
    "subject": "ada",
    "time": at(1).isoformat(),
    "data": {"amount": 12.5},
}
MISSING = object()


def changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (TOLD | changes).items() if value is not MISSING}


def structured(value: bytes | None = None, key: bytes | None = b"ada", **changes: Any) -> RawRecord:
    told = json.dumps(changed(**changes)).encode() if value is None else value
    return RawRecord(7, milliseconds(NOW), key, told)


def binary(value: bytes | None = None, key: bytes | None = b"ada", **changes: Any) -> RawRecord:
    told = changed(**changes)
    content = json.dumps(told.pop("data")).encode()
    headers = [
        (f"ce_{name}", text if isinstance(text, bytes) else text.encode()) for name, text in told.items()
    ]
    return RawRecord(
        7,
        milliseconds(NOW),
        key,
        content if value is None else value,
        [("content-type", b"application/json"), *headers],
    )


BY_ONE_RECORD = {
    Reason.not_utf8: [structured(b'{"id":"\xff"}'), binary(b'"\xff"'), binary(source=b"\xff")],
    Reason.broken_json: [structured(b"{"), structured(b""), binary(b"{")],
    Reason.not_an_event: [
        structured(b"[]"),
        structured(id=MISSING),
        structured(specversion="0.3"),
        structured(type=MISSING),
        binary(specversion="0.3"),
    ],
    Reason.missing_subject: [
        structured(subject=MISSING),
        structured(subject=""),
        binary(subject=MISSING),
        binary(subject=""),
    ],
    Reason.bad_time: [structured(time="noon"), structured(time=MISSING), binary(time="noon")],
    Reason.naive_time: [structured(time="2026-01-01T00:00:00"), binary(time="2026-01-01T00:00:00")],
    Reason.future_time: [structured(time=at(26).isoformat()), binary(time=at(26).isoformat())],
    Reason.bad_field: [
        structured(data={"amount": "12"}),
        structured(data={}),
        binary(data={"amount": None}),
        binary(data=[]),
    ],
    Reason.bad_amount: [
        structured(data={"amount": -0.01}),
        structured(data={"amount": float("inf")}),
        binary(data={"amount": -1}),
    ],
    Reason.missing_headers: [
        binary(id=MISSING),
        binary(source=MISSING),
        binary(type=MISSING),
        binary(specversion=MISSING),
    ],
    Reason.too_large: [structured(b" " * 2001), binary(b" " * 2001)],
    Reason.wrong_key: [structured(key=b"bo"), structured(key=None), structured(key=b""), binary(key=b"bo")],
    Reason.wrong_topic: [structured(type="profile.updated"), binary(type="time.passed")],
}
"""Records that are refused, by the reason; for row_too_large and wrong_partition it takes rows."""

CASES = [
    pytest.param(record, reason, id=f"{reason}-{place}")
    for reason, records in BY_ONE_RECORD.items()
    for place, record in enumerate(records)
]


def test_every_reason_that_one_record_can_have_is_tested_here() -> None:
    assert set(Reason) - set(BY_ONE_RECORD) == {Reason.row_too_large, Reason.wrong_partition}


@pytest.mark.parametrize(("record", "reason"), CASES)
def test_a_bad_record_is_refused_for_its_reason(record: RawRecord, reason: Reason) -> None:
    refused = ADMISSION.fact(record)
    assert isinstance(refused, Refused), refused
    assert refused.reason is reason
    assert refused.detail


@pytest.mark.parametrize("record", [structured(), binary()], ids=["structured", "binary"])
def test_a_good_record_is_admitted(record: RawRecord) -> None:
    fact = admitted(record)
    assert (fact.type, fact.subject, fact.time) == ("order.placed", "ada", at(1))


def test_both_modes_tell_the_same_fact() -> None:
    one, other = admitted(structured()), admitted(binary())
    assert (one.id, one.source, one.time) == (other.id, other.source, other.time)
    assert flavour_of(one) == flavour_of(other)


@pytest.mark.parametrize("record", [structured(type="order.imagined"), binary(type="order.imagined")])
def test_an_unknown_type_is_ignored(record: RawRecord) -> None:
    assert ADMISSION.fact(record) == "unknown_type"


def test_a_tombstone_is_ignored() -> None:
    assert ADMISSION.fact(structured()._replace(value=None)) == "tombstone"
    assert ADMISSION.time_passed(structured()._replace(value=None)) == "tombstone"


def test_headers_of_others_do_not_make_a_record_binary() -> None:
    record = structured()._replace(headers=[("traceparent", b"00-1"), ("empty", b"")])
    admitted(record)


def test_a_structured_record_may_repeat_its_attributes_as_headers() -> None:
    headers = [("content-type", b"application/cloudevents+json"), ("ce_id", b"other")]
    assert admitted(structured()._replace(headers=headers)).id == "1"


def test_a_time_is_held_against_the_records_own_timestamp() -> None:
    limits = Limits(future_skew=timedelta(hours=1))
    on_the_edge, beyond = at(25), at(25) + timedelta(seconds=1)
    admitted(structured(time=on_the_edge.isoformat()), Admission(limits))
    refused = Admission(limits).fact(structured(time=beyond.isoformat()))
    assert isinstance(refused, Refused)
    assert "2026-01-02T01:00:01+00:00" in refused.detail
    assert "1:00:00" in refused.detail


def test_a_record_of_a_file_needs_no_key() -> None:
    admitted(structured(key=None), Admission(Limits(keyed=False)))


def test_a_wrong_key_comes_with_the_remedy() -> None:
    refused = ADMISSION.fact(structured(key=b"bo"))
    assert isinstance(refused, Refused)
    assert "b'bo'" in refused.detail
    assert "'ada'" in refused.detail
    assert "produce every record with its customer's id as the key" in refused.detail


def test_an_id_of_any_script_is_a_key() -> None:
    admitted(structured(subject="Åda 会社", key="Åda 会社".encode()))


def test_the_largest_record_is_read() -> None:
    padded = structured()
    assert padded.value is not None
    record = padded._replace(value=padded.value.ljust(2000))
    admitted(record)


def test_the_clock_takes_passages_of_time() -> None:
    event = ADMISSION.time_passed(passed(NOW, 0))
    assert isinstance(event, TimePassed)
    assert event.data.until == NOW


def test_time_cannot_pass_into_the_future() -> None:
    refused = ADMISSION.time_passed(passed(at(30), 0)._replace(timestamp=milliseconds(NOW)))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.future_time


def test_a_fact_does_not_belong_on_the_clock() -> None:
    refused = ADMISSION.time_passed(structured())
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.wrong_topic
