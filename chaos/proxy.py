"""A TCP proxy before the broker, which can hold back, delay or refuse what passes, for all or for one process.

The broker tells its clients this address, so nothing of theirs goes round it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psutil

from monitor.local.ports import HOST

CHUNK = 1 << 16


class _Connection:
    def __init__(self, port: int, writers: tuple[asyncio.StreamWriter, ...]) -> None:
        self.port = port
        self.writers = writers

    def close(self) -> None:
        for writer in self.writers:
            writer.close()


class Proxy:
    """Passes bytes on to the port `target`. Held bytes flow again when it opens, as after a broken line."""

    def __init__(self) -> None:
        self.target = 0
        self.delay = 0.0
        """Seconds that each piece takes longer, either way."""
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._held = False
        self._held_ports: set[int] = set()
        self._held_pid: int | None = None
        self._refuses = False
        self._changed = asyncio.Event()

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else 0

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)

    async def close(self) -> None:
        """Drop everything."""
        self._drop()
        if self._server is not None:
            self._server.close()

    def hold(self, pid: int | None = None) -> None:
        """Let nothing through any more, either way; only of one process, if one is named."""
        self._held, self._held_pid = pid is None, pid
        self._held_ports = _ports_of(pid) if pid is not None else set()

    def refuse(self) -> None:
        """Break all connections, and take no new ones."""
        self._refuses = True
        self._drop()

    def open(self) -> None:
        """Let everything through again."""
        self._held, self._held_pid, self._held_ports, self._refuses, self.delay = (
            False,
            None,
            set(),
            False,
            0.0,
        )
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = int(writer.get_extra_info("peername")[1])
        if self._held_pid is not None and port in _ports_of(self._held_pid):
            self._held_ports.add(port)
        try:
            if self._refuses:
                return
            await self._until_open(port)
            onward, back = await asyncio.open_connection(HOST, self.target)
            connection = _Connection(port, (writer, back))
            self._connections.add(connection)
            try:
                await asyncio.gather(self._pump(port, reader, back), self._pump(port, onward, writer))
            finally:
                self._connections.discard(connection)
                connection.close()
        except (OSError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _pump(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(CHUNK):
                await self._until_open(port)
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def _until_open(self, port: int) -> None:
        while self._held or port in self._held_ports:
            await self._changed.wait()

    def _drop(self) -> None:
        for connection in [*self._connections]:
            connection.close()


def _ports_of(pid: int) -> set[int]:
    """The local ports of a process's connections."""
    try:
        return {each.laddr.port for each in psutil.Process(pid).net_connections("tcp")}
    except psutil.Error:
        return set()
