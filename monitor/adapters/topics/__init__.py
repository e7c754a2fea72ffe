"""The topics on a broker: compared with the table, made where they are missing, checked before a start."""

from __future__ import annotations

from monitor.adapters.topics.broker import co_partitioned, compare, ensure, largest_letter
from monitor.adapters.topics.comparing import Difference
from monitor.adapters.topics.ids import ask_ids, topic_ids

__all__ = ["Difference", "ask_ids", "co_partitioned", "compare", "ensure", "largest_letter", "topic_ids"]
