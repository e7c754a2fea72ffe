"""What is written down about running servers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from monitor.local import state
from monitor.local.processes import Process
from monitor.local.state import Place, State
from schemas.errors import ConfigError


def test_a_state_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = State(
        throwaway=True, servers={"kafka": Place([1, 2], Process(3, "birth")), "redis": Place([4])}
    )
    state.write(tmp_path, written)
    assert state.read(tmp_path) == written


def test_a_folder_without_a_state_file_has_no_state(tmp_path: Path) -> None:
    assert state.read(tmp_path) is None


def test_a_broken_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text('{"throwaway": "perhaps"}')
    with pytest.raises(ConfigError, match=r"servers\.json.*delete it"):
        state.read(tmp_path)


def test_a_new_state_leaves_no_half_written_file_behind(tmp_path: Path) -> None:
    state.write(tmp_path, State(throwaway=False))
    state.write(tmp_path, State(throwaway=True))
    assert [path.name for path in tmp_path.iterdir()] == ["servers.json"]


def test_a_place_without_a_process_is_not_alive() -> None:
    assert not Place([1]).alive()


def test_two_commands_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with state.alone(tmp_path):
            order.append("second")

    with state.alone(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
