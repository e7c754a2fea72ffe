"""Kafka's topics read without a group, and told to: the warning topic followed, any topic read whole, commands sent."""

from __future__ import annotations

from monitor.adapters.kafka_logs.connecting import connected
from monitor.adapters.kafka_logs.group import group_offsets, lanes_begun
from monitor.adapters.kafka_logs.loading import (
    FACT_TOPICS,
    Home,
    Known,
    Loadable,
    Loader,
    known_events,
    loading,
)
from monitor.adapters.kafka_logs.reading import LogReader, Record, Show, reading
from monitor.adapters.kafka_logs.restoring import refuse_workers, restore, write
from monitor.adapters.kafka_logs.retrying import Retrial, Retrier, retried, retrying
from monitor.adapters.kafka_logs.rows import FoundRow, Rows, find_row
from monitor.adapters.kafka_logs.telling import Answer, publish, tell
from monitor.adapters.kafka_logs.warning_log import Start, WarningLog

__all__ = [
    "FACT_TOPICS",
    "Answer",
    "FoundRow",
    "Home",
    "Known",
    "Loadable",
    "Loader",
    "LogReader",
    "Record",
    "Retrial",
    "Retrier",
    "Rows",
    "Show",
    "Start",
    "WarningLog",
    "connected",
    "find_row",
    "group_offsets",
    "known_events",
    "lanes_begun",
    "loading",
    "publish",
    "reading",
    "refuse_workers",
    "restore",
    "retried",
    "retrying",
    "tell",
    "write",
]
