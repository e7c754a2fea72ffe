"""Reaching Redis: a client as we want it, and its errors told apart by whose fault they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from redis import exceptions as refusals
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from schemas.errors import ConfigError, StoreUnavailable
from schemas.settings import Settings

ANSWER = timedelta(seconds=5)
"""How long an answer may take before the server counts as gone."""

OURS = (
    refusals.AuthenticationError,
    refusals.AuthorizationError,
    refusals.AuthenticationWrongNumberOfArgsError,
    refusals.NoPermissionError,
)
THEIRS = (
    refusals.ConnectionError,
    refusals.TimeoutError,
    refusals.ReadOnlyError,
    refusals.OutOfMemoryError,
    refusals.TryAgainError,
    refusals.ClusterDownError,
    refusals.ExecAbortError,
    OSError,
)
PASSING = ("MISCONF", "NOREPLICAS", "BUSY", "FAILOVER", "UNBLOCKED")
"""Answers that redis-py has no class for, and that a while later are different."""


def connect(settings: Settings, *, waits: timedelta = timedelta(0)) -> Redis:
    """A client, not yet connected, whose commands may hold their answer back for as long as `waits`."""
    return Redis.from_url(
        settings.redis.get_secret_value(),
        protocol=2,
        socket_connect_timeout=ANSWER.total_seconds(),
        socket_timeout=(ANSWER + waits).total_seconds(),
        retry=Retry(NoBackoff(), 0),  # asking again is the caller's decision
    )


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn what Redis refuses into `ConfigError` (asking again won't help) or `StoreUnavailable` (it may)."""
    address = str(settings.redis)
    try:
        yield
    except OURS as error:
        raise ConfigError(f"Redis refused us: {error}", where=address, key="redis") from error
    except THEIRS as error:
        raise StoreUnavailable(f"Redis does not answer: {error}", address=address) from error
    except refusals.ResponseError as error:
        if str(error).startswith(PASSING):
            raise StoreUnavailable(f"Redis can't just now: {error}", address=address) from error
        raise ConfigError(f"Redis refused: {error}", where=address, key="redis") from error
