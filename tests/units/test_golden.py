"""What workers of earlier commits wrote is read as what they meant, and lanes go on from it (tests/golden)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.adapters.rule_files import load_rules
from monitor.domain.objects import cases_of
from monitor.domain.state import VERSION, Row, from_bytes, to_bytes
from monitor.engine.admission import Limits
from monitor.engine.fetched import RawRecord
from monitor.engine.step import LaneRow, is_lane_key, lane_key, lane_row_from_bytes
from monitor.offline.proof import Follower, Given
from schemas.settings import Settings
from schemas.steps import Range, StepRecord
from schemas.warnings import WarningEvent
from tests.events import order

FOLDER = Path(__file__).parents[1] / "golden"
NAMES = sorted(path.stem for path in FOLDER.glob("*.msgpack"))
READ = {"orders": 12, "tickets": 6, "contacts": 3, "clock": 1}
END = datetime(2026, 5, 14, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("name", NAMES)


def on(day: int, hour: int, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


FACTS = {
    "ada": (6, on(1, 9), 5, 110.0),
    "ben": (12, on(13, 10), 2, 65.0),
    "cara": (2, on(20, 12, 3), 1, 99.0),
    "dora": (1, on(12, 8), 1, 7.0),
}
"""Events, the newest event's time, orders, and sales, which rows know from version 2 on."""

WARNINGS = {
    "ada": [("overdue", "firing", 1, on(13, 9))],
    "ben": [("overdue", "resolved", 2, on(4, 10)), ("complains", "firing", 1, on(11, 10))],
    "cara": [("overdue", "firing", 1, on(15, 8, 3))],
    "dora": [],
}


@cache
def golden(name: str) -> Mapping[str, Sequence[tuple[bytes, bytes]]]:
    kept: Mapping[str, Any] = msgspec.msgpack.decode((FOLDER / f"{name}.msgpack").read_bytes())
    return {topic: [(key, value) for key, value in records] for topic, records in kept.items()}


def rows(name: str) -> dict[str, Row]:
    return {key.decode(): from_bytes(raw) for key, raw in golden(name)["rows"] if not is_lane_key(key)}


def lane_row(name: str) -> LaneRow:
    return lane_row_from_bytes(dict(golden(name)["rows"])[lane_key(0)])


def written_version(name: str) -> int:
    return min(
        int(msgspec.msgpack.decode(raw)[0]) for key, raw in golden(name)["rows"] if not is_lane_key(key)
    )


def test_rows_say_what_happened(name: str) -> None:
    assert set(rows(name)) == set(FACTS)
    for customer, row in rows(name).items():
        events, latest, orders, sales = FACTS[customer]
        state = row.state
        assert (state.events, state.latest, state.rhythm.orders) == (events, latest, orders)
        assert state.purchases.sales == (sales if written_version(name) > 1 else 0.0)


def test_objects_are_found_by_their_names(name: str) -> None:
    cases = cases_of(rows(name)["ben"].state.cases)
    assert set(cases) - {"invoice:I-1"} == {"ticket:T-1", "ticket:T-2", "ticket:T-3"}
    assert set(cases["ticket:T-1"].happened) == {"ticket.replied", "ticket.resolved"}
    assert ("invoice:I-1" in cases) == (written_version(name) > 1)


def test_warnings_stand_as_they_were_told(name: str) -> None:
    told = [WarningEvent.model_validate_json(raw) for _, raw in golden(name)["warnings"]]
    ids = {(each.data.customer, each.data.rule): each.data.warning for each in told}
    for customer, row in rows(name).items():
        stand = [(each.rule, each.phase, each.sequence, each.since) for each in row.warnings]
        assert stand == WARNINGS[customer]
        assert all(each.id == ids[customer, each.rule] for each in row.warnings)


def test_a_row_is_written_in_the_version_of_today_and_says_the_same(name: str) -> None:
    for row in rows(name).values():
        assert row.version == VERSION
        assert from_bytes(to_bytes(row)) == row


def test_the_lanes_own_row_says_where_it_stands(name: str) -> None:
    row = lane_row(name)
    assert {key: row.applied[key] for key in READ} == READ
    assert (row.clock, row.partitions, row.edition) == (END, 1, -1)
    assert row.left_to_judge(row.rules) is None


def test_steps_are_read_and_cover_all_that_was_applied(name: str) -> None:
    steps = [StepRecord.model_validate_json(raw) for _, raw in golden(name)["steps"]]
    assert [each.step for each in steps] == [*range(1, lane_row(name).step + 1)]
    ends = {key: span.end for each in steps for key, span in each.ranges.items()}
    assert ends == {key: at for key, at in lane_row(name).applied.items() if at}
    assert steps[-1].clock == END


def test_a_lane_goes_on_from_there_and_resolves_what_stood(name: str) -> None:
    rules = load_rules(FOLDER / "rules.yaml")
    row = lane_row(name)
    own = Settings()
    given = Given(
        {rules.version: rules},
        [],
        1,
        Limits(largest=own.max_event_bytes, future_skew=own.future_skew),
        own.max_row_bytes,
        own.max_event_bytes,
        lambda _lane: lambda _key: True,
        {},
    )
    anew = None if row.left_to_judge(rules.version) is None else ("", None)
    record = StepRecord(
        partition=0, step=row.step + 1, ranges={"orders": Range(12, 13)}, rules=rules.version, anew=anew
    )
    came = RawRecord(12, int(on(15, 0).timestamp() * 1000), b"cara", order("cara", "2026-05-15"))
    step = Follower(given, 0, dict(golden(name)["rows"])).follow(record, {"orders": [came]})
    told = [
        (each.customer, each.warning.rule, each.warning.sequence, each.cause)
        for each in step.transitions
        if each.customer == "cara"
    ]
    assert told == [("cara", "overdue", 2, "ordered again")]
    assert step.lane.applied["orders"] == 13
    assert step.lane.step == row.step + 1
