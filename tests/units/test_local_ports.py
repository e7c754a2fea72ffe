"""Free ports, and those that were wanted."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from monitor.local import ports


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(listener: int) -> None:
    assert not ports.is_free(listener)


def test_a_port_is_free_again_when_only_old_connections_linger() -> None:
    port = ports.choose(1)[0]
    with socket.create_server((ports.HOST, port)) as server:
        client = socket.create_connection((ports.HOST, port))
        accepted, _ = server.accept()
        accepted.close()  # the server's side closes first: it lingers
        client.close()
    assert ports.is_free(port)


def test_chosen_ports_are_different_and_free() -> None:
    chosen = ports.choose(20)
    assert len(set(chosen)) == 20
    assert all(map(ports.is_free, chosen))


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    assert all(port in ports.RANGE for port in ports.choose(20))
    assert max(ports.RANGE) < 32_768


def test_wanted_ports_are_taken_when_all_are_free() -> None:
    wanted = ports.choose(2)
    assert ports.choose(2, wanted=wanted) == wanted


def test_others_are_taken_when_one_wanted_port_is_not_free(listener: int) -> None:
    free = ports.choose(1)[0]
    assert listener not in ports.choose(2, wanted=[free, listener])
