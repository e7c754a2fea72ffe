"""Files as what can be loaded: merged by time, each event with its topic, all else counted with its reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from monitor.offline.files import sources
from monitor.offline.history import History
from monitor.offline.loads import FileEvents
from monitor.offline.records import silence
from schemas.dead_letters import Reason
from tests.events import event, order

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def events_of(*paths: Path, until: datetime | None = None) -> FileEvents:
    return FileEvents(History(sources(paths), until=until), NOW, silence)


def written(folder: Path) -> tuple[Path, Path]:
    table, lines = folder / "orders.csv", folder / "events.jsonl"
    table.write_text("customer,date,amount\nben,2025-03-01,5\nada,2025-01-01,5\n,2025-01-05,5\n")
    profile = json.loads(order("ada", "2025-01-03")) | {"type": "profile.updated", "data": {"name": "Ada"}}
    told = [
        event("ticket.opened", "ada", "2025-02-01", ticket_id="T-1"),
        json.dumps(profile).encode(),
        b"not an event",
        order("cleo", "2099-01-01"),
        order("cleo", "2025-04-01"),
    ]
    lines.write_bytes(b"\n".join(told))
    return table, lines


def test_files_are_merged_by_time_and_each_event_knows_its_topic(tmp_path: Path) -> None:
    placed = [(each.fact.subject, each.topic) for each in events_of(*written(tmp_path))]
    assert placed == [("ada", "orders"), ("ada", "tickets"), ("ben", "orders"), ("cleo", "orders")]


def test_what_is_not_loaded_is_counted_with_its_reason_and_place(tmp_path: Path) -> None:
    events = events_of(*written(tmp_path))
    assert len(list(events)) == 4
    assert {reason: losses.count for reason, losses in events.losses.items()} == {
        "missing_subject": 1,
        "broken_json": 1,
        "future_time": 1,
    }
    assert [each.place for each in events.losses[Reason.future_time].examples] == ["events.jsonl:4"]
    assert events.passed_over == {"not_a_fact": 1}


def test_the_text_of_an_event_is_the_same_each_time(tmp_path: Path) -> None:
    files = written(tmp_path)
    assert [each.value for each in events_of(*files)] == [each.value for each in events_of(*files)]


def test_what_lies_behind_the_end_is_left_out(tmp_path: Path) -> None:
    events = events_of(*written(tmp_path), until=datetime(2025, 2, 15, tzinfo=UTC))
    assert [each.fact.subject for each in events] == ["ada", "ada"]
    assert events.behind_the_end == 3
