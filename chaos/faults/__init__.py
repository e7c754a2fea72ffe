"""The faults: each does harm, for a while, and undoes what a person would undo. What recovers by itself is left alone.

A fault returns what it did, for the report; its `takes` is how long it lasts, about, for the schedule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chaos.faults import disks, processes, servers, streams
from chaos.town import Town


class Fault(NamedTuple):
    """One kind of fault."""

    harm: Callable[[Town], Awaitable[str]]
    takes: float


FAULTS = {
    "kill": Fault(processes.kill, 6),
    "stop": Fault(processes.stop, 4),
    "pause": Fault(processes.pause, 17),
    "hiccup": Fault(processes.hiccup, 5),
    "broker-killed": Fault(servers.broker_killed, 9),
    "unreachable": Fault(servers.unreachable, 28),
    "refused": Fault(servers.refused, 7),
    "cut-off": Fault(servers.cut_off, 17),
    "slow-line": Fault(servers.slow_line, 10),
    "rolling": Fault(processes.rolling, 24),
    "scale": Fault(processes.scale, 14),
    "redis-down": Fault(servers.redis_down, 6),
    "redis-emptied": Fault(servers.redis_emptied, 2),
    "copy-killed": Fault(servers.copy_killed, 2),
    "disk-lost": Fault(disks.disk_lost, 2),
    "disk-damaged": Fault(disks.disk_damaged, 2),
    "disk-full": Fault(disks.disk_full, 16),
    "clock-stepped": Fault(processes.clock_stepped, 6),
    "poison": Fault(streams.poison, 1),
    "burst": Fault(streams.burst, 2),
    "slow-reader": Fault(streams.slow_reader, 5),
}
