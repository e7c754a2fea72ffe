"""Makes a golden file: what the workers of one commit write for `inputs.jsonl`. See README.md.

By hand: `python -m tests.golden.make CHECKOUT NAME`, CHECKOUT being a worktree of that commit; starts its own servers.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from monitor.local import Servers

HERE = Path(__file__).parent
APP = "golden"
OUTPUTS = {"rows": f"{APP}-customers-changelog", "steps": "churn.steps", "warnings": "churn.warnings"}
INPUTS = ("orders", "tickets", "contacts", "customers", "commands", "clock")
APPLIED = ("orders", "tickets", "contacts", "clock")
"""The inputs that every version applies."""

PATIENCE = 40


async def make(checkout: Path, name: str) -> None:
    """Let a worker of that checkout take the inputs in, and keep what it wrote."""
    with Servers.up(redis=False) as servers, TemporaryDirectory() as folder:
        environment = _environment(checkout, servers.kafka, Path(folder))
        ensuring = await _started(checkout, environment, "topics", "ensure")
        assert await ensuring.wait() == 0
        await _tell(servers.kafka)
        worker = await _started(checkout, environment, "worker", "--role", "detect")
        try:
            await _applied(servers.kafka)
        finally:
            worker.terminate()
            await worker.wait()
        kept = {each: await _read(servers.kafka, topic) for each, topic in OUTPUTS.items()}
    kept["rows"] = list({key: [key, value] for key, value in kept["rows"]}.values())
    (HERE / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(kept))


async def _started(checkout: Path, environment: Mapping[str, str], *words: str) -> Process:
    command = (sys.executable, "-m", "monitor.cli.main", *words)
    return await asyncio.create_subprocess_exec(*command, env=environment, cwd=checkout)


def _environment(checkout: Path, kafka: str, folder: Path) -> dict[str, str]:
    settings = {
        "kafka": kafka,
        "app_id": APP,
        "partitions": "1",
        "rules": str(HERE / "rules.yaml"),
        "data_dir": str(folder),
        "clock": "event",
        "idle_after": "1s",
    }
    told = {f"CHURN_MONITOR_{key.upper()}": value for key, value in settings.items()}
    return {**os.environ, **told, "PYTHONPATH": str(checkout)}


async def _tell(kafka: str) -> None:
    """Put the inputs on those topics that this version has."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        there = await _topics(kafka)
        for line in (HERE / "inputs.jsonl").read_text().splitlines():
            topic, event = (each := json.loads(line))["topic"], each["event"]
            if topic in there:
                key = None if topic == "clock" else event["subject"].encode()
                await producer.send_and_wait(topic, json.dumps(event).encode(), key)


async def _topics(kafka: str) -> set[str]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        return set(await consumer.topics())


async def _applied(kafka: str) -> None:
    told = Counter(json.loads(line)["topic"] for line in (HERE / "inputs.jsonl").read_text().splitlines())
    async with asyncio.timeout(PATIENCE):
        while True:
            ends: dict[str, int] = {}
            for _, value in await _read(kafka, OUTPUTS["steps"]):
                ends |= {name: span[1] for name, span in json.loads(value)["ranges"].items()}
            if all(ends.get(name, 0) >= told[name] for name in APPLIED):
                return
            await asyncio.sleep(1)


async def _read(kafka: str, topic: str) -> list[list[Any]]:
    place = TopicPartition(topic, 0)
    found: list[list[Any]] = []
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [[each.key, each.value] for each in records]
    return found


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]).resolve(), sys.argv[2]))
