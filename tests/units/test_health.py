"""How a worker is: told, read back, judged; and the watchdog that ends one which stands still."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from agents.health import HealthFile, lane_health
from agents.watchdog import Watchdog
from monitor.cli.health_text import as_told, read, show
from monitor.engine.fetched import DAWN
from monitor.engine.look import Look
from schemas.errors import Stalled
from schemas.health import STALE, LaneHealth, WorkerHealth, trouble

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def look(
    step: int,
    *,
    heard: datetime | None = NOON,
    waiting: Mapping[str, int] | None = None,
    due: datetime | None = None,
) -> Look:
    waits = {"orders": 5} if waiting is None else waiting
    return Look(step, NOON, due, -1, waits, waits, heard, None, 0)


def watched(*looks: Look, silent: str | None = None) -> None:
    """One lane's looks, a minute between them; the broker answers, but not for what is `silent`."""
    dog = Watchdog(2 * MINUTE)
    for minutes, each in enumerate(looks):
        now = NOON + minutes * MINUTE
        heard, held_by = None if silent == "all" else now, DAWN if silent == "one input" else None
        dog.look({0: each._replace(heard=heard, held_by=held_by)}, now)


def test_a_lane_that_could_get_on_and_does_not_has_stalled() -> None:
    with pytest.raises(Stalled, match=r"lane 0 .*5 of orders.* its last was 7"):
        watched(look(7), look(7), look(7))


def test_a_lane_that_makes_steps_has_not() -> None:
    watched(*(look(step) for step in range(9)))


def test_a_lane_without_anything_to_do_has_not() -> None:
    watched(*(look(7, waiting={}) for _ in range(9)))


@pytest.mark.parametrize("silent", ["all", "one input"])
def test_a_lane_that_waits_for_a_broker_has_not(silent: str) -> None:
    watched(*(look(7) for _ in range(9)), silent=silent)


def test_time_counts_only_from_when_there_was_something_to_do() -> None:
    watched(look(7, waiting={}), look(7, waiting={}), look(7, waiting={}), look(7))


def test_a_process_that_hangs_ends_with_a_traceback_of_what_it_does() -> None:
    hangs = (
        "import time\nfrom datetime import timedelta\nfrom agents.watchdog import Watchdog\n"
        "def hang(): time.sleep(60)\nWatchdog(timedelta(seconds=0.5)).keep_alive()\nhang()"
    )
    ended = subprocess.run([sys.executable, "-c", hangs], capture_output=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert b"in hang" in ended.stderr


def test_a_worker_that_was_let_go_of_its_lanes_may_take_its_time() -> None:
    waits = (
        "import time\nfrom datetime import UTC, datetime, timedelta\nfrom agents.watchdog import Watchdog\n"
        "dog = Watchdog(timedelta(seconds=0.5))\ndog.keep_alive()\n"
        "dog.watch({0: None}, datetime.now(UTC))\ntime.sleep(1)"
    )
    ended = subprocess.run([sys.executable, "-c", waits], capture_output=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_deadline_that_should_have_fired_is_overdue_on_the_wall_clock_alone() -> None:
    late = look(7, due=NOON - MINUTE)
    assert lane_health(0, late, NOON, NOON, SECOND).overdue == NOON - MINUTE
    assert lane_health(0, late, NOON, NOON, 2 * MINUTE).overdue is None
    assert lane_health(0, late, NOON, NOON, None).overdue is None


@pytest.mark.parametrize(
    ("lane", "state"),
    [
        (None, "recovering"),
        (look(7), "running"),
        (look(7, heard=None), "waiting"),
        (look(7, heard=NOON - MINUTE), "waiting"),
    ],
)
def test_a_lane_says_what_it_does(lane: Look | None, state: str) -> None:
    assert lane_health(0, lane, NOON, NOON, SECOND).state == state


def told(**changes: object) -> WorkerHealth:
    known = {"role": "detect", "pid": 1, "at": NOON, "state": "running"}
    return WorkerHealth.model_validate(known | changes)


def test_a_worker_is_in_trouble_when_it_is_silent_starts_or_waits() -> None:
    waits = LaneHealth(partition=3, state="waiting", since=NOON - MINUTE)
    assert trouble(told(), NOON) is None
    assert "not been heard of since 2026-06-01 12:00:00Z" in str(trouble(told(), NOON + STALE + SECOND))
    assert "starting" in str(trouble(told(state="starting"), NOON))
    assert "lanes 3" in str(trouble(told(lanes=(waits,)), NOON))
    assert trouble(told(lanes=(waits,)), NOON - MINUTE) is None


def shown(folder: Path, now: datetime) -> str:
    people = Console(width=200)
    with people.capture() as captured:
        show(read(folder), now, folder, people)
    return captured.get()


def test_what_workers_told_is_shown(tmp_path: Path) -> None:
    (tmp_path / "worker-1").mkdir()
    file = HealthFile(tmp_path / "worker-1", "detect")
    file.write("running", NOON, [lane_health(2, look(7, due=NOON - MINUTE), NOON, NOON, SECOND)])
    out = shown(tmp_path, NOON)
    assert "worker-1" in out
    assert "5 orders" in out
    assert "2026-06-01 11:59:00Z" in out
    assert '"healthy": true' in as_told(read(tmp_path), NOON)
    assert "stands still" in shown(tmp_path, NOON + MINUTE)
    file.remove()
    assert "No worker" in shown(tmp_path, NOON)


def test_a_file_that_cannot_be_read_is_trouble_and_one_that_cannot_be_written_is_no_reason_to_end(
    tmp_path: Path,
) -> None:
    (tmp_path / "health.json").write_text("{")
    assert "can't be read" in shown(tmp_path, NOON)
    HealthFile(tmp_path / "health.json", "detect").write("running", NOON)
