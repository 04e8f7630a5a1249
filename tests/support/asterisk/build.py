#!/usr/bin/env python3
"""Builds the root file system that the tests' Asterisk runs in, from Debian packages.

    tests/support/asterisk/build.py            build it (or find it already there); print its path
    tests/support/asterisk/build.py --check    say what is missing, build nothing
    tests/support/asterisk/build.py 16         the same for Asterisk 16, which only recordings are made on

It needs mmdebstrap, which it installs by apt where it may (as root, or through sudo without a
password), and a Debian mirror, whose address it takes from this machine's own apt sources, so that it
works wherever apt works. The result lies in `.cache/asterisk-<major>/<stamp>/` of the checkout, which git
ignores; the stamp changes with the recipe. Running it twice, or twice at once, is harmless. Only the
standard library is used: it runs before the project is set up.

Exit status: 0 ready, 3 not possible here (the reason is printed).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPE = 1
"""Raise it when what is built changes other than by suite and packages."""

CHECKOUT = Path(__file__).resolve().parents[3]
TOOLS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils", "apt-get": "apt"}
LEAN = ("man", "doc", "locale", "info", "lintian")
KEPT_APT_SETTINGS = re.compile(
    r"^Acquire::(https?::.*|Retries|Check-Valid-Until|Check-Date|ForceIPv[46]"
    r"|Allow[A-Za-z]*Repositories|Proxy-Auto-Detect)$",
    re.IGNORECASE,
)


class CannotError(Exception):
    """The root file system can't be had on this machine; the message says why and what would help."""


@dataclass(frozen=True)
class Edition:
    """One Asterisk, and where Debian has it."""

    major: str
    suite: str
    packages: tuple[str, ...]

    @property
    def cache(self) -> Path:
        """The folder of what is built."""
        return CHECKOUT / ".cache" / f"asterisk-{self.major}"

    @property
    def stamp(self) -> str:
        """A name that changes whenever the same command would build something else."""
        recipe = "\n".join((self.suite, *self.packages, *LEAN, str(RECIPE)))
        return f"{self.suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


NEWEST = Edition("22", "forky", ("asterisk", "asterisk-core-sounds-en-gsm"))
"""The tests run on this one."""
OLDEST = Edition("16", "bullseye", ("asterisk", "asterisk-voicemail", "asterisk-core-sounds-en-gsm"))
"""The oldest that is promised: its recordings are replayed, and only their recorder needs it."""
EDITIONS = {edition.major: edition for edition in (NEWEST, OLDEST)}


def built_root(edition: Edition = NEWEST) -> Path | None:
    """The finished root file system, or None. Finished means: renamed into place as the last step."""
    root = edition.cache / edition.stamp
    return root if (root / "usr" / "sbin" / "asterisk").exists() else None


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("--check", action="store_true", help="say what is missing and build nothing")
    options.add_argument("major", nargs="?", choices=sorted(EDITIONS), default=NEWEST.major)
    given = options.parse_args()
    edition = EDITIONS[given.major]
    try:
        print(check(edition) if given.check else ensure(edition))
    except CannotError as reason:
        print(f"no Asterisk to test against: {reason}", file=sys.stderr)
        return 3
    return 0


def check(edition: Edition = NEWEST) -> Path:
    """The finished root file system. Raises CannotError if there is none."""
    if (root := built_root(edition)) is None:
        raise CannotError("it is not built yet: run tests/support/asterisk/build.py")
    return root


def ensure(edition: Edition = NEWEST) -> Path:
    """The root file system, built first if need be. Raises CannotError."""
    if root := built_root(edition):
        return root
    with one_at_a_time(edition):
        if root := built_root(edition):  # whoever held the lock before us may have built it
            return root
        become = privilege()
        install_tools(become)
        build(become, mirror(), edition)
    return check(edition)


@contextlib.contextmanager
def one_at_a_time(edition: Edition) -> Iterator[None]:
    """Holds the build lock; the kernel lets go of it however we end, and not before what we started ends."""
    edition.cache.mkdir(parents=True, exist_ok=True)
    with (edition.cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        yield


def privilege() -> list[str]:
    """The words to put before a command that needs root. Raises CannotError if there are none."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    raise CannotError("building it needs root, or sudo without a password")


def install_tools(become: list[str]) -> None:
    """Brings what the build needs, by apt. Raises CannotError where that is not Debian or fails."""
    if not shutil.which("apt-get"):
        raise CannotError("it is built from Debian packages and this machine has no apt")
    missing = sorted(
        {package for tool, package in TOOLS.items() if not shutil.which(tool, path=search_path())}
    )
    if not missing:
        return
    apt = [*become, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    run([*apt, "update"], "apt-get update failed", fatal=False)
    run([*apt, "install", "--no-install-recommends", *missing], f"apt can't install {' '.join(missing)}")


def mirror() -> str:
    """Address of a Debian mirror, as this machine's apt knows it: .list and .sources alike."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(LABEL)"],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    for line in dict.fromkeys(told.splitlines()):
        uri, release, component, label = line.split("|", 3)
        plain = component == "main" and not re.search(r"security|updates|backports", f"{release} {uri}")
        if plain and label in {"Debian", "", "$(LABEL)"}:
            return uri
    raise CannotError("apt's sources on this machine name no Debian mirror with component main")


def apt_settings() -> list[str]:
    """How this machine's apt reaches its mirrors (proxies, dates, trust), for mmdebstrap's own apt."""
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    lines = [
        line for line in dumped.splitlines() if KEPT_APT_SETTINGS.match(line.split(" ", 1)[0].rstrip(":"))
    ]
    lines += [
        'Acquire::Check-Valid-Until "false";',  # a mirror kept for repeatable builds is past its date
        'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
        'Dir::Etc::netrc "/etc/apt/auth.conf";',
        'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";',
    ]
    return [f"--aptopt={line}" for line in lines if '""' not in line]


def build(become: list[str], uri: str, edition: Edition) -> None:
    """Builds beside the final place and renames: what has the final name is whole."""
    fresh = edition.cache / f"{edition.stamp}.new"
    remove(become, fresh)
    command = [
        "mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(edition.packages)}",
        *apt_settings(),
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in LEAN),
        # what apt was told here may hold a proxy's password: not to be kept
        '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1"/etc/apt/auth.conf.d/*',
        '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*',
        edition.suite, str(fresh), f"deb {uri} {edition.suite} main",
    ]  # fmt: skip
    # mmdebstrap mounts /proc and /sys: in a mount namespace of its own they vanish with it, however it ends
    unshared = [*become, "unshare", "--mount", "--propagation=private", "--", *command]
    run(unshared, f"mmdebstrap could not build {edition.suite} with {', '.join(edition.packages)}")
    try:
        verify(become, fresh, edition)
    except CannotError:
        remove(become, fresh)
        raise
    run(
        [*become, "mv", "--no-target-directory", str(fresh), str(edition.cache / edition.stamp)],
        "the result can't be renamed",
    )
    for old in edition.cache.glob(f"{edition.suite}-*"):
        if old.name != edition.stamp:
            remove(become, old)


def verify(become: list[str], root: Path, edition: Edition) -> None:
    """Makes sure that it is the Asterisk that was meant: a suite moves on."""
    told = subprocess.run(
        [*become, "chroot", str(root), "/usr/sbin/asterisk", "-V"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not told.startswith(f"Asterisk {edition.major}."):
        raise CannotError(
            f"Debian {edition.suite} has {told or 'no working Asterisk'}, and {edition.major} is wanted"
        )


def remove(become: list[str], path: Path) -> None:
    """Deletes a root file system, and never what is mounted in it."""
    if path.exists():
        run([*become, "rm", "-rf", "--one-file-system", str(path)], f"{path} can't be removed")


def search_path() -> str:
    """PATH with the folders of administration programs, which a user's own often lacks."""
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def run(command: list[str], failure: str, *, fatal: bool = True) -> None:
    """Runs a command, quiet while it works. Raises CannotError with the end of its output if it fails."""
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
        "PATH": search_path(),
    }
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False, close_fds=False,
    )  # fmt: skip
    if done.returncode and fatal:
        raise CannotError("\n  ".join([f"{failure}:", *done.stdout.strip().splitlines()[-8:]]))


if __name__ == "__main__":
    sys.exit(main())
