"""Which partition a producer puts a key on: Java and aiokafka hash with murmur2, librdkafka with CRC32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from zlib import crc32

from aiokafka.partitioner import murmur2

Partitioner = Literal["murmur2", "crc32", "trusted"]


def home_of(key: bytes, partitions: int, partitioner: Partitioner) -> int | None:
    """The partition that a producer puts a key on; None where nothing is known of producers (`trusted`)."""
    match partitioner:
        case "murmur2":
            return int(murmur2(key) & 0x7FFFFFFF) % partitions
        case "crc32":
            return crc32(key) % partitions
        case "trusted":
            return None


def belongs_to(partition: int, partitions: int, partitioner: Partitioner) -> Callable[[bytes], bool]:
    """Whether a key, hashed as `partitioner` does it, falls on `partition`; `trusted` checks nothing."""
    return lambda key: home_of(key, partitions, partitioner) in (None, partition)
