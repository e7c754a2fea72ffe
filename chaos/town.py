"""All that a run has: servers, the proxy before the broker, topics, workers, the stream; gone when it is left."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from chaos.crew import Crew
from chaos.proxy import Proxy
from chaos.readers import Readers
from chaos.shop import Shop
from monitor.adapters.topics import ensure
from monitor.local import Servers, jars
from monitor.local.ports import HOST
from schemas.connections import SecretUrl
from schemas.settings import PREFIX, Settings

RULES = Path(__file__).with_name("rules.yaml")
DISK = "64m"
"""The size of the small disk on which one worker keeps its store, where one can be mounted."""

OF_SMALL_DISK = "w1"


class Happening(NamedTuple):
    """One fault as it happened: when after the start, which, what of it, and for how long."""

    at: float
    fault: str
    what: str
    took: float


Store = Literal["rocksdb", "memory"]


class Plan(NamedTuple):
    """What a run is made of, the faults apart; it `lasts` so many seconds."""

    seed: int
    lasts: float
    workers: int = 3
    rate: int = 100
    store: Store = "rocksdb"


@dataclass
class Town:
    """One run's surroundings."""

    folder: Path
    servers: Servers
    proxy: Proxy
    settings: Settings
    crew: Crew
    shop: Shop
    readers: Readers
    random: Random
    size: int
    tell: Callable[[str], None]
    disk: Path | None = None
    story: list[Happening] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    began_at: float = field(default_factory=time.time)
    """The beginning as the host's clock has it, which stamps records."""

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    async def heal(self) -> None:
        """Put everything right that a fault may have left: servers up, lines open, all workers at work."""
        self.proxy.open()
        await asyncio.to_thread(self.servers.start_kafka)
        await asyncio.to_thread(self.servers.start_redis)
        for worker in self.crew.workers.values():
            worker.clock.write_text("0")
        for number in range(self.size):
            self.crew.hire(f"w{number + 1}")
        self.crew.hire("copy", "deliver")


@asynccontextmanager
async def town(plan: Plan, tell: Callable[[str], None]) -> AsyncIterator[Town]:
    """A town of this plan; whatever happens, nothing of it is left running."""
    jars.fetch()
    proxy = Proxy()
    await proxy.start()
    with tempfile.TemporaryDirectory(prefix="churn-chaos-", ignore_cleanup_errors=True) as named:
        folder = Path(named)
        tell("starting Kafka and Valkey")
        servers = await asyncio.to_thread(Servers.up, folder / "servers", side_door=proxy.port)
        crew = None
        disk = _small_disk(folder / OF_SMALL_DISK)
        try:
            proxy.target = servers.side_door
            settings = _settings(servers, folder, plan.store)
            await ensure(settings)
            crew = Crew(folder, _environment(settings, f"{HOST}:{proxy.port}"))
            shop = Shop(settings, plan.seed, plan.rate, plan.lasts)
            random = Random(plan.seed)
            yield Town(
                folder,
                servers,
                proxy,
                settings,
                crew,
                shop,
                Readers(settings),
                random,
                plan.workers,
                tell,
                disk,
            )
        finally:
            await proxy.close()
            if crew is not None:
                crew.let_go()
            servers.down()
            if disk is not None:
                subprocess.run(["umount", str(disk)], check=False)  # noqa: S607, ASYNC221


def _settings(servers: Servers, folder: Path, store: Store) -> Settings:
    return Settings(
        kafka=servers.kafka,
        redis=SecretUrl(servers.redis),
        app_id="chaos",
        partitions=4,
        rules=RULES,
        late_allowance="2s",  # type: ignore[arg-type]
        future_skew="1d",  # type: ignore[arg-type]
        stream_length=1_000_000,
        store=store,
        data_dir=folder / "none",
    )


def _environment(settings: Settings, kafka: str) -> dict[str, str]:
    told: dict[str, Any] = {
        "kafka": kafka,
        "redis": settings.redis.get_secret_value(),
        "app_id": settings.app_id,
        "partitions": settings.partitions,
        "rules": settings.rules,
        "store": settings.store,
        "late_allowance": "2s",
        "future_skew": "1d",
        "stream_length": settings.stream_length,
        "dead_letter_share": 1,  # poison comes in heaps here, and is not what a lane is to stop at
    }
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in told.items()}


def _small_disk(home: Path) -> Path | None:
    """A small file system for one worker's store; None where none can be mounted."""
    place = home / "data"
    place.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos", str(place)]
    with suppress(OSError):
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return place
    return None
