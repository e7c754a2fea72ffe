"""The repository's files: nothing in them belongs to one machine or one network."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Written in two halves: this file is searched like all others.
REGISTRIES = [
    ("py", "pi.org"),
    ("python", "hosted.org"),
    ("repo1.", "maven.org"),
    ("maven", ".apache.org"),
    ("npm", "js.org"),
    ("crates", ".io"),
    ("deb.", "debian.org"),
    ("security.", "debian.org"),
    ("proxy.", "golang.org"),
]
FOREIGN = {
    "a registry's host": re.compile("|".join(re.escape(left + right) for left, right in REGISTRIES)),
    "a machine's path": re.compile(r"(?<![\w.:-])/(?:work|farm|root|home|Users)/"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        yield from enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    except UnicodeDecodeError:
        return


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_file_names(kind: str) -> None:
    pattern = FOREIGN[kind]
    found = [
        f"{path.relative_to(ROOT)}:{at}"
        for path in tracked()
        for at, line in lines(path)
        if pattern.search(line)
    ]
    assert found == []
