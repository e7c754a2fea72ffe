"""Plays: the order in which lanes judge them, real orders, and the scenes that are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from monitor.adapters.partitioners import belongs_to
from monitor.demo.characters import Span
from monitor.demo.files import play_of
from monitor.demo.performance import Scene
from monitor.demo.player import partitions_by
from monitor.demo.plays import Delivery, Play, as_judged
from monitor.demo.seen import Seen
from monitor.demo.view import LiveView, progress_line
from monitor.offline.records import AS_RECOGNISED, silence
from schemas.errors import ConfigError
from tests.events import event, order, written

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def delivery(at: float | None, arrives: float, name: str = "orders", key: bytes = b"ada") -> Delivery:
    day = timedelta(days=1)
    moment = None if at is None else BEGIN + at * day
    return Delivery(BEGIN + arrives * day, moment, name, key, f"{name} {at}".encode())


def judged(*deliveries: Delivery) -> list[bytes]:
    return [each.value for each in as_judged(deliveries, lambda _: 0)]


def test_inputs_are_merged_by_time() -> None:
    assert judged(delivery(2, 2), delivery(1, 3, "tickets")) == [b"tickets 1", b"orders 2"]


def test_a_late_record_keeps_its_place_in_its_input() -> None:
    late = judged(delivery(5, 5), delivery(1, 5.5), delivery(4, 6, "tickets"), delivery(6, 6))
    assert late == [b"tickets 4", b"orders 5", b"orders 1", b"orders 6"]


def test_what_has_no_time_stays_behind_what_came_before() -> None:
    assert judged(delivery(5, 5), delivery(None, 6), delivery(6, 7)) == [
        b"orders 5",
        b"orders None",
        b"orders 6",
    ]


def test_the_player_puts_a_key_where_its_lane_expects_it() -> None:
    place = partitions_by(4)
    for number in range(50):
        key = f"C{number}".encode()
        assert belongs_to(place(key), 4, "murmur2")(key)


def test_orders_of_a_csv_are_played_by_time_and_rows_that_are_none_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\nbob,2025-03-02,5\nada,2025-03-01,7\ncy,nonsense,8\n")
    play = play_of(path, AS_RECOGNISED, NOW, silence)
    assert [each.key for each in play.deliveries] == [b"ada", b"bob"]
    assert play.span == (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 2, tzinfo=UTC))
    assert (play.left_out, play.customers, play.gapless) == (1, None, False)


def test_events_of_json_lines_go_to_their_inputs_in_their_order(tmp_path: Path) -> None:
    lines = [
        order("ada", "2025-03-02"),
        event("ticket.opened", "ada", "2025-03-01", ticket_id="T-1"),
        b'{"broken"',
        order("bob", "2025-03-04"),
    ]
    play = play_of(written(tmp_path / "events.jsonl", *lines), AS_RECOGNISED, NOW, silence)
    assert [each.input for each in play.deliveries] == ["orders", "tickets", "orders", "orders"]
    assert [each.value for each in play.deliveries] == lines
    arrivals = [each.arrives for each in play.deliveries]
    assert arrivals == sorted(arrivals)
    assert play.deliveries[2].at is None


def test_events_after_now_do_not_stretch_the_play(tmp_path: Path) -> None:
    lines = order("ada", "2025-03-01"), order("ada", "2025-03-05"), order("ada", "2099-01-01")
    play = play_of(written(tmp_path / "events.jsonl", *lines), AS_RECOGNISED, NOW, silence)
    assert play.span.until == datetime(2025, 3, 5, tzinfo=UTC)


def test_a_file_without_a_span_of_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no two events at different times"):
        play_of(written(tmp_path / "one.jsonl", order("ada", "2025-03-01")), AS_RECOGNISED, NOW, silence)


def warning(change: str, sequence: int) -> bytes:
    evidence = {"saw": "last order", "measure": "60 days", "threshold": "60 days"}
    told = {
        "warning": "a" * 16,
        "sequence": sequence,
        "customer": "ada",
        "rule": "purchase_overdue",
        "severity": "warning",
        "since": "2025-03-01T00:00:00Z",
        "title": "no order.placed for 60 days",
        "evidence": evidence | {"origin": "default", "basis": "the fallback"} if change == "firing" else None,
        "cause": "ordered again" if change == "resolved" else None,
        "resolves_when": "the next order.placed",
    }
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{'a' * 16}-{sequence}",
            "source": "/churn-monitor",
            "type": f"warning.{change}",
            "subject": "ada",
            "time": "2025-03-01T00:00:00Z",
            "data": told,
        }
    ).encode()


def step(partition: int, clock: str, /, **ranges: tuple[int, int]) -> bytes:
    told = {"partition": partition, "step": 1, "ranges": ranges, "clock": clock, "rules": "v"}
    return json.dumps(told | {"counts": {"applied": 3}}).encode()


def test_what_stands_is_what_began_and_did_not_end() -> None:
    seen = Seen()
    seen.warning(warning("firing", 1))
    assert len(seen.standing) == 1
    seen.warning(warning("resolved", 2))
    assert seen.standing == {}
    assert [each.change for each in seen.told] == ["firing", "resolved"]


def test_the_shown_clock_is_that_of_the_lane_that_is_furthest_behind() -> None:
    seen = Seen()
    seen.step(step(0, "2025-03-05T00:00:00Z", orders=(0, 5), clock=(0, 1)))
    seen.step(step(1, "2025-03-02T00:00:00Z", tickets=(2, 4)))
    assert seen.clock == datetime(2025, 3, 2, tzinfo=UTC)
    assert (seen.judged, seen.counts["applied"]) == (7, 6)
    assert seen.reached(datetime(2025, 3, 2, tzinfo=UTC), 2)
    assert not seen.reached(datetime(2025, 3, 2, tzinfo=UTC), 3)
    assert not seen.reached(datetime(2025, 3, 3, tzinfo=UTC), 2)


def scene() -> Scene:
    seen = Seen()
    seen.step(step(0, "2025-03-02T00:00:00Z", orders=(0, 5)))
    seen.warning(warning("firing", 1))
    play = Play([delivery(1, 1)] * 8, Span(BEGIN, BEGIN + timedelta(days=100)), None, gapless=False)
    return Scene("playing", play, seen, 7, 1234.0, timedelta(seconds=3))


def test_a_scene_in_one_line() -> None:
    assert progress_line(scene()) == (
        "2025-03-02  playing: 5 of 8 records judged, 1,234 a second, lag 2; 1 warnings stand"
    )


def test_the_live_view_tells_date_pace_lag_and_the_evidence_in_words() -> None:
    text = StringIO()
    console = Console(file=text, width=130, height=40, force_terminal=True, color_system=None)
    with LiveView(console) as view:
        view.show(scene())
    for words in ("Sun 02 Mar 2025", "day 61 of 101", "1,234", "no order.placed for 60 days", "the fallback"):
        assert words in text.getvalue()
