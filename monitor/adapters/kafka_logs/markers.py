"""aiokafka mended, for whoever reads committed records: markers of transactions that cleaning has emptied.

Kafka keeps an emptied marker in a compacted topic while its producer's last number stands in it. Kafka's own consumer
reads over it; aiokafka 0.14 raises, for ever: once the time of tombstones was over, no changelog could be recovered.
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka carries no types
    def _contains_abort_marker(self, next_batch: Any) -> bool:
        """Whether a transaction is aborted here; what says nothing any more aborts nothing."""
        try:
            return bool(super()._contains_abort_marker(next_batch))
        except KafkaError:  # it has no record
            return False


def read_over_emptied() -> None:
    """Have all consumers of this process read over emptied markers."""
    fetcher.PartitionRecords = _PartitionRecords
