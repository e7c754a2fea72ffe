"""The contract of the streams, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.adapters.redis_streams import Copy, MemoryStreams, Streams
from schemas.errors import StoreUnavailable
from tests.contracts.streams import StreamsContract, copies


class TestMemoryStreams(StreamsContract):
    @pytest.fixture
    def streams(self) -> MemoryStreams:
        return MemoryStreams(1_000)

    async def entries(self, streams: Streams, partition: int) -> Sequence[Copy]:
        assert isinstance(streams, MemoryStreams)
        return streams.entries(partition)

    async def test_down_it_says_so_and_keeps_what_it_has(self, streams: MemoryStreams) -> None:
        await streams.append(0, None, copies(1))
        streams.down = True
        with pytest.raises(StoreUnavailable):
            await streams.last(0)
        streams.down = False
        assert await streams.last(0) == 1
