"""Apache Kafka (KRaft, one node) as an embedded program: configuration, format, command, sign of life."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from monitor.local import jars, java
from monitor.local.ports import HOST
from schemas.errors import StoreUnavailable

TOOL_ARGUMENTS = "tool.args"
"""The argument file, in the home folder, with which Kafka's own tools run."""

_PROBE_TIMEOUT = 2.0
_FIND_COORDINATOR = 10
_GROUP, _TRANSACTION = 0, 1


def configuration(
    client_port: int, controller_port: int, folder: Path, side: tuple[int, int] | None = None
) -> str:
    """The text of server.properties: small, quick at the start, and with every internal topic on one node.

    `side` is a second door for clients: the port on which it is open, and the one that they are told.
    """
    clients, controllers = f"{HOST}:{client_port}", f"{HOST}:{controller_port}"
    opened = f",SIDE://{HOST}:{side[0]}" if side else ""
    told, plain = (f",SIDE://{HOST}:{side[1]}", ",SIDE:PLAINTEXT") if side else ("", "")
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controllers}
controller.listener.names=CONTROLLER
listeners=CLIENTS://{clients},CONTROLLER://{controllers}{opened}
advertised.listeners=CLIENTS://{clients}{told}
inter.broker.listener.name=CLIENTS
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT{plain}
log.dirs={_property(folder)}

auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1

# A group forms at once, and a killed member is missed soon if it asks for that.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# A broker that was killed may register again only when its former self is missed: nine seconds by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# One machine: few threads. The cleaner takes its buffer, 128 MiB by default, whether it is needed or not.
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


def logging_configuration(log: Path) -> str:
    """The text of log4j2.properties: warnings, and the few lines that tell of start and stop."""
    return f"""\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {_property(log)}
appender.file.filePattern = {_property(log)}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %-5p %c{{1}}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
"""


def cluster_id() -> str:
    """A random cluster id that no command line takes for an option."""
    while (text := _base64(uuid4())).startswith("-"):
        pass
    return text


class Kafka:
    """Kafka, broker and controller in one process. Fetches its jars when they are not there.

    With `recording`, its end leaves an archive of what it loaded at that path (java.py).
    """

    name = "Kafka"
    ports = 2
    formatting: Sequence[str] = ()
    """What else its store is formatted with."""

    def __init__(self, *, recording: Path | None = None) -> None:
        self._recording = recording

    def prepare(self, home: Path, ports: Sequence[int]) -> None:
        jars.fetch()
        self.log(home).unlink(missing_ok=True)
        temporary, logging = home / "tmp", home / "log4j2.properties"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        logging.write_text(logging_configuration(self.log(home)))
        (home / "server.properties").write_text(self.properties(ports, home))
        broker = java.arguments(jars.classpath(), temporary, logging=logging, recording=self._recording)
        (home / "broker.args").write_text(broker)
        (home / TOOL_ARGUMENTS).write_text(java.arguments(jars.classpath(), temporary))
        if not (home / "formatted").exists():
            self._format(home)

    def properties(self, ports: Sequence[int], home: Path) -> str:
        """The text of server.properties."""
        return configuration(ports[0], ports[1], home / "log")

    def command(self, home: Path) -> list[str]:
        return [java.executable(), "@broker.args", "kafka.Kafka", "server.properties"]

    def environment(self) -> dict[str, str]:
        return java.environment(os.environ)

    def answers(self, port: int) -> bool:
        """Tell whether both coordinators are there: then metadata is served and topics have been created."""
        try:
            return all(_has_coordinator(port, kind) for kind in (_GROUP, _TRANSACTION))
        except (OSError, struct.error):
            return False

    def log(self, home: Path) -> Path:
        return home / "kafka.log"

    def _format(self, home: Path) -> None:
        # Without the mark below, whatever is there was left by a format that was cut short.
        shutil.rmtree(home / "log", ignore_errors=True)
        identity = cluster_id()
        tool = [java.executable(), f"@{TOOL_ARGUMENTS}", "kafka.tools.StorageTool", "format"]
        done = subprocess.run(
            [*tool, "--cluster-id", identity, "--config", "server.properties", *self.formatting],
            cwd=home,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StoreUnavailable(
                f"Kafka could not format its store\n{done.stdout}{done.stderr}", address=str(home)
            )
        (home / "formatted").write_text(identity + "\n")


class KafkaWithSideDoor(Kafka):
    """The same with a third port, whose clients are told to come to another one: where somebody's proxy stands."""

    ports = 3

    def __init__(self, told: int) -> None:
        super().__init__()
        self._told = told

    def properties(self, ports: Sequence[int], home: Path) -> str:
        return configuration(ports[0], ports[1], home / "log", (ports[2], self._told))


def _has_coordinator(port: int, kind: int) -> bool:
    # FindCoordinator, version 1, of a made-up name; the broker creates the internal topic for it.
    header = struct.pack(">hhih", _FIND_COORDINATOR, 1, 0, -1)
    request = header + struct.pack(">h5sb", 5, b"probe", kind)
    with socket.create_connection((HOST, port), _PROBE_TIMEOUT) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            return _error_code(stream) == 0


def _error_code(stream: BinaryIO) -> int:
    _size, _correlation, _throttle, code = struct.unpack(">iiih", stream.read(14))
    return int(code)


def _base64(number: UUID) -> str:
    return urlsafe_b64encode(number.bytes).decode().rstrip("=")


def _property(path: Path) -> str:
    return str(path).replace("\\", "\\\\")
