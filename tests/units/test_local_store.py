"""The local store: what is damaged is told from what is only in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from rocksdict import AccessType, Options, Rdict

from agents.table import RocksRows, is_damage


def opened(path: Path) -> Rdict:
    return Rdict(str(path), options=Options(raw_mode=True), access_type=AccessType.read_write())


def stored(path: Path) -> None:
    """A store with rows in a file of its own."""
    db = opened(path)
    for number in range(2_000):
        db[b"%d" % number] = b"x" * 100
    db.flush()
    db.compact_range(None, None)
    db.close()


def failure(path: Path) -> Exception:
    """What comes of opening a store and reading all of it."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  RocksDB has no errors of its own
        list(RocksRows(opened(path)).items())
    assert isinstance(caught.value, Exception)
    return caught.value


@pytest.mark.parametrize("pattern", ["*.sst", "MANIFEST-*", "CURRENT"])
def test_a_file_of_a_store_that_was_overwritten_is_damage(tmp_path: Path, pattern: str) -> None:
    stored(tmp_path)
    path = next(iter(tmp_path.glob(pattern)))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 3)
        file.write(b"\x5a" * max(1, size // 3))
    assert is_damage(failure(tmp_path))


def test_a_file_that_is_gone_is_damage(tmp_path: Path) -> None:
    stored(tmp_path)
    next(iter(tmp_path.glob("*.sst"))).unlink()
    assert is_damage(failure(tmp_path))


def test_a_store_that_is_open_elsewhere_is_whole(tmp_path: Path) -> None:
    stored(tmp_path)
    other = opened(tmp_path)
    assert not is_damage(failure(tmp_path))
    other.close()


def test_all_rows_of_a_store_that_is_whole_are_read(tmp_path: Path) -> None:
    stored(tmp_path)
    db = opened(tmp_path)
    assert len(list(RocksRows(db).items())) == 2_000
    RocksRows(db).put([(b"a", b"1")], 7)
    assert len(list(RocksRows(db).items())) == 2_001


def test_our_own_errors_are_no_damage() -> None:
    assert not is_damage(ValueError("Corruption"))
    assert not is_damage(Exception("IO error: No space left on device: While appending to file"))
