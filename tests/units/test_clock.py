"""The wall clock: it goes on by itself, and tells of the host's steps once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from monitor.adapters import clock
from monitor.adapters.clock import WallClock

HOUR = timedelta(hours=1)


class Host:
    """The host's clock, which anybody can set."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, zone: object) -> datetime:
        return datetime.now(zone) + cls.ahead  # type: ignore[arg-type]  # noqa: TID251  the host's, as far as it goes


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> type[Host]:
    monkeypatch.setattr(clock, "datetime", Host)
    monkeypatch.setattr(Host, "ahead", timedelta(0))
    return Host


def test_a_step_of_the_host_is_not_followed(host: type[Host]) -> None:
    wall = WallClock()
    before = wall.now()
    host.ahead = HOUR
    assert wall.now() - before < timedelta(minutes=1)


def test_a_step_of_the_host_is_told_once(host: type[Host]) -> None:
    wall = WallClock()
    assert wall.stepped() is None
    host.ahead = HOUR
    step = wall.stepped()
    assert step is not None
    assert abs(step - HOUR) < timedelta(seconds=1)
    assert wall.stepped() is None


def test_stepping_back_is_told_too(host: type[Host]) -> None:
    wall = WallClock()
    host.ahead = HOUR
    wall.stepped()
    host.ahead = timedelta(0)
    step = wall.stepped()
    assert step is not None
    assert abs(step + HOUR) < timedelta(seconds=1)


def test_a_moment_told_before_the_host_was_stepped_back_is_not_in_the_future(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = WallClock()
    told = round(time.time() * 1000)  # noqa: TID251  the host's, as the Kafka client reads it
    real = time.time  # noqa: TID251
    monkeypatch.setattr(time, "time", lambda: real() - HOUR.total_seconds())
    assert wall.of_host(told) <= wall.now()
    monkeypatch.setattr(time, "time", lambda: real() + HOUR.total_seconds())
    assert wall.of_host(told) <= wall.now() - HOUR + timedelta(seconds=1)
