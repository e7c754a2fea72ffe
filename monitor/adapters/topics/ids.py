"""The ids of topics: a topic that is deleted and made anew under its name has another one.

aiokafka asks for metadata without them; the request and its answer are here, as Kafka lays them down (Metadata 12).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection
from io import BytesIO
from operator import methodcaller
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from monitor.brokers import on_brokers
from schemas.settings import Settings

METADATA, VERSION = 3, 12
NONE = bytes(16)


class _Id(AbstractType[bytes]):  # type: ignore[misc]
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(len(NONE))


_TAGS = ("tags", TaggedFields)
_NUMBERS = CompactArray(Int32)


_NEITHER = False, False
"""Neither make topics that are missing, nor tell what we may."""


class _Answer(Response):  # type: ignore[misc]  # aiokafka tells mypy nothing
    API_KEY, API_VERSION = METADATA, VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                _TAGS,
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline_replicas", _NUMBERS),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION = METADATA, VERSION
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Id), ("topic", CompactString("utf-8")), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        _TAGS,
    )


class _Asking(Request[_Question]):  # type: ignore[misc]
    API_KEY = METADATA

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class([(NONE, topic, {}) for topic in self._topics], *_NEITHER, {})


async def topic_ids(settings: Settings, topics: Collection[str]) -> dict[str, str]:
    """The ids of those topics that exist, as Kafka's tools print them; none from brokers that know of none.

    Raises `StoreUnavailable`.
    """

    def make() -> AIOKafkaClient:
        return AIOKafkaClient(**settings.kafka_options())

    async with on_brokers(settings, make, methodcaller("bootstrap"), methodcaller("close")) as client:
        return await ask_ids(client, topics)


async def ask_ids(client: Any, topics: Collection[str]) -> dict[str, str]:
    """The same, by a client of aiokafka's that is connected. Raises what it raises."""
    node = client.get_random_node()
    if node is None:  # no broker is known just now
        return {}
    try:
        answer: Any = await client.send(node, _Asking(topics))
    except (IncompatibleBrokerVersion, NotImplementedError):  # older than Kafka 2.8
        return {}
    found = (each[:3] for each in answer.topics)
    return {topic: _printed(raw) for code, topic, raw in found if not code and raw != NONE}


def _printed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
