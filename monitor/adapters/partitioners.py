"""Which partition a producer puts a key on: Java and aiokafka hash with murmur2, librdkafka with CRC32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from zlib import crc32

from aiokafka.partitioner import murmur2

Partitioner = Literal["murmur2", "crc32", "trusted"]


def belongs_to(partition: int, partitions: int, partitioner: Partitioner) -> Callable[[bytes], bool]:
    """Whether a key, hashed as `partitioner` does it, falls on `partition`; `trusted` checks nothing."""
    match partitioner:
        case "murmur2":
            return lambda key: (murmur2(key) & 0x7FFFFFFF) % partitions == partition
        case "crc32":
            return lambda key: crc32(key) % partitions == partition
        case "trusted":
            return lambda _: True
