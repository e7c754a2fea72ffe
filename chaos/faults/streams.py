"""Harm by what is on the topics, and by who reads them."""

from __future__ import annotations

import asyncio

from chaos.poison import POISON
from chaos.town import Town

BURST, BURST_SECONDS = 100, 1.5


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
