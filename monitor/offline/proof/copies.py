"""Whether a Redis stream is the copy of a lane's warnings that it claims to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.engine.outputs import WARNINGS
from monitor.offline.proof.divergence import Divergence
from monitor.offline.proof.seen import Place


def copied(
    lane: int, told: Sequence[Place], entries: Sequence[Place], *, length: int, at_rest: bool
) -> Iterator[Divergence]:
    """What stands on the warning topic and not in the stream, or the other way round.

    A stream goes back `length` offsets at least; unless all is at rest, it may be behind at its end.
    """
    ends = [entries[0].offset, entries[-1].offset] if entries else []
    if at_rest and told:
        newest = told[-1].offset
        ends += [next(place.offset for place in told if place.offset > newest - length), newest]
    if not ends or not told:
        return
    first, last = min(ends), min(max(ends), told[-1].offset)
    expected, seen = (
        {place.offset: place.digest for place in places if first <= place.offset <= last}
        for places in (told, entries)
    )
    for offset in sorted({*expected, *seen}):
        if offset not in seen:
            yield _wrong("not copied", lane, offset, "is not in the stream")
        elif offset not in expected:
            yield _wrong("extra", lane, offset, "is in the stream, and not on the topic")
        elif seen[offset] != expected[offset]:
            yield _wrong("differing", lane, offset, "says something else in the stream")


def _wrong(kind: str, lane: int, offset: int, what: str) -> Divergence:
    told = f"the warning at offset {offset} {what}"
    return Divergence(kind, lane, f"{WARNINGS} in Redis", None, told, offset=offset)  # type: ignore[arg-type]
