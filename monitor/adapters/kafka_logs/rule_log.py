"""The topic of rules: one edition of the whole rule file after the other, in its single partition."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from pydantic import ValidationError

from monitor.adapters.kafka_logs.connecting import connected
from monitor.adapters.kafka_logs.reading import Record
from monitor.domain.rules import compile_rules
from monitor.engine.editions import Edition
from schemas.editions import RulesApplied
from schemas.settings import Settings
from schemas.topics import RULES, topic_name

GLANCE = timedelta(milliseconds=500)


class Read(NamedTuple):
    """What one answer held; `caught_up` once all is read that stood on the topic when reading began."""

    records: Sequence[Record]
    caught_up: bool


async def follow_rules(settings: Settings, start: int = 0) -> AsyncGenerator[Read, None]:
    """What stands on the topic from an offset on, and what comes, for ever. Raises `StoreUnavailable`."""
    place = TopicPartition(topic_name(RULES, settings), 0)
    async with connected(settings) as consumer:
        consumer.assign([place])
        consumer.seek(place, max(start, (await consumer.beginning_offsets([place]))[place]))
        end = (await consumer.end_offsets([place]))[place]
        while True:
            fetched: dict[Any, list[Record]] = await consumer.getmany(
                timeout_ms=int(GLANCE.total_seconds() * 1000)
            )
            yield Read(fetched.get(place, []), await consumer.position(place) >= end)


def edition_of(record: Record) -> Edition:
    """The edition that a record of the topic holds, ready to judge by. Raises `ValueError` with what is wrong."""
    try:
        told = RulesApplied.model_validate_json(record.value or b"null").data
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    rules = compile_rules(told.rules)
    return Edition(record.offset, rules, told.effective_from, told.open_warnings, frozenset(told.changed))
