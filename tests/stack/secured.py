"""A broker that asks who is there: SASL/SCRAM through TLS, nothing allowed that was not granted.

Beside the secured listener it has a plain one, for its own start and for the tool that grants: whoever comes in there
may do everything.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from monitor.cli.topics_acls import arguments
from monitor.local import java, program
from monitor.local.kafka import TOOL_ARGUMENTS, Kafka
from monitor.local.ports import HOST, choose
from monitor.local.processes import Process
from monitor.local.tools import TOOLS
from schemas.access import Component, grants
from schemas.settings import Settings

SCRAM = "SCRAM-SHA-512"
MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


class Certificates:
    """An authority of the test's own, and a server's certificate that it has issued."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        self._server = folder / "server.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.authority)
        self._issued = authority.issue_cert(HOST, "localhost")

    def for_kafka(self) -> Path:
        """Key and chain in one file, the key as PKCS 8: Kafka reads no other."""
        key = load_pem_private_key(self._issued.private_key_pem.bytes(), password=None)
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._server.write_bytes(plain + b"".join(each.bytes() for each in self._issued.cert_chain_pems))
        return self._server

    def for_server(self) -> SSLContext:
        """What a server in Python needs."""
        context = SSLContext(PROTOCOL_TLS_SERVER)
        self._issued.configure_cert(context)
        return context


class SecuredKafka(Kafka):
    """Kafka with a third port, on which users log in."""

    ports = 3

    def __init__(self, keystore: Path, passwords: dict[str, str]) -> None:
        super().__init__()
        self._keystore = keystore
        self.formatting = [
            word
            for user, password in passwords.items()
            for word in ("--add-scram", f"{SCRAM}=[name={user},password={password}]")
        ]

    def properties(self, ports: Sequence[int], home: Path) -> str:
        secured = f",SECURED://{HOST}:{ports[2]}"
        plain = super().properties(ports, home).splitlines()
        lines = [f"{line}{secured}" if line.startswith(LISTENERS) else line for line in plain]
        return "\n".join(
            f"{line},SECURED:SASL_SSL" if line.startswith("listener.security.protocol.map") else line
            for line in lines
        ) + (
            "\nauthorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
            "\nsuper.users=User:ANONYMOUS"
            f"\nlistener.name.secured.sasl.enabled.mechanisms={SCRAM}"
            f"\nlistener.name.secured.{SCRAM.lower()}.sasl.jaas.config={MODULE} required;"
            "\nlistener.name.secured.ssl.keystore.type=PEM"
            f"\nlistener.name.secured.ssl.keystore.location={self._keystore}\n"
        )


LISTENERS = ("listeners=", "advertised.listeners=")


class Secured(NamedTuple):
    """A running broker: the address where users log in, and the plain one."""

    home: Path
    address: str
    plain: str

    def grant(self, component: Component, user: str, settings: Settings) -> None:
        """Give a user what `churn-monitor topics acls` says, by Kafka's own tool."""
        tool = [java.executable(), f"@{self.home / TOOL_ARGUMENTS}", TOOLS["acls"]]
        for right in grants(component, settings):
            line = [*tool, "--bootstrap-server", self.plain, *arguments(right, user)]
            subprocess.run(line, check=True, capture_output=True, env=java.environment(os.environ))


@contextmanager
def secured(home: Path, certificates: Certificates, passwords: dict[str, str]) -> Iterator[Secured]:
    """A broker on which these users may log in, and may nothing yet."""
    ports: list[int] = []
    began: list[Process] = []

    def noted(chosen: list[int], process: Process) -> None:
        ports[:] = chosen
        began.append(process)

    process = program.start(SecuredKafka(certificates.for_kafka(), passwords), home, began=noted)
    try:
        yield Secured(home, f"{HOST}:{ports[2]}", f"{HOST}:{ports[0]}")
    finally:
        process.stop()


@asynccontextmanager
async def through_tls(target: int, certificates: Certificates) -> AsyncIterator[int]:
    """A port on which a server without TLS of its own is reached through it."""

    relays: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relays.add(asyncio.current_task())  # type: ignore[arg-type]  # a handler runs in a task
        their_reader, their_writer = await asyncio.open_connection(HOST, target)
        try:
            await asyncio.gather(_copy(reader, their_writer), _copy(their_reader, writer))
        finally:
            for each in (their_writer, writer):
                each.transport.abort()

    (port,) = choose(1)
    server = await asyncio.start_server(relay, HOST, port, ssl=certificates.for_server())
    async with server:
        yield port
        for each in relays:
            each.cancel()
        await asyncio.wait(relays or {asyncio.create_task(asyncio.sleep(0))})


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()
