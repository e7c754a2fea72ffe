"""Harm to the local store of a worker: lost, damaged, out of room."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path

from chaos.faults.processes import one_of
from chaos.town import OF_SMALL_DISK, Town

WHOLE_WITHOUT = ("LOG", "LOCK", "OPTIONS", "IDENTITY", "rocksdict", "worker")
"""How the names begin of files whose damage changes nothing."""


async def disk_lost(town: Town) -> str:
    """Kill a worker, and take all away that it has stored."""
    worker = one_of(town)
    await worker.stop(signal.SIGKILL)
    for path in worker.store.iterdir() if worker.store.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    worker.start()
    return worker.name


async def disk_damaged(town: Town) -> str:
    """Kill a worker, and overwrite the middle of a file of its store."""
    worker = one_of(town)
    await worker.stop(signal.SIGKILL)
    files = [
        path
        for path in sorted(worker.store.rglob("*"))
        if path.is_file() and path.stat().st_size > 16 and not path.name.startswith(WHOLE_WITHOUT)
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


def _fill(junk: Path) -> None:
    """Write until nothing more fits."""
    with junk.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
