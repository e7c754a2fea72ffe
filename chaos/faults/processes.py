"""Harm to worker processes: killed, told to end, held, restarted, more and fewer of them; a host with a wrong clock."""

from __future__ import annotations

import asyncio
import signal

from chaos.crew import Worker
from chaos.town import Town

SESSION = 10.0
"""After this without a heartbeat a worker's lanes go to others (agents/apps.py)."""

SETTLE = 6.0


async def kill(town: Town) -> str:
    """End a worker without a word."""
    worker = one_of(town)
    town.crew.workers[worker.name].wanted = False
    await worker.stop(signal.SIGKILL)
    pause = town.random.uniform(0, 4)
    await asyncio.sleep(pause)
    worker.start()
    return f"{worker.name}, started again after {pause:.1f} s"


async def stop(town: Town) -> str:
    """Tell a worker to end, and start it again."""
    worker = one_of(town)
    code = await worker.stop()
    worker.start()
    return f"{worker.name} ended with {code}"


async def pause(town: Town) -> str:
    """Hold a worker for longer than its session, and let it go on as if nothing had been."""
    worker, length = one_of(town), town.random.uniform(SESSION + 3, SESSION + 9)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(length)
    worker.send(signal.SIGCONT)
    return f"{worker.name} for {length:.0f} s"


async def hiccup(town: Town) -> str:
    """Hold a worker for less than its session."""
    worker, length = one_of(town), town.random.uniform(2, SESSION - 3)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(length)
    worker.send(signal.SIGCONT)
    return f"{worker.name} for {length:.0f} s"


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


async def clock_stepped(town: Town) -> str:
    """Step the clock of a worker's host an hour on or back, and right again."""
    worker, step = one_of(town), town.random.choice((-3600, 3600))
    worker.clock.write_text(str(step))
    await asyncio.sleep(town.random.uniform(3, 8))
    worker.clock.write_text("0")
    return f"{worker.name} by {step:+d} s"


def one_of(town: Town) -> Worker:
    """Any of the workers that judge."""
    return town.random.choice(sorted(town.crew.detecting(), key=lambda each: each.name))
