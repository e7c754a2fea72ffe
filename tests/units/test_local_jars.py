"""Kafka's jars: the lock, and fetching from a repository that may serve anything."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor.local import jars
from schemas.errors import ConfigError, StoreUnavailable

GOOD = b"the jar that was locked"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class Maven:
    """A Maven repository on loopback, and the user's cache folders, all below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.served = folder / "served" / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
        self.local = folder / "m2" / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
        for path in (self.served, self.local):
            path.parent.mkdir(parents=True)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Maven]:
    repository = Maven(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    lock = tmp_path / "jars.lock"
    lock.write_text(f"# a comment\norg.example:thing:1.0 {hashlib.sha256(GOOD).hexdigest()}\n")
    (tmp_path / "jgo.conf").write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
    monkeypatch.setattr(jars, "LOCK", lock)
    for name, value in (("JGO_CONFIG_FILE", "jgo.conf"), ("M2_REPO", "m2"), ("XDG_CACHE_HOME", "cache")):
        monkeypatch.setenv(name, str(tmp_path / value))
    yield repository
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_jar_is_locked_once_with_its_sha256() -> None:
    locked = jars.locked()
    assert len({(jar.group, jar.artifact) for jar in locked}) == len(locked) > 40
    assert len({jar.filename for jar in locked}) == len(locked)
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in locked)


def test_the_jars_of_kafka_are_all_of_one_version() -> None:
    kafka = {jar.version for jar in jars.locked() if jar.group == "org.apache.kafka"}
    assert len(kafka) == 1


def test_the_lock_names_no_host() -> None:
    assert "://" not in jars.LOCK.read_text()


def test_a_line_of_the_lock_reads_back() -> None:
    assert [jars.parse(str(jar)) for jar in jars.locked()] == jars.locked()


def test_a_missing_jar_is_downloaded(maven: Maven) -> None:
    maven.served.write_bytes(GOOD)
    got: list[jars.Jar] = []
    jars.fetch(got.append)
    assert [path.read_bytes() for path in jars.classpath()] == [GOOD]
    assert got == jars.locked()


def test_a_jar_of_the_local_maven_cache_is_not_downloaded(maven: Maven) -> None:
    maven.local.write_bytes(GOOD)
    jars.fetch()
    assert jars.missing() == []


def test_two_who_fetch_at_once_download_once(maven: Maven) -> None:
    maven.served.write_bytes(GOOD)
    got: list[jars.Jar] = []
    threads = [threading.Thread(target=jars.fetch, args=(got.append,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == jars.locked()


def test_what_is_fetched_is_not_looked_up_again(maven: Maven) -> None:
    maven.served.write_bytes(GOOD)
    jars.fetch()
    maven.served.unlink()
    maven.local.unlink()
    jars.fetch()
    assert jars.missing() == []


def test_a_download_that_was_cut_short_is_done_again(maven: Maven) -> None:
    maven.local.write_bytes(GOOD[:5])
    maven.served.write_bytes(GOOD)
    jars.fetch()
    assert [path.read_bytes() for path in jars.classpath()] == [GOOD]


def test_a_jar_that_is_not_the_locked_one_is_refused(maven: Maven) -> None:
    maven.served.write_bytes(b"another jar")
    with pytest.raises(ConfigError, match=r"SHA-256 of thing-1\.0\.jar"):
        jars.fetch()
    assert jars.missing()
    assert not maven.local.exists()


@pytest.mark.usefixtures("maven")
def test_a_repository_without_the_jar_is_named() -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1.*cannot download thing-1\.0\.jar"):
        jars.fetch()


def test_nothing_but_verified_jars_is_left_in_the_cache(maven: Maven) -> None:
    maven.served.write_bytes(GOOD)
    jars.fetch()
    assert {path.name for path in jars.folder().iterdir()} == {"thing-1.0.jar", ".lock"}
