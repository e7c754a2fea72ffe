"""Kafka's own command-line tools, run with the jars of the embedded broker and pointed at it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

from monitor.local import java
from monitor.local.kafka import TOOL_ARGUMENTS
from monitor.local.servers import Servers
from schemas.errors import ConfigError

TOOLS = {
    "acls": "org.apache.kafka.tools.AclCommand",
    "configs": "kafka.admin.ConfigCommand",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "topics": "org.apache.kafka.tools.TopicCommand",
    "transactions": "org.apache.kafka.tools.TransactionsCommand",
}
"""The names that Kafka's scripts bear, without `kafka-` and `.sh`, and the classes behind them."""


def command(servers: Servers, tool: str, arguments: Sequence[str]) -> list[str]:
    """The command that runs a tool against the broker. Raises ConfigError for a tool that is not there."""
    if tool not in TOOLS:
        raise ConfigError(f"there is no tool {tool!r}", remedy=f"one of: {', '.join(TOOLS)}")
    file = servers.folder / "kafka" / TOOL_ARGUMENTS
    return [java.executable(), f"@{file}", TOOLS[tool], "--bootstrap-server", servers.kafka, *arguments]


def run(servers: Servers, tool: str, arguments: Sequence[str]) -> NoReturn:
    """Become the tool: its output, its exit code, its Ctrl-C."""
    line = command(servers, tool, arguments)
    os.execve(line[0], line, java.environment(os.environ))  # noqa: S606 - a path of ours, no shell
