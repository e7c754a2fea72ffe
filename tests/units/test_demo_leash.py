"""The leash: what it holds ends with its owner, or lives on only if it was let go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

PATIENCE = 20
SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)"]


@pytest.fixture
def leash(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "monitor.demo.leash", str(tmp_path), *SLEEPER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"awake\n"
        yield process
        process.terminate()


def held_by(leash: subprocess.Popen[bytes]) -> psutil.Process:
    return psutil.Process(leash.pid).children()[0]


def test_what_it_holds_ends_when_its_owner_closes_the_pipe(leash: subprocess.Popen[bytes]) -> None:
    held = held_by(leash)
    assert leash.stdin is not None
    leash.stdin.close()
    assert leash.wait(PATIENCE) != 0
    assert not held.is_running()


def test_it_ends_when_what_it_holds_does(leash: subprocess.Popen[bytes]) -> None:
    held_by(leash).terminate()
    assert leash.wait(PATIENCE) != 0


def test_once_let_go_it_ends_when_there_are_no_servers(
    leash: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    held = held_by(leash)
    assert leash.stdin is not None
    leash.stdin.write(b"!")
    leash.stdin.close()
    leash.wait(PATIENCE)
    assert not held.is_running()
    assert not tmp_path.exists()
