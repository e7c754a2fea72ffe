from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from monitor.offline.files import Source, read_records, sorted_records, sources
from monitor.offline.records import RawRecord
from schemas.errors import ConfigError

EVENT = b'{"specversion":"1.0","id":"1"}'


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_json_lines_are_handed_on_untouched(tmp_path: Path) -> None:
    lines = [EVENT, b'{"broken', b'{"id": "\xff"}', b'  {"a": 1}  ']
    file = write(tmp_path / "e.jsonl", b"\n".join(lines) + b"\n")
    assert [record.value for record in read_records(file) if isinstance(record, RawRecord)] == lines


def test_a_record_tells_its_line_and_its_number(tmp_path: Path) -> None:
    file = write(tmp_path / "e.jsonl", EVENT + b"\n\n \r\n" + EVENT)
    assert [(record.place, record.position) for record in read_records(file)] == [
        ("e.jsonl:1", 0),
        ("e.jsonl:4", 1),
    ]


def test_lines_are_numbered_across_blocks(tmp_path: Path) -> None:
    file = write(tmp_path / "e.jsonl", (EVENT + b"\n") * 100_000)
    last = list(read_records(file))[-1]
    assert (last.place, last.position, last.consumed) == ("e.jsonl:100000", 99_999, file.stat().st_size)


def test_the_kind_is_told_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", b"\xef\xbb\xbf\n  " + EVENT)
    (record,) = read_records(file)
    assert isinstance(record, RawRecord)
    assert record.value == b"  " + EVENT


@pytest.mark.parametrize("name", ["e.jsonl.gz", "e.jsonl"])
def test_gzip_is_unpacked_whatever_the_name(tmp_path: Path, name: str) -> None:
    members = gzip.compress(EVENT + b"\n") + gzip.compress(EVENT + b"\n")
    file = write(tmp_path / name, members)
    records = list(read_records(file))
    assert len(records) == 2
    assert records[-1].consumed == len(members)


def test_gzip_that_is_cut_off_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "e.gz", gzip.compress(EVENT * 1000)[:-20])
    with pytest.raises(ConfigError, match="damaged or cut off"):
        list(read_records(file))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_an_empty_file_has_no_records(tmp_path: Path, content: bytes) -> None:
    assert list(read_records(write(tmp_path / "e", content))) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04....", "Excel"),
        (b"PAR1....", "Parquet"),
        ("customer".encode("utf-16"), "UTF-16"),
        (b'[{"specversion": "1.0"}]', "one event a line"),
    ],
)
def test_a_foreign_format_is_named_with_a_remedy(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_records(write(tmp_path / "orders", content))


@pytest.mark.parametrize("content", [EVENT + b"\n", b"customer,date\nada,2024-01-02\nbob,2024-01-01\n"])
def test_standard_input_is_read(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with write(tmp_path / "in", content).open("rb") as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        records = list(sorted_records(Path("-")))
    assert records[0].place == "stdin:1" if content.startswith(b"{") else "stdin:3"


def test_sources_tell_their_size(tmp_path: Path) -> None:
    file = write(tmp_path / "e", b"12345")
    assert sources([file, Path("-")]) == [Source(file, 5), Source(Path("-"), 0)]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        sources([tmp_path / "none.csv"])
    with pytest.raises(ConfigError, match="can't be read"):
        read_records(tmp_path / "none.csv")


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder"):
        sources([tmp_path])


def test_standard_input_can_be_given_but_once() -> None:
    with pytest.raises(ConfigError, match="once"):
        sources([Path("-"), Path("-")])
