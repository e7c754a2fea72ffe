"""Where servers are reached: the kinds of addresses, and secrets that never print themselves.

Nothing connects here.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Secret


class SecretUrl(Secret[str]):
    """A URL of which only the part without user and password is ever shown."""

    def _display(self) -> str:
        url = urlsplit(self.get_secret_value())
        user, _, host = url.netloc.rpartition("@")
        query = "***" if url.query else ""  # redis-py takes a password there too
        return url._replace(netloc=f"***@{host}" if user else host, query=query).geturl()


def _servers(text: str) -> str:
    for server in text.split(","):
        if not re.fullmatch(r"\s*(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\s*", server):
            raise ValueError("must be host:port, several separated by commas")
    return text


def _redis_url(secret: SecretUrl) -> SecretUrl:
    url = urlsplit(secret.get_secret_value())
    if url.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must be a URL such as redis://localhost:6379/0 (or rediss://, unix://)")
    return secret


Servers = Annotated[str, AfterValidator(_servers)]
RedisUrl = Annotated[SecretUrl, AfterValidator(_redis_url)]
