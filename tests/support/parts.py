"""The real parts that some tests need and a Python wheel can't bring: which are here, how to get the rest.

Only the standard library is used, so that it can be asked before anything is installed.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.asterisk import build as asterisk

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache"
PROMETHEUS = CACHE / "prometheus"
"""Where Debian's package is unpacked: its binaries alone, so that no server starts with the machine."""


@functools.cache
def becoming_root() -> list[str] | None:
    """The words to put before a command that needs root; None where that can't be had silently."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def chromium() -> str | None:
    """Path of a Chromium that Playwright can drive."""
    names = (os.environ.get("CALLCENTER_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def chinese_font() -> bool:
    """Whether Chinese text shows as text; without a font every screenshot is boxes."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout.strip())


def _prometheus_binary(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=str(PROMETHEUS / "usr" / "bin"))


def promtool() -> str | None:
    """Path of the checker of Prometheus rules."""
    return _prometheus_binary("promtool")


def prometheus() -> str | None:
    """Path of the Prometheus server."""
    return _prometheus_binary("prometheus")


def pbx() -> bool:
    """Whether a real Asterisk can be run: its root file system is built and we may enter a namespace."""
    return asterisk.built_root() is not None and becoming_root() is not None


def sipp() -> bool:
    """Whether there is a player of SIP calls by the hundred."""
    return shutil.which("sipp") is not None


@dataclass(frozen=True)
class Part:
    """Something real that tests with a marker need."""

    marker: str
    what: str
    here: Callable[[], bool]
    how: str
    """How to get it by hand, for whoever reads that it was left out."""


PARTS = (
    Part(
        "needs_pbx",
        "Asterisk 22 in a namespace of its own",
        pbx,
        "on Debian, as root or with passwordless sudo: tests/support/asterisk/build.py",
    ),
    Part(
        "needs_chromium",
        "Chromium and a Chinese font",
        lambda: chromium() is not None and chinese_font(),
        "apt install chromium fonts-wqy-microhei, or CALLCENTER_CHROMIUM=/path/to/chrome",
    ),
    Part(
        "needs_prometheus",
        "Prometheus and promtool",
        lambda: promtool() is not None and prometheus() is not None,
        "put prometheus and promtool (any 2.40 or newer) on the PATH",
    ),
)
