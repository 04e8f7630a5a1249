"""Brings the real parts that tests need where it may: Debian, as root or through passwordless sudo.

    python -m tests.support.provision

Installs by apt (Chromium, a Chinese font), unpacks Prometheus beside the checkout, builds the tests'
Asterisk. Elsewhere it does nothing; the tests then say what they left out and how to get it. PostgreSQL
needs nothing: it comes as a wheel. Always exits 0: what is missing is for the tests to tell.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support import parts
from tests.support.asterisk import build as asterisk

QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
LONGEST_SECONDS = 1200


def main() -> int:
    """Brings what is missing, one part after the other."""
    wanted = list(missing_packages())
    if wanted:
        install(wanted)
    if parts.promtool() is None or parts.prometheus() is None:
        unpack_prometheus()
    if not parts.pbx():
        build_asterisk()
    return 0


def missing_packages() -> Iterator[str]:
    """Debian packages that only root can install."""
    if parts.chromium() is None:
        yield "chromium"
    if not parts.chinese_font():
        yield from ("fonts-wqy-microhei", "fontconfig")
    if not shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        yield "iproute2"


def install(packages: list[str]) -> None:
    """Installs by apt, where there is one and we may."""
    become = parts.becoming_root()
    if become is None or not shutil.which("apt-get"):
        say(f"can't install {' '.join(packages)} here: that takes Debian, and root or passwordless sudo")
        return
    say(f"installing {' '.join(packages)}")
    apt = [
        *become,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-q",
        "-y",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    run([*apt, "update"])
    run([*apt, "install", "--no-install-recommends", *packages])


def unpack_prometheus() -> None:
    """Unpacks Debian's package without installing it: no root, and no server that starts by itself."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    say("fetching Prometheus")
    with tempfile.TemporaryDirectory() as folder:
        fetch = ["apt-get", "-q", "-o", "APT::Sandbox::User=", "download", "prometheus"]
        if not run(fetch, folder=folder) and (become := parts.becoming_root()) is not None:
            run([*become, "apt-get", "-q", "update"])
            run(fetch, folder=folder)
        for package in Path(folder).glob("*.deb"):
            parts.PROMETHEUS.mkdir(parents=True, exist_ok=True)
            run(["dpkg-deb", "--extract", str(package), str(parts.PROMETHEUS)])


def build_asterisk() -> None:
    """Builds the root file system that the tests' PBX runs in."""
    say("building the tests' Asterisk (once; about a minute)")
    try:
        asterisk.ensure()
    except asterisk.CannotError as reason:
        say(f"no Asterisk: {reason}")


def run(command: list[str], *, folder: str | None = None) -> bool:
    """Whether the command worked; its output is shown only if it did not."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=QUIET, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LONGEST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        say(f"gave up after {LONGEST_SECONDS} s: {' '.join(command)}")
        return False
    if done.returncode:
        say("\n  ".join([f"{' '.join(command)} failed:", *done.stdout.strip().splitlines()[-8:]]))
    return done.returncode == 0


def say(text: str) -> None:
    """Tells whoever waits."""
    print(f"provision: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
