"""Files of exported state: what was written is read; a file that is not whole is refused before anything is done."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import msgpack

from monitor.domain.state import NEW, to_bytes
from monitor.engine.step import LaneRow, lane_key
from monitor.offline.state_files import About, StateWriter, check, read_about, read_lanes
from schemas.errors import ConfigError

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ABOUT = About(app_id="shop", partitions=2, written=NOW)


def lane_row(step: int) -> LaneRow:
    return LaneRow(1, step, {"orders": 7}, {"orders": NOW}, NOW, "0123456789ab", 2)


def rows(lane: int, customers: int) -> dict[bytes, bytes]:
    made = {f"käufer-{lane}-{number}".encode(): to_bytes(NEW) for number in range(customers)}
    return {**made, lane_key(lane): msgpack.encode(lane_row(lane + 5))}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state.gz"
    with StateWriter(path, ABOUT) as writer:
        for lane in range(2):
            writer.lane(lane, rows(lane, 3 * lane))
    return path


def test_what_was_written_is_read(path: Path) -> None:
    assert read_about(path) == ABOUT
    assert [(each.lane, each.row, each.rows) for each in read_lanes(path)] == [
        (lane, lane_row(lane + 5), rows(lane, 3 * lane)) for lane in range(2)
    ]
    assert check(path) == [(lane, lane_row(lane + 5)) for lane in range(2)]
    assert [each.name for each in path.parent.iterdir()] == ["state.gz"]


def test_a_file_that_is_there_is_not_written_over(path: Path) -> None:
    with pytest.raises(ConfigError, match="is there already"), StateWriter(path, ABOUT):
        pass


def test_what_fails_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyError), StateWriter(tmp_path / "state.gz", ABOUT) as writer:
        writer.lane(0, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_file_that_was_cut_is_refused(path: Path, kept: float) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    with pytest.raises(ConfigError, match="damaged"):
        check(path)


def test_a_file_without_its_last_lines_is_refused(path: Path) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for kept in range(1, len(lines)):
        path.write_bytes(gzip.compress(b"".join(lines[:kept])))
        with pytest.raises(ConfigError, match="damaged"):
            check(path)


@pytest.mark.parametrize("line", range(2, 6))
def test_a_lane_that_lacks_a_line_or_has_one_twice_is_refused(path: Path, line: int) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for changed in (lines[:line] + lines[line + 1 :], lines[: line + 1] + lines[line:]):
        path.write_bytes(gzip.compress(b"".join(changed)))
        with pytest.raises(ConfigError, match="damaged"):
            check(path)


def test_a_row_that_was_changed_is_refused(path: Path) -> None:
    plain = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(plain.replace("käufer-1-2".encode(), "käufer-1-9".encode())))
    with pytest.raises(ConfigError, match="the rows of lane 1"):
        check(path)


def test_a_newer_file_and_one_of_something_else_are_told_apart(path: Path, tmp_path: Path) -> None:
    plain = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(plain.replace(b'"version":1', b'"version":2', 1)))
    with pytest.raises(ConfigError, match="knows up to 1"):
        check(path)
    other = tmp_path / "orders.csv"
    other.write_text("customer,time\n")
    with pytest.raises(ConfigError, match="no file of"):
        check(other)
    with pytest.raises(ConfigError, match="can't be read"):
        check(tmp_path / "nowhere.gz")


def test_a_row_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.gz"
    with StateWriter(path, ABOUT) as writer:
        writer.lane(0, {b"ada": msgpack.encode([99]), **rows(0, 0)})
    with pytest.raises(ConfigError, match="the row of ada: row version 99"):
        check(path)
