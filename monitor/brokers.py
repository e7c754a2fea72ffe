"""Reaching Kafka: with patience where asking again may help, and told apart by whose fault it is where it doesn't."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TypeVar

import stamina
from aiokafka import errors
from aiokafka.conn import create_conn

from schemas.errors import ConfigError, MonitorError, StoreUnavailable
from schemas.settings import Settings
from schemas.spans import told_span

UNREACHABLE = (errors.KafkaError, OSError, TimeoutError, asyncio.TimeoutError)
LONGEST_PAUSE = timedelta(seconds=5)
ONE_LOOK = timedelta(seconds=5)
MILLISECOND = timedelta(milliseconds=1)

LOGIN = (
    errors.AuthenticationFailedError,
    errors.AuthenticationMethodNotSupported,
    errors.IllegalSaslStateError,
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
)
RIGHTS = (
    errors.ClusterAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.TopicAuthorizationFailedError,
    errors.TransactionalIdAuthorizationFailed,
)

T = TypeVar("T")


@asynccontextmanager
async def on_brokers(
    settings: Settings,
    make: Callable[[], T],
    start: Callable[[T], Awaitable[None]],
    close: Callable[[T], Awaitable[None]],
    patience: timedelta | None = None,
) -> AsyncIterator[T]:
    """A client that is made, started within `patience` (the setting's if not given), and closed in the end.

    Raises as `patiently` does, and `StoreUnavailable` for what fails inside.
    """

    async def started() -> T:
        client = make()
        try:
            await start(client)
        except BaseException:
            await close(client)
            raise
        return client

    client = await patiently(settings, started, patience or settings.broker_patience)
    try:
        with reaching(settings, "Kafka stopped answering"):
            yield client
    finally:
        await close(client)


async def patiently(settings: Settings, start: Callable[[], Awaitable[T]], patience: timedelta) -> T:
    """What `start` gives, asked for again with growing pauses while no broker answers.

    Raises `StoreUnavailable` when patience ends, `ConfigError` at once where a broker answers and turns us away.
    """
    trying = stamina.AsyncRetryingCaller(attempts=None, timeout=patience, wait_max=LONGEST_PAUSE)
    remedy = "start it, or set `kafka` to where it is (CHURN_MONITOR_KAFKA)"
    with reaching(settings, f"Kafka was not reached within {told_span(patience)}; {remedy}", why=False):
        return await trying.on(UNREACHABLE)(_try, settings, start)


@contextmanager
def reaching(settings: Settings, problem: str, *, why: bool = True) -> Iterator[None]:
    """Turn what brokers and connections raise into `ConfigError`, where a right is missing, or `StoreUnavailable`.

    `problem` says what that one means; with `why` it ends with the error.
    """
    try:
        yield
    except UNREACHABLE as error:
        refusal = _refusal(settings, error)
        told = f"{problem}: {error!r}" if why else problem
        raise refusal or StoreUnavailable(told, address=settings.kafka) from error


async def _try(settings: Settings, start: Callable[[], Awaitable[T]]) -> T:
    try:
        return await start()
    except UNREACHABLE as error:
        refusal = _refusal(settings, error) or await _turned_away(settings)
        raise refusal or error from error


async def _turned_away(settings: Settings) -> MonitorError | None:
    """Whether the first broker that answers turns us away: aiokafka says so in its log alone."""
    for server in settings.kafka.split(","):
        host, _, port = server.strip().rpartition(":")
        options = settings.kafka_options()
        del options["bootstrap_servers"]
        try:
            connection = await create_conn(
                host.strip("[]"), int(port), request_timeout_ms=int(ONE_LOOK / MILLISECOND), **options
            )
        except UNREACHABLE as error:
            if (refusal := _refusal(settings, error)) is not None:
                return refusal
        else:
            connection.close()
            return None
    return None


def _refusal(settings: Settings, error: BaseException) -> ConfigError | None:
    where = settings.kafka
    if isinstance(error, LOGIN):
        remedy = "check `kafka_username`, `kafka_password` and `kafka_mechanism`"
        return ConfigError("the broker refused the login", where=where, key="kafka_username", remedy=remedy)
    if isinstance(error, RIGHTS):
        problem = f"{settings.kafka_username or 'we'} may not: {type(error).__name__} {error}".rstrip()
        return ConfigError(problem, where=where, key="kafka_username", remedy=missing_rights(settings))
    if isinstance(error, ssl.SSLCertVerificationError):
        problem = f"the broker's certificate is not to be trusted: {error.verify_message}"
        remedy = "name the authority that issued it, and the broker as the certificate does"
        return ConfigError(problem, where=where, key="kafka_ca", remedy=remedy)
    return None


def missing_rights(settings: Settings) -> str:
    """What to do where a right may be missing."""
    user = settings.kafka_username or "NAME"
    return f"`churn-monitor topics acls COMPONENT --user {user}` prints the rights that each component needs"
