"""What every `Streams` does, in memory and on the real server: inherit and give a fixture `streams`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.adapters.redis_streams import Behind, Copy, Streams


def copies(*offsets: int, after: int = -1) -> list[Copy]:
    """Records at these offsets, each told to follow the one before."""
    told = [after, *offsets]
    return [
        Copy(offset, before, b'{"n": %d}' % offset, b"ada", "warning.firing")
        for before, offset in zip(told, offsets, strict=False)
    ]


class StreamsContract:
    """The suite."""

    async def entries(self, streams: Streams, partition: int) -> Sequence[Copy]:
        raise NotImplementedError

    async def test_a_stream_that_is_not_there_has_no_last_offset(self, streams: Streams) -> None:
        assert await streams.last(0) is None

    async def test_offset_zero_is_an_entry_like_any_other(self, streams: Streams) -> None:
        assert await streams.append(0, None, copies(0)) == 0
        assert await streams.last(0) == 0

    async def test_what_is_appended_is_there_in_order_as_it_was(self, streams: Streams) -> None:
        await streams.append(0, None, copies(0, 1, 5))
        assert await self.entries(streams, 0) == copies(0, 1, 5)

    async def test_partitions_are_apart(self, streams: Streams) -> None:
        await streams.append(0, None, copies(7))
        assert await streams.last(1) is None

    async def test_a_repeat_is_counted_and_changes_nothing(self, streams: Streams) -> None:
        await streams.append(0, None, copies(3, 4))
        assert await streams.append(0, None, copies(3, 4)) == 2
        assert await self.entries(streams, 0) == copies(3, 4)

    async def test_of_a_batch_half_there_the_rest_is_added(self, streams: Streams) -> None:
        await streams.append(0, None, copies(3, 4))
        assert await streams.append(0, 4, copies(3, 4, 6)) == 2
        assert await self.entries(streams, 0) == copies(3, 4, 6)

    async def test_a_stream_that_ends_before_what_was_copied_takes_nothing(self, streams: Streams) -> None:
        await streams.append(0, None, copies(3))
        with pytest.raises(Behind):
            await streams.append(0, 9, copies(10))
        assert await self.entries(streams, 0) == copies(3)

    async def test_an_emptied_stream_takes_nothing(self, streams: Streams) -> None:
        await streams.append(0, None, copies(3))
        await streams.remove(0)
        with pytest.raises(Behind):
            await streams.append(0, 3, copies(4))
        assert await streams.last(0) is None

    async def test_nothing_to_append_still_shows_that_it_was_emptied(self, streams: Streams) -> None:
        assert await streams.append(0, None, []) == 0
        with pytest.raises(Behind):
            await streams.append(0, 3, [])

    async def test_more_than_one_transaction_takes_arrives_whole(self, streams: Streams) -> None:
        many = copies(*range(1_200))
        await streams.append(0, None, many)
        assert await streams.last(0) == 1_199
        assert (await self.entries(streams, 0))[-1] == many[-1]

    async def test_the_length_is_bounded_and_the_last_offset_stays(self, streams: Streams) -> None:
        for start in range(0, 5_000, 500):
            await streams.append(0, None, copies(*range(start, start + 500), after=start - 1))
        assert 1_000 <= len(await self.entries(streams, 0)) < 1_500  # Redis drops whole nodes of 100
        assert await streams.last(0) == 4_999
