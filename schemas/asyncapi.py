"""The topics and their messages as an AsyncAPI 3.0 document, for code generators and catalogues."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.dead_letters import DETAIL, OFFSET, PARTITION, REASON, SHA256, TOPIC, TRUNCATED, Reason
from schemas.events import EVENT_TYPES
from schemas.messages import PAYLOADS
from schemas.topics import CHANGELOG, DEAD_LETTERS, TOPICS, TopicSpec

VERSION = "0.1.0"  # of the contracts
KAFKA = "0.5.0"  # of AsyncAPI's binding
STRUCTURED = "application/cloudevents+json"

ABOUT = """\
What churn-monitor reads and writes.

Events are CloudEvents 1.0, in structured or binary mode; the schemas show the structured one.
Unknown fields are ignored, unknown types counted and ignored. `{prefix}` is the setting topic_prefix.
"""


def asyncapi() -> dict[str, Any]:
    """The document, as plain dictionaries and lists."""
    written = [spec for spec in TOPICS if spec.name != CHANGELOG]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "churn-monitor",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": STRUCTURED,
        "channels": {spec.name: _channel(spec) for spec in written},
        "operations": {_operation_name(spec): _operation(spec) for spec in written},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channel(spec: TopicSpec) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": [spec.cleanup]}
    if spec.retention is not None:
        configuration["retention.ms"] = spec.retention // timedelta(milliseconds=1)
    return {
        "address": f"{{prefix}}{spec.name}",
        "description": spec.note,
        "parameters": {"prefix": {"description": "The setting topic_prefix.", "default": ""}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _message_names(spec.name)},
        "bindings": {"kafka": {"topicConfiguration": configuration, "bindingVersion": KAFKA}},
    }


def _operation_name(spec: TopicSpec) -> str:
    return f"{'receive' if _received(spec) else 'send'}.{spec.name}"


def _received(spec: TopicSpec) -> bool:
    return spec.role == "input" or spec.name == "clock"


def _operation(spec: TopicSpec) -> dict[str, Any]:
    return {
        "action": "receive" if _received(spec) else "send",
        "channel": {"$ref": f"#/channels/{_pointer(spec.name)}"},
        "summary": spec.note,
    }


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _models(topic: str) -> tuple[type[BaseModel], ...]:
    payload = PAYLOADS[topic]
    union = getattr(payload, "__origin__", payload)  # of Annotated
    return get_args(union) or (union,)


def _message_names(topic: str) -> list[str]:
    if topic == DEAD_LETTERS:
        return ["DeadLetter"]
    return [model.__name__ for model in _models(topic)]


def _messages() -> dict[str, Any]:
    keys = {kind.model.__name__: name for name, kind in EVENT_TYPES.items()}
    return {
        model.__name__: _message(model, keys.get(model.__name__, model.__name__))
        for topic in PAYLOADS
        for model in _models(topic)
    } | {"DeadLetter": _dead_letter()}


def _message(model: type[BaseModel], name: str) -> dict[str, Any]:
    is_event = "specversion" in model.model_fields
    return {
        "name": name,
        "summary": (model.__doc__ or "").split("\n")[0],
        "contentType": STRUCTURED if is_event else "application/json",
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": KAFKA}},
    }


def _dead_letter() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "name": "dead letter",
        "summary": "A record that broke its contract: its raw bytes, under headers that tell its origin.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "required": [TOPIC, PARTITION, OFFSET, REASON, DETAIL],
            "properties": {
                **dict.fromkeys((TOPIC, PARTITION, OFFSET), text),
                REASON: {"type": "string", "enum": [reason.value for reason in Reason]},
                **dict.fromkeys((DETAIL, TRUNCATED, SHA256), text),
            },
        },
        "payload": {},
    }


def _schemas() -> dict[str, Any]:
    models = {model: None for topic in PAYLOADS for model in _models(topic)}
    _, schema = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = schema["$defs"]
    return found
