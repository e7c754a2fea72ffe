"""The distribution: what it installs, and that its generic names clash with nobody's."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from itertools import chain
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import agents
import monitor
import schemas
from tests.conftest import ROOT

PACKAGES = (schemas, monitor, agents)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    """Version by package in requirements/<name>.txt."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))


def required() -> list[Requirement]:
    groups = PROJECT["dependency-groups"]
    extras = chain.from_iterable(PROJECT["project"]["optional-dependencies"].values())
    plain = [*PROJECT["project"]["dependencies"], *extras, *groups["build"], *groups["dev"]]
    return [Requirement(line) for line in plain if isinstance(line, str)]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_no_other_distribution_provides_a_package_of_ours(package: ModuleType) -> None:
    assert set(packages_distributions().get(package.__name__, [])) <= {"churn-monitor"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_a_package_of_ours_is_imported_from_this_checkout(package: ModuleType) -> None:
    assert package.__path__[0] == str(ROOT / package.__name__)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_a_package_of_ours_says_that_it_is_typed(package: ModuleType) -> None:
    assert (ROOT / package.__name__ / "py.typed").is_file()


def test_the_command_is_installed() -> None:
    (command,) = (
        point for point in distribution("churn-monitor").entry_points if point.name == "churn-monitor"
    )
    assert command.value == "monitor.cli.main:main"


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", *(package.__name__ for package in PACKAGES)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(tracked.stdout.split()) <= packed


@pytest.mark.parametrize("requirement", required(), ids=lambda requirement: requirement.name)
def test_the_lock_holds_a_version_that_the_project_allows(requirement: Requirement) -> None:
    assert requirement.specifier.contains(locked("dev")[requirement.name.lower()])


@pytest.mark.parametrize("name", ["worker", "build"])
def test_every_lock_holds_the_versions_that_the_tests_ran_with(name: str) -> None:
    assert locked(name).items() <= locked("dev").items()


@pytest.mark.parametrize("name", ["dev", "worker", "build"])
def test_every_locked_version_has_a_hash(name: str) -> None:
    blocks = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    assert [line for line in blocks if "==" in line and "--hash=sha256:" not in line] == []
