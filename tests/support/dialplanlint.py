"""``make lint``'s look at dialplans/: asterisklint over the library, the mark, and the example around them.

asterisklint knows the applications and functions of an older Asterisk: what it does not know and is meant is
listed here. A real Asterisk loads the same files in tests/acceptance.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = (CHECKOUT / "dialplans", CHECKOUT / "dialplans" / "example")
MEANT = ("E_FUNC_MISSING: function 'VM_INFO'",)
"""VM_INFO came with Asterisk 12; it is how to ask whether a mailbox exists in all of 16 to 22."""


def findings(folder: Path) -> list[str]:
    """What asterisklint says of the example, the library and the mark, laid out in *folder* as on a PBX."""
    for source in SOURCES:
        for conf in source.glob("*.conf"):
            shutil.copy(conf, folder)
    with (folder / "extensions.conf").open("a") as dialplan:
        dialplan.write("\n#include callcenter-mark.conf\n")
    program = Path(sys.executable).parent / "asterisklint"
    done = subprocess.run(
        [program, "dialplan-check", "extensions.conf"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    told = (done.stdout + done.stderr).splitlines()
    return [line for line in told if line.strip() and not any(meant in line for meant in MEANT)]


def main() -> int:
    """The command line: one finding a line."""
    with tempfile.TemporaryDirectory() as folder:
        found = findings(Path(folder))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
