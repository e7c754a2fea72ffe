"""Asking a broker about topics, and telling it to make and set them.

What should be is decided in `comparing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from operator import methodcaller
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from monitor.adapters.topics.comparing import (
    BROKERS_LARGEST,
    LARGEST,
    MISSING,
    PARTITIONS,
    Difference,
    Found,
    differences,
    wanted_config,
)
from monitor.brokers import MILLISECOND, on_brokers
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, LETTER_ROOM, topic_name, topic_names

OWN_CONFIG = 1  # of DescribeConfigs: set on the topic itself, neither inherited nor default
EXISTS = 36  # somebody else made it meanwhile
ONE_TRY = timedelta(seconds=10)
SHOWN_WITHIN = timedelta(seconds=20)
GLANCE = timedelta(milliseconds=100)


async def compare(settings: Settings) -> list[Difference]:
    """What differs between the table and the broker. Raises `StoreUnavailable`."""
    async with _admin(settings) as admin:
        return differences(settings, await _found(admin, topic_names(settings)))


async def ensure(settings: Settings, *, dry_run: bool = False) -> list[Difference]:
    """Make what is missing and set what is ours to set; return all that differed before.

    Inputs that exist are never altered, partitions never added. Returns when the broker shows the new topics.
    Raises `StoreUnavailable`, and `ConfigError` where the broker refuses.
    """
    async with _admin(settings) as admin:
        found = await _found(admin, topic_names(settings))
        before = differences(settings, found)
        if not dry_run:
            async with asyncio.timeout(SHOWN_WITHIN.total_seconds()):
                await _mend(admin, settings, found)
        return before


async def _mend(admin: AIOKafkaAdminClient, settings: Settings, found: Mapping[str, Found]) -> None:
    """Make and set until the broker shows it: what one broker has done, the next may show a little later."""
    while mendable := [each for each in differences(settings, found) if each.mendable]:
        await _create(admin, settings, [each.topic for each in mendable if each.what == MISSING], found)
        await _alter(admin, [each for each in mendable if each.what != MISSING], found)
        await asyncio.sleep(GLANCE.total_seconds())
        found = await _found(admin, topic_names(settings))


async def co_partitioned(settings: Settings) -> None:
    """Make sure that all topics in use are there, with one partition for each lane.

    Raises `ConfigError` with the remedy, and `StoreUnavailable`.
    """
    for each in await compare(settings):
        if each.what in (MISSING, PARTITIONS):
            problem = f"expected {each.expected}, found {each.found}"
            raise ConfigError(problem, where=f"topic {each.topic}", key=each.what, remedy=each.remedy)


async def largest_letter(settings: Settings) -> int:
    """How many bytes of a refused record a dead letter can hold, by its topic on the broker.

    The topic must be there. Raises `StoreUnavailable`.
    """
    name = topic_name(DEAD_LETTERS, settings)
    async with _admin(settings) as admin:
        found = await _found(admin, {name})
        return int(found[name].config.get(LARGEST, BROKERS_LARGEST)) - LETTER_ROOM


def _admin(settings: Settings) -> AbstractAsyncContextManager[AIOKafkaAdminClient]:
    """A connected admin client; tries with growing pauses for as long as `broker_patience` says."""
    longest = int(min(ONE_TRY, settings.broker_patience) / MILLISECOND)

    def make() -> AIOKafkaAdminClient:
        return AIOKafkaAdminClient(**settings.kafka_options(), request_timeout_ms=longest)

    return on_brokers(settings, make, methodcaller("start"), methodcaller("close"))


async def _found(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, Found]:
    """Those of the topics that exist; all are asked for, for asking by name may make a topic."""
    counts = {
        topic["topic"]: len(topic["partitions"])
        for topic in await admin.describe_topics()
        if topic["topic"] in names
    }
    if not counts:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in counts]
    answers = [each for answer in await admin.describe_configs(asked) for each in answer.resources]
    return {
        name: Found(counts[name], {key: value for key, value, *_ in entries}, dict(_own(entries)))
        for _code, _message, _kind, name, entries in answers
    }


def _own(entries: Iterable[tuple[Any, ...]]) -> Iterable[tuple[str, str]]:
    return ((key, value) for key, value, _read_only, source, *_ in entries if source == OWN_CONFIG)


async def _create(
    admin: AIOKafkaAdminClient, settings: Settings, names: Collection[str], found: Mapping[str, Found]
) -> None:
    if not names:
        return
    table = topic_names(settings)
    new = [
        NewTopic(
            name,
            table[name].partition_count(settings),
            settings.replication,
            topic_configs=wanted_config(settings, table[name], found),
        )
        for name in names
    ]
    answer = await admin.create_topics(new)
    for name, code, message in answer.topic_errors:
        if code not in (0, EXISTS):
            raise ConfigError(message or for_code(code).__name__, where=f"topic {name}")


async def _alter(admin: AIOKafkaAdminClient, wrong: Iterable[Difference], found: Mapping[str, Found]) -> None:
    """Set what is wrong; what else was set on the topic is sent along, for the request replaces it all."""
    configs: dict[str, dict[str, str]] = {}
    for each in wrong:
        configs.setdefault(each.topic, dict(found[each.topic].own))[each.what] = each.expected
    if not configs:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, config) for name, config in configs.items()]
    for answer in await admin.alter_configs(resources):
        for code, message, _kind, name in answer.resources:
            if code:
                raise ConfigError(message or for_code(code).__name__, where=f"topic {name}")
