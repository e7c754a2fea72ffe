"""Harm to Kafka and Redis, and to the lines between Kafka and the workers."""

from __future__ import annotations

import asyncio
import shutil
import signal

from chaos.faults.processes import SESSION, one_of
from chaos.town import Town


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
    worker, length = one_of(town), town.random.uniform(SESSION + 2, SESSION + 12)
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
