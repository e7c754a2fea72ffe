"""What a lane keeps under keys: its rows in the changelog, and the warnings that stand, each as last written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from monitor.domain.state import from_bytes
from monitor.engine.outputs import STANDING, Output
from monitor.engine.step import is_lane_key, lane_key, lane_row_from_bytes
from monitor.offline.proof.divergence import Divergence, Kind, differences, json_differences, readable

ROWS = "changelog"


class Standing:
    """The warnings that must stand on the compacted topic, as the steps go by."""

    def __init__(self, lane: int) -> None:
        self._lane = lane
        self._now: dict[bytes, bytes] = {}
        self._may: dict[bytes, set[bytes | None]] = {}

    def write(self, output: Output, *, settled: bool) -> None:
        """Take in what a step writes; where it is not settled, a reader may have seen what stood before."""
        key = output.key or b""
        if not settled:
            self._may.setdefault(key, {self._now.get(key)}).add(output.value)
        if output.value is None:
            self._now.pop(key, None)
        else:
            self._now[key] = output.value

    def against(self, seen: Mapping[bytes, bytes]) -> Iterator[Divergence]:
        """Hold it against what a reader has seen."""
        for key in sorted({*self._now, *seen}):
            expected, found = self._now.get(key), seen.get(key)
            if found != expected and found not in self._may.get(key, ()):
                yield self._wrong(key, expected, found)

    def _wrong(self, key: bytes, expected: bytes | None, seen: bytes | None) -> Divergence:
        kind: Kind = "missing" if seen is None else "extra" if expected is None else "differing"
        told = (
            "; ".join(json_differences(expected, seen)) if expected and seen else "as a warning that stands"
        )
        customer = key.rsplit(b"/", 2)[0].decode(errors="replace")
        what = f"{key.decode(errors='replace')}: {told}"
        must, found = (None if value is None else readable(value) for value in (expected, seen))
        return Divergence(kind, self._lane, STANDING, None, what, customer, must, found)


class Rows:
    """The rows as the changelog has them; its lane row says as of which step."""

    def __init__(self, lane: int, seen: Mapping[bytes, bytes]) -> None:
        self._lane = lane
        self._seen = seen
        own = seen.get(lane_key(lane))
        self.step = 0 if own is None else lane_row_from_bytes(own).step

    def against(self, expected: Mapping[bytes, bytes]) -> Iterator[Divergence]:
        """Hold them against the rows that must be there after that step."""
        for key in sorted({*expected, *self._seen}):
            if expected.get(key) != self._seen.get(key):
                yield self._wrong(key, expected.get(key), self._seen.get(key))

    def _wrong(self, key: bytes, expected: bytes | None, seen: bytes | None) -> Divergence:
        told = "the row is missing" if seen is None else "nothing called for this row"
        if expected is not None and seen is not None:
            told = "; ".join(differences(_plain(key, expected), _plain(key, seen))) or "other bytes"
        customer = None if is_lane_key(key) else key.decode(errors="replace")
        return Divergence("other row", self._lane, ROWS, self.step, told, customer)


def _plain(key: bytes, raw: bytes) -> object:
    try:
        return _fields(lane_row_from_bytes(raw) if is_lane_key(key) else from_bytes(raw))
    except (msgspec.MsgspecError, ValueError, TypeError):
        return raw


def _fields(value: object) -> object:
    """A row's fields by name, also where it is packed as an array."""
    names = getattr(value, "__struct_fields__", None) or getattr(value, "_fields", None)
    return {name: _fields(getattr(value, name)) for name in names} if names else value
