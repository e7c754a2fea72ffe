"""The group's offsets, written for operators' tools alone: what a copy goes on from stands in Redis."""

from __future__ import annotations

from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from agents.transport import BatchApp, Positions

log = structlog.get_logger()


async def write_offsets(app: BatchApp, positions: Positions) -> bool:
    """Commit positions in the name of the app's group; return whether the broker took them.

    A refusal costs nothing but a tool's up-to-date picture: Faust's own commit would end the app for it.
    """
    offsets = {TopicPartition(*place): OffsetAndMetadata(at, "") for place, at in positions.items()}
    thread: Any = app.consumer._thread  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        await thread.call_thread(thread._ensure_consumer().commit, offsets)  # noqa: SLF001
    except KafkaError as error:
        log.info("group.offsets_refused", why=repr(error))
        return False
    return True
