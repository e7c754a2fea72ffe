"""A stream read whole, as it is now: for those who hold it against the topic that it copies."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

from monitor.adapters.redis_streams.connection import connect, reaching
from schemas.settings import Settings
from schemas.streams import CUSTOMER, EVENT, offset_of, stream_name

TOGETHER = 2_000


class Found(NamedTuple):
    """One entry, with the customer that the record has for its key."""

    offset: int
    customer: bytes
    event: bytes


async def entries(settings: Settings, partition: int) -> AsyncGenerator[list[Found], None]:
    """All entries of one partition's stream, in their order. Raises `StoreUnavailable` and `ConfigError`."""
    redis, start = connect(settings), "-"
    try:
        while True:
            with reaching(settings):
                found: Any = await redis.xrange(stream_name(partition, settings), min=start, count=TOGETHER)
            if not found:
                return
            yield [
                Found(
                    offset_of(name) or 0, fields.get(CUSTOMER.encode(), b""), fields.get(EVENT.encode(), b"")
                )
                for name, fields in found
            ]
            start = f"({found[-1][0].decode()}"
    finally:
        await redis.aclose()
