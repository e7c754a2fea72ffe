"""What a proof starts from: the rules and limits that the workers had, and steps as their topic tells them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from pydantic import ValidationError

from monitor.adapters.kafka_logs import LogReader, Record
from monitor.adapters.kafka_logs.rule_log import edition_of
from monitor.adapters.partitioners import belongs_to
from monitor.adapters.rule_files import load_rules
from monitor.adapters.topics import largest_letter
from monitor.engine.admission import Limits
from monitor.engine.editions import Edition
from monitor.engine.fetched import ASIDES, CLOCK
from monitor.engine.outputs import STEPS
from monitor.offline.proof import FACTS, Given
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.steps import StepRecord
from schemas.topics import RULES, topic_name

INPUTS = (*FACTS, *ASIDES, CLOCK)


async def given_to_workers(settings: Settings, files: Sequence[Path | None], reader: LogReader) -> Given:
    """What the workers of these settings have: rule files and editions, limits, names."""
    rules = [load_rules(path) for path in (settings.rules, *files)]
    later: list[Edition] = []
    async with aclosing(reader.whole(RULES, [0])) as batches:
        async for records in batches:
            later += [edition for record in records if (edition := _edition(record))]
    return Given(
        {each.version: each for each in rules},
        later,
        settings.partitions,
        Limits(largest=settings.max_event_bytes, future_skew=settings.future_skew),
        settings.max_row_bytes,
        await largest_letter(settings),
        lambda lane: belongs_to(lane, settings.partitions, settings.partitioner),
        {name: topic_name(name, settings) for name in INPUTS},
    )


def _edition(record: Record) -> Edition | None:
    """The edition of a record; one that can't be read changes nothing for a worker either."""
    try:
        return edition_of(record)
    except ValueError:
        return None


def step_of(record: Record) -> StepRecord:
    """The step that a record of its topic tells. Raises `ConfigError`."""
    try:
        return StepRecord.model_validate_json(record.value or b"")
    except ValidationError as error:
        raise ConfigError(
            f"no step that we know: {error}", where=f"{STEPS}, offset {record.offset}"
        ) from error
