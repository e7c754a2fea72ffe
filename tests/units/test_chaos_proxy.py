"""The proxy before the broker: bytes pass, are held, come late, or are refused."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest

from chaos.proxy import Proxy
from monitor.local.ports import HOST

SOON = 0.15
clients: list[Client] = []


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(100):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    proxy = Proxy()
    proxy.target = server.sockets[0].getsockname()[1]
    await proxy.start()
    yield proxy
    for each in clients:
        each.writer.close()
    clients.clear()
    await proxy.close()
    server.close()
    await asyncio.sleep(SOON)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def said_back(self, within: float = SOON) -> bytes | None:
        self.writer.write(b"x")
        try:
            return await asyncio.wait_for(self.reader.read(1), within)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""


async def client(proxy: Proxy) -> Client:
    made = Client(*await asyncio.open_connection(HOST, proxy.port))
    clients.append(made)
    return made


async def test_bytes_pass(proxy: Proxy) -> None:
    assert await (await client(proxy)).said_back() == b"x"


async def test_held_bytes_come_when_it_opens(proxy: Proxy) -> None:
    known = await client(proxy)
    assert await known.said_back() == b"x"
    proxy.hold()
    fresh = await client(proxy)
    assert await known.said_back() is None
    assert await fresh.said_back() is None
    proxy.open()
    assert await known.reader.read(1) == b"x"
    assert await fresh.reader.read(1) == b"x"


async def test_one_process_alone_is_held(proxy: Proxy) -> None:
    ours = await client(proxy)
    assert await ours.said_back() == b"x"
    proxy.hold(os.getppid())
    assert await ours.said_back() == b"x"
    proxy.hold(os.getpid())
    assert await ours.said_back() is None
    assert await (await client(proxy)).said_back() is None


async def test_refused_connections_are_broken_and_made_no_more(proxy: Proxy) -> None:
    known = await client(proxy)
    assert await known.said_back() == b"x"
    proxy.refuse()
    assert await known.said_back() == b""
    assert await (await client(proxy)).said_back() in (b"", None)
    proxy.open()
    assert await (await client(proxy)).said_back() == b"x"


async def test_a_delay_is_a_delay(proxy: Proxy) -> None:
    known = await client(proxy)
    proxy.delay = 0.05
    began = time.monotonic()  # noqa: TID251  real bytes, real time
    assert await known.said_back(1.0) == b"x"
    assert time.monotonic() - began >= 0.1  # noqa: TID251
