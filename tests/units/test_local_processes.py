"""Processes that are known by pid and birth."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from monitor.local.processes import Process, birth_of, spawn

SOON = timedelta(seconds=5)
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


def run(folder: Path, program: str) -> Process:
    return spawn([sys.executable, "-c", program], cwd=folder, console=folder / "console.log")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = run(tmp_path, "import time; time.sleep(60)")
    yield process
    process.stop()


def test_a_running_process_is_alive(sleeper: Process) -> None:
    assert sleeper.alive()


def test_a_recycled_pid_is_not_our_process(sleeper: Process) -> None:
    former = Process(sleeper.pid, "a birth long ago")
    assert not former.alive()


def test_a_recycled_pid_gets_no_signal(sleeper: Process) -> None:
    Process(sleeper.pid, "a birth long ago").stop()
    assert sleeper.alive()


def test_a_stopped_process_is_dead_and_reaped(sleeper: Process) -> None:
    sleeper.stop()
    assert not sleeper.alive()
    with pytest.raises(ProcessLookupError):
        os.kill(sleeper.pid, 0)


def test_a_killed_child_counts_as_dead_before_it_is_reaped(sleeper: Process) -> None:
    os.kill(sleeper.pid, signal.SIGKILL)
    assert sleeper.ended(SOON)


def test_a_paused_process_can_be_stopped(sleeper: Process) -> None:
    sleeper.signal(signal.SIGSTOP)
    sleeper.stop()
    assert not sleeper.alive()


def test_a_process_that_ignores_the_request_is_killed_after_the_patience(tmp_path: Path) -> None:
    process = run(tmp_path, STUBBORN)
    while "deaf" not in (tmp_path / "console.log").read_text():
        pass
    process.stop(timedelta(milliseconds=200))
    assert not process.alive()


def test_what_a_process_prints_is_kept(tmp_path: Path) -> None:
    run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)").ended(SOON)
    assert set((tmp_path / "console.log").read_text().split()) == {"out", "err"}


def test_a_process_has_a_session_of_its_own(sleeper: Process) -> None:
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_birth_is_the_same_at_each_look() -> None:
    assert birth_of(os.getpid()) == birth_of(os.getpid())


def test_a_process_that_never_was_has_no_birth() -> None:
    assert birth_of(2**22 + 1) is None


def test_a_process_can_be_written_down(sleeper: Process) -> None:
    assert msgspec.json.decode(msgspec.json.encode(sleeper), type=Process) == sleeper
