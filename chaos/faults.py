"""The faults: each does harm, for a while, and undoes what a person would undo. What recovers by itself is left alone.

A fault returns what it did, for the report; its `takes` is how long it lasts, about, for the schedule.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chaos.crew import Worker
from chaos.poison import POISON
from chaos.town import OF_SMALL_DISK, Town

SESSION = 10.0
"""After this without a heartbeat a worker's lanes go to others (agents/apps.py)."""

SETTLE = 6.0
BURST, BURST_SECONDS = 100, 1.5


class Fault(NamedTuple):
    """One kind of fault."""

    harm: Callable[[Town], Awaitable[str]]
    takes: float


async def kill(town: Town) -> str:
    """End a worker without a word."""
    worker = _one(town)
    town.crew.workers[worker.name].wanted = False
    await worker.stop(signal.SIGKILL)
    pause = town.random.uniform(0, 4)
    await asyncio.sleep(pause)
    worker.start()
    return f"{worker.name}, started again after {pause:.1f} s"


async def stop(town: Town) -> str:
    """Tell a worker to end, and start it again."""
    worker = _one(town)
    code = await worker.stop()
    worker.start()
    return f"{worker.name} ended with {code}"


async def pause(town: Town) -> str:
    """Hold a worker for longer than its session, and let it go on as if nothing had been."""
    worker, length = _one(town), town.random.uniform(SESSION + 3, SESSION + 9)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(length)
    worker.send(signal.SIGCONT)
    return f"{worker.name} for {length:.0f} s"


async def hiccup(town: Town) -> str:
    """Hold a worker for less than its session."""
    worker, length = _one(town), town.random.uniform(2, SESSION - 3)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(length)
    worker.send(signal.SIGCONT)
    return f"{worker.name} for {length:.0f} s"


async def broker_killed(town: Town) -> str:
    """Kill the broker, and start it again."""
    await asyncio.to_thread(town.servers.kill_kafka)
    pause = town.random.uniform(0, 8)
    await asyncio.sleep(pause)
    await asyncio.to_thread(town.servers.start_kafka)
    return f"started again after {pause:.1f} s"


async def unreachable(town: Town) -> str:
    """Let no byte through between broker and workers."""
    length = town.random.choice((4, 15, 30, 60))
    town.proxy.hold()
    await asyncio.sleep(length)
    town.proxy.open()
    return f"for {length} s"


async def refused(town: Town) -> str:
    """Break all connections of workers to the broker, and refuse new ones."""
    length = town.random.uniform(1, 12)
    town.proxy.refuse()
    await asyncio.sleep(length)
    town.proxy.open()
    return f"for {length:.0f} s"


async def cut_off(town: Town) -> str:
    """Cut one worker off from the broker, for longer than its session; the others go on."""
    worker, length = _one(town), town.random.uniform(SESSION + 2, SESSION + 12)
    town.proxy.hold(worker.pid)
    await asyncio.sleep(length)
    town.proxy.open()
    return f"{worker.name} for {length:.0f} s"


async def slow_line(town: Town) -> str:
    """Make the line to the broker slow."""
    town.proxy.delay = town.random.uniform(0.02, 0.2)
    told = f"{town.proxy.delay * 1000:.0f} ms more for each piece"
    await asyncio.sleep(10)
    town.proxy.open()
    return told


async def rolling(town: Town) -> str:
    """Restart all workers, one after the other."""
    codes = []
    for worker in town.crew.detecting():
        codes.append(str(await worker.stop()))
        worker.start()
        await asyncio.sleep(SETTLE)
    return f"ended with {', '.join(codes)}"


async def scale(town: Town) -> str:
    """Add a worker, and after a while take it away."""
    worker = town.crew.hire("extra")
    await asyncio.sleep(12)
    return f"one more for 12 s, ended with {await worker.stop()}"


async def redis_down(town: Town) -> str:
    """Kill Redis, and start it again."""
    town.servers.kill_redis()
    await asyncio.sleep(5)
    await asyncio.to_thread(town.servers.start_redis)
    return "for 5 s"


async def redis_emptied(town: Town) -> str:
    """Kill Redis, and start it again without anything."""
    town.servers.kill_redis()
    for name in ("appendonlydir", "dump.rdb"):
        path = town.servers.folder / "redis" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    await asyncio.to_thread(town.servers.start_redis)
    return "and started anew"


async def copy_killed(town: Town) -> str:
    """Kill the worker that copies to Redis."""
    worker = town.crew.workers["copy"]
    await worker.stop(signal.SIGKILL)
    worker.start()
    return "and started again"


async def disk_lost(town: Town) -> str:
    """Kill a worker, and take all away that it has stored."""
    worker = _one(town)
    await worker.stop(signal.SIGKILL)
    for path in worker.store.iterdir() if worker.store.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    worker.start()
    return worker.name


async def disk_damaged(town: Town) -> str:
    """Kill a worker, and overwrite the middle of a file of its store."""
    worker = _one(town)
    await worker.stop(signal.SIGKILL)
    files = [
        path
        for path in sorted(worker.store.rglob("*"))
        if path.is_file()
        and path.stat().st_size > 16
        and not path.name.startswith(("LOG", "LOCK", "OPTIONS", "IDENTITY", "worker"))
    ]
    path = town.random.choice(files) if files else None
    if path is not None:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(size // 3)
            file.write(town.random.randbytes(max(1, min(4096, size // 2))))
    worker.start()
    return f"{worker.name}, {path.name if path else 'nothing stored'}"


async def disk_full(town: Town) -> str:
    """Fill the disk of a worker's store, and after a while make room."""
    if town.disk is None:
        return "left out: no small disk can be mounted here"
    junk = town.disk / "junk"
    await asyncio.to_thread(_fill, junk)
    await asyncio.sleep(15)
    junk.unlink(missing_ok=True)
    return f"{OF_SMALL_DISK} for 15 s"


def _fill(junk: object) -> None:
    with open(str(junk), "wb", buffering=0) as file:  # noqa: PTH123
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


async def clock_stepped(town: Town) -> str:
    """Step the clock of a worker's host an hour on or back, and right again."""
    worker, step = _one(town), town.random.choice((-3600, 3600))
    worker.clock.write_text(str(step))
    await asyncio.sleep(town.random.uniform(3, 8))
    worker.clock.write_text("0")
    return f"{worker.name} by {step:+d} s"


async def poison(town: Town) -> str:
    """Put records that break their contract at the head of every input's partitions."""
    await town.shop.tell("orders", "tickets", "contacts", "commands", records=POISON)
    keyed = [(key, value) for key, value in POISON if key is not None]  # a compacted topic takes no others
    await town.shop.tell("customers", records=keyed)
    return f"{len(POISON)} of them on each partition of five inputs"


async def burst(town: Town) -> str:
    """A hundred times as many events as usual, as long as that takes."""
    before, began = town.shop.sent, town.elapsed()
    town.shop.burst = BURST
    while town.shop.sent - before < BURST_SECONDS * BURST * town.shop.rate:  # noqa: ASYNC110  others count
        await asyncio.sleep(0.1)
    town.shop.burst = 1
    return f"{town.shop.sent - before:,} events in {town.elapsed() - began:.1f} s"


async def slow_reader(town: Town) -> str:
    """One more consumer of warnings, from the beginning on, that takes its time."""
    town.readers.add(0.5)
    await asyncio.sleep(5)
    town.readers.hurry()
    return "5 s long"


def _one(town: Town) -> Worker:
    return town.random.choice(sorted(town.crew.detecting(), key=lambda each: each.name))


FAULTS = {
    "kill": Fault(kill, 6),
    "stop": Fault(stop, 4),
    "pause": Fault(pause, 17),
    "hiccup": Fault(hiccup, 5),
    "broker-killed": Fault(broker_killed, 9),
    "unreachable": Fault(unreachable, 28),
    "refused": Fault(refused, 7),
    "cut-off": Fault(cut_off, 17),
    "slow-line": Fault(slow_line, 10),
    "rolling": Fault(rolling, 24),
    "scale": Fault(scale, 14),
    "redis-down": Fault(redis_down, 6),
    "redis-emptied": Fault(redis_emptied, 2),
    "copy-killed": Fault(copy_killed, 2),
    "disk-lost": Fault(disk_lost, 2),
    "disk-damaged": Fault(disk_damaged, 2),
    "disk-full": Fault(disk_full, 16),
    "clock-stepped": Fault(clock_stepped, 6),
    "poison": Fault(poison, 1),
    "burst": Fault(burst, 2),
    "slow-reader": Fault(slow_reader, 5),
}
