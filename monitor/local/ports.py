"""Free ports on loopback.

They lie below the range from which the system takes ports for outgoing connections: a client that keeps
dialling a stopped server there would, sooner or later, connect to itself and hold the server's port.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence

HOST = "127.0.0.1"
RANGE = range(20_000, 30_000)
_TRIES = 200


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: connections of a predecessor that still linger are no obstacle, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(count: int, *, wanted: Sequence[int] = ()) -> list[int]:
    """Choose `count` different free ports: the wanted ones if all of them are free, others otherwise.

    A port may be taken before the server binds it: whoever starts the server tries again.
    """
    if len(wanted) == count and all(map(is_free, wanted)):
        return list(wanted)
    candidates = random.sample(RANGE, _TRIES)
    free = (port for port in candidates if is_free(port))
    return [next(free) for _ in range(count)]
