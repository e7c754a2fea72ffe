"""Redis Streams: the copy of the warning topic that subscribers read, its writer and its reader."""

from __future__ import annotations

from monitor.adapters.redis_streams.copying import RedisStreams
from monitor.adapters.redis_streams.following import Emptied, Gap, Part, StreamReader
from monitor.adapters.redis_streams.memory import MemoryStreams
from monitor.adapters.redis_streams.ports import Behind, Copy, Streams, copies_of
from monitor.adapters.redis_streams.reading import entries
from monitor.adapters.redis_streams.replacing import NewStreams

__all__ = [
    "Behind",
    "Copy",
    "Emptied",
    "Gap",
    "MemoryStreams",
    "NewStreams",
    "Part",
    "RedisStreams",
    "StreamReader",
    "Streams",
    "copies_of",
    "entries",
]
