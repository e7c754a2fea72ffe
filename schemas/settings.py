"""The settings: what they are called, what is allowed, and where each value came from."""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError, model_validator

from schemas.connections import RedisUrl, SecretUrl, Servers
from schemas.errors import ConfigError
from schemas.fields import Instant
from schemas.spans import Allowance, Span

PREFIX = "CHURN_MONITOR_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
DEFAULT_FILE = Path("churn-monitor.toml")


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$", max_length=100)]


class Settings(BaseModel):
    """All that can be set, checked; make it with `load_settings`, or directly in a test."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    kafka: Servers = Field(
        "localhost:9092", description="Kafka's bootstrap servers, host:port, several separated by commas."
    )
    kafka_username: str | None = Field(None, description="User name, where the brokers ask for one (SASL).")
    kafka_password: SecretStr | None = Field(None, description="The password of `kafka_username`.")
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How `kafka_username` logs in."
    )
    kafka_tls: bool = Field(default=False, description="Whether to speak to the brokers through TLS.")
    kafka_ca: Path | None = Field(None, description="Certificates to trust (PEM); the system's if not set.")
    redis: RedisUrl = Field(
        SecretUrl("redis://localhost:6379/0"), description="The Redis or Valkey that subscribers read from."
    )
    app_id: Annotated[Name, Field(min_length=1)] = Field(
        "churn-monitor", description="Names the consumer group, the transactions and the changelog topic."
    )
    topic_prefix: Name = Field("", description="Put before the name of every topic.")
    partitions: int = Field(4, ge=1, le=10_000, description="Lanes: partitions of each input topic.")
    replication: int = Field(1, ge=1, le=10, description="Copies of each partition, for topics that we make.")
    rules: Path | None = Field(None, description="The rule file; the one that ships if not set.")
    clock: Literal["wall", "event"] = Field(
        "wall", description="What moves time on: the wall clock, or the events alone (replay, demo)."
    )
    late_allowance: Allowance = Field(
        timedelta(seconds=10), description="How far the clock stays behind, for late events."
    )
    idle_after: Span = Field(
        timedelta(seconds=5),
        description="On the event clock: after how long an idle input stops holding the others.",
    )
    future_skew: Allowance = Field(
        timedelta(hours=1),
        description="How far an event may lie ahead of its Kafka timestamp before it is refused.",
    )
    partitioner: Literal["murmur2", "crc32", "trusted"] = Field(
        "murmur2", description="How the producers choose a partition; `trusted` checks nothing."
    )
    max_event_bytes: int = Field(
        262_144, ge=1024, le=16_777_216, description="The longest event; a longer one is a dead letter."
    )
    max_row_bytes: int = Field(
        65_536, ge=4096, le=900_000, description="The longest row of one customer's state."
    )
    dead_letter_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Which share of a lane's last 1,000 records may be dead letters, before the worker stops "
        "(exit code 4); 1 never stops it.",
    )
    flood_from: int = Field(
        1_000,
        ge=1,
        description="How many warnings that fire late in one lane, after an outage, are reported as a flood.",
    )
    history_until: Instant | None = Field(
        None,
        description="Going live with history: what lies before this moment is known, but nobody is warned of it. "
        "Once a lane has come to where it tells of warnings, another moment changes nothing for it.",
    )
    store: Literal["rocksdb", "memory"] = Field("rocksdb", description="Where a worker keeps the rows.")
    data_dir: Path = Field(Path("churn-monitor-data"), description="The folder of a worker's local store.")
    processes: int = Field(1, ge=1, le=256, description="Worker processes on this host.")
    broker_patience: Span = Field(
        timedelta(minutes=1), description="For how long to try to reach Kafka before giving up."
    )
    stall_after: Span = Field(
        timedelta(minutes=2),
        description="After how long a worker that stands still though records wait says so and ends, to be started "
        "again.",
    )
    stream_length: int = Field(100_000, ge=1, description="Entries kept in each Redis stream.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least grave of the messages that are logged."
    )

    @model_validator(mode="after")
    def _login_is_whole(self) -> Settings:
        if (self.kafka_username is None) != (self.kafka_password is None):
            raise ValueError("kafka_username and kafka_password go together")
        return self

    def origins(self) -> dict[str, str]:
        """Where the value of each setting came from: `default`, file and line, variable, or option."""
        return {key: self._origins.get(key, "default") for key in type(self).model_fields}

    def told_origins(self, origins: Mapping[str, str]) -> Settings:
        """The same settings, knowing where its values came from."""
        self._origins.update(origins)
        return self

    def kafka_options(self) -> dict[str, Any]:
        """What any aiokafka client takes to reach the brokers. Raises `ConfigError` on bad certificates."""
        options: dict[str, Any] = {"bootstrap_servers": self.kafka}
        if self.kafka_tls:
            options["ssl_context"] = self._tls()
        if self.kafka_username is not None and self.kafka_password is not None:
            options["sasl_mechanism"] = self.kafka_mechanism
            options["sasl_plain_username"] = self.kafka_username
            options["sasl_plain_password"] = self.kafka_password.get_secret_value()
        carrier = "SSL" if self.kafka_tls else "PLAINTEXT"
        return options | {"security_protocol": f"SASL_{carrier}" if self.kafka_username else carrier}

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.kafka_ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"no readable certificates: {error}", key="kafka_ca") from error


class _Given(NamedTuple):
    """A value as somebody gave it, and where."""

    value: Any
    where: str


def load_settings(
    config: Path | None = None, *, environ: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Read the settings: an option beats the environment, the environment the file, the file the default.

    `config` names the file; otherwise `CHURN_MONITOR_CONFIG` does; otherwise `churn-monitor.toml` in the
    working directory is read if there is one. An override of None and an empty variable count as not given.
    Raises `ConfigError`.
    """
    environ = os.environ if environ is None else environ
    given = dict(_from_file(_config_file(config, environ)))
    given |= _from_environment(environ)
    given |= {
        key: _Given(value, f"option --{key.replace('_', '-')}")
        for key, value in overrides.items()
        if value is not None
    }
    for key, (_, where) in given.items():
        if key not in Settings.model_fields:
            raise ConfigError("unknown setting", where=where, key=key, remedy=_near(key))
    return _checked(given)


def _config_file(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    if config is not None:
        return config
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _from_file(path: Path | None) -> Iterator[tuple[str, _Given]]:
    if path is None:
        return
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"not readable: {error.strerror}", where=str(path)) from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise ConfigError(f"not TOML: {error}", where=str(path)) from error
    for key, value in content.items():
        yield key, _Given(value, f"{path}:{_line(text, key)}")


def _line(text: str, key: str) -> int:
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    return {
        name.removeprefix(PREFIX).lower(): _Given(value, name)
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE and value
    }


def _checked(given: Mapping[str, _Given]) -> Settings:
    try:
        settings = Settings(**{key: value for key, (value, _) in given.items()})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0]) if first["loc"] else None
        where = given[key].where if key is not None and key in given else None
        raise ConfigError(_allowed(first["msg"]), where=where, key=key) from None
    return settings.told_origins({key: where for key, (_, where) in given.items()})


def _allowed(message: str) -> str:
    text = message.removeprefix("Value error, ").replace("Input should be", "should be")
    return text[:1].lower() + text[1:]


def _near(key: str) -> str:
    found = get_close_matches(key, Settings.model_fields, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(found)}?" if found else "see `churn-monitor settings` for all of them"
