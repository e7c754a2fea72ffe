"""Kafka's jars: the lock names each with its SHA-256; `fetch` puts exactly these into the user's cache.

jgo finds and downloads them. What lies in our cache has been verified, so that a start asks no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from monitor.local import state
from schemas.errors import ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("kafka-jars.lock")
_AT_ONCE = 8


class Jar(NamedTuple):
    """One line of the lock: a Maven coordinate and the SHA-256 of the file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version} {self.sha256}"


def locked() -> list[Jar]:
    """The jars of the lock, in the order of the class path."""
    lines = LOCK.read_text().splitlines()
    return [parse(line) for line in lines if line and not line.startswith("#")]


def parse(line: str) -> Jar:
    """Read one line of the lock."""
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


def folder() -> Path:
    """Where the verified jars of this lock lie: a folder of their own below the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "churn-monitor" / f"kafka-{sha256_of(LOCK)[:12]}"


def missing() -> list[Jar]:
    """The jars that `fetch` would have to get."""
    return [jar for jar in locked() if not (folder() / jar.filename).exists()]


def classpath() -> list[Path]:
    """The paths of all jars."""
    return [folder() / jar.filename for jar in locked()]


def fetch(got: Callable[[Jar], None] = lambda _jar: None) -> None:
    """Get the jars that are missing, eight at a time, and call `got` after each.

    Raises StoreUnavailable when the network or the repository fails, ConfigError when a file is not the one
    of the lock.
    """
    if missing():
        with state.alone(folder()):
            _fetch(missing(), got)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(wanted: list[Jar], got: Callable[[Jar], None]) -> None:
    maven = _maven()
    with TemporaryDirectory(dir=folder()) as workshop, ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = {pool.submit(_get, maven, jar, Path(workshop)): jar for jar in wanted}
        try:
            for job in as_completed(jobs):
                job.result()
                got(jobs[job])
        finally:
            pool.shutdown(cancel_futures=True)


def _maven() -> MavenContext:
    # The user's own repositories (jgo.conf) come first: behind a company's wall they are the only ones.
    from jgo.config import GlobalSettings  # noqa: PLC0415 - takes half a second, and only fetching needs it
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    settings = GlobalSettings.load()
    repositories = settings.repositories | {
        "central": settings.repositories.get("central", MAVEN_CENTRAL_URL)
    }
    return MavenContext(repo_cache=settings.repo_cache, remote_repos=repositories, timeout=30)


def _get(maven: MavenContext, jar: Jar, workshop: Path) -> None:
    path = _resolved(maven, jar)
    if sha256_of(path) != jar.sha256:
        path.unlink()  # most likely a download that was cut short
        path = _resolved(maven, jar)
    if (found := sha256_of(path)) != jar.sha256:
        path.unlink()
        raise ConfigError(
            f"the SHA-256 of {jar.filename} is {found}, and not the one of the lock",
            remedy="the Maven repository serves another file: see [repositories] in jgo.conf",
        )
    copy = workshop / jar.filename
    shutil.copyfile(path, copy)
    copy.replace(folder() / jar.filename)


def _resolved(maven: MavenContext, jar: Jar) -> Path:
    artifact = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        return artifact.resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo's own, RuntimeErrors
        address = next(iter(maven.remote_repos.values()))
        raise StoreUnavailable(f"cannot download {jar.filename}: {error}", address=address) from error
