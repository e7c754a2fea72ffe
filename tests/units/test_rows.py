"""Rows in memory before a store: when the store is asked, and when it need not be."""

from __future__ import annotations

import pytest

from monitor.engine.rows import Rows

STORE = {b"ada": b"1", b"bo": b"2", b"cy": b"3"}


class Asked:
    """A store that remembers who was asked for."""

    def __init__(self) -> None:
        self.names: list[bytes] = []

    def read(self, key: bytes) -> bytes | None:
        self.names.append(key)
        return STORE.get(key)


def loaded(kept: int | None) -> tuple[Rows, Asked]:
    asked = Asked()
    rows = Rows(asked.read, kept)
    assert dict(rows.loaded(STORE.items())) == {key.decode(): raw for key, raw in STORE.items()}
    return rows, asked


@pytest.mark.parametrize("kept", [None, 3])
def test_a_store_all_of_whose_rows_are_in_memory_is_asked_no_more(kept: int | None) -> None:
    rows, asked = loaded(kept)
    assert [rows.get(name) for name in ("ada", "cy", "new")] == [b"1", b"3", None]
    assert asked.names == []


def test_a_store_with_more_rows_than_are_kept_is_asked_for_the_others() -> None:
    rows, asked = loaded(2)
    assert [rows.get(name) for name in ("ada", "cy", "new")] == [b"1", b"3", None]
    assert asked.names == [b"cy", b"new"]


def test_rows_that_were_let_go_are_found_in_the_store_again() -> None:
    rows, asked = loaded(3)
    for name in (f"{turn}-{number}" for turn in range(2) for number in range(4)):
        rows.put(name, b"x")
        rows.make_room()
    assert rows.get("ada") == b"1"
    assert asked.names == [b"ada"]


def test_a_store_that_was_never_read_through_is_asked() -> None:
    asked = Asked()
    assert Rows(asked.read, None).get("bo") == b"2"
    assert asked.names == [b"bo"]
