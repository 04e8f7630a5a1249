"""Set-up says what is wrong, and tests that can't run are told, or fail where nothing may be left out."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[2]
PLUGIN = """
from tests.support import needs, parts
needs.PARTS = (parts.Part("needs_moon", "the moon", lambda: False, "look up at night"),)
"""
SUITE = """
import pytest
@pytest.mark.needs_moon
def test_moon(): pass
def test_earth(): pass
"""


def locked(name: str) -> dict[str, str]:
    """Package and version of each line of a lock."""
    lines = (CHECKOUT / name).read_text("utf-8").splitlines()
    pinned = [line.split(" ")[0].split("==") for line in lines if "==" in line and not line.startswith(" ")]
    return {canonicalize_name(package): version for package, version in pinned}


@pytest.mark.parametrize(
    ("lock", "groups"), [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])]
)
def test_the_locks_hold_what_the_project_asks_for(lock, groups):
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(r for g in groups for r in project["dependency-groups"][g]),
    ]
    versions = locked(lock)

    for requirement in map(Requirement, asked):
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, str(requirement)


def test_the_two_locks_agree():
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.fixture
def checkout(tmp_path):
    """What make needs to begin."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        ".npmrc",
        "package-lock.json",
    ):
        shutil.copy(CHECKOUT / name, tmp_path)
    (tmp_path / "callcenter").mkdir()
    return tmp_path


def python_that(folder: Path, says: str) -> str:
    """A python3 whose ``-c`` does as *says* and whose version is old."""
    path = folder / "python-under-test"
    path.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\n{says}\n')
    path.chmod(0o755)
    return str(path)


def make(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """`make setup` with that Python."""
    return subprocess.run(
        ["make", "--no-print-directory", "setup", f"PYTHON={python}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_a_python_that_is_too_old_is_named_with_its_version(checkout):
    done = make(checkout, python_that(checkout, "exit 1"))

    assert done.returncode != 0
    assert "callcenter needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_told_with_the_package_to_install(checkout):
    done = make(checkout, python_that(checkout, 'case "$2" in *ensurepip*) exit 1;; esac'))

    assert done.returncode != 0
    assert "has no venv module" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_no_python_at_all_is_told(checkout):
    done = make(checkout, "")

    assert done.returncode != 0
    assert "none is on the PATH" in done.stderr


def suite(folder: Path, **environment: str) -> str:
    """Output of a run of `SUITE` where a part is missing."""
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "test_it.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    needs_moon: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.needs", "-p", "no:cacheprovider", "-q"],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "CI": "", **environment},
    )  # fmt: skip
    return done.stdout


def test_what_was_left_out_is_listed_with_how_to_get_it(tmp_path):
    told = suite(tmp_path)

    assert "1 passed, 1 skipped" in told
    assert "1 tests that need the moon." in told
    assert "To run them too: look up at night" in told


def test_in_ci_nothing_may_be_left_out(tmp_path):
    told = suite(tmp_path, CI="true")

    assert "1 failed, 1 passed" in told or "1 passed, 1 error" in told
    assert "CI may leave nothing out" in told
