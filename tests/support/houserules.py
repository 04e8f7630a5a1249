"""House rules that no linter knows: sizes, and nothing in the repository that ties it to one place.

    python -m tests.support.houserules

Prints each breach with its file and line and exits 1, else says nothing.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 350
LONGEST_TEST_MODULE = 600
"""One subject's scenarios may stand together."""
LONGEST_FUNCTION = 60
ELSEWHERE = re.compile(
    r"https?://[^/\s\"']*(?:pypi|npmjs|registry|mirrors?[.-]|deb\.debian|ftp\d?\.[a-z]+\.debian)[^\s\"']*"
    r"|https?://(?:[^/\s\"']*\.)?(?:cdn|unpkg|jsdelivr|cdnjs|googleapis|gstatic|bootstrapcdn)[^\s\"']*"
    r"|https?://[^\s\"']+\.(?:whl|tgz|deb)\b"
)
"""A package registry's address, or a library loaded from somebody else's server."""


def main() -> int:
    """Checks what git knows of the checkout."""
    found = list(breaches(CHECKOUT, tracked(CHECKOUT)))
    print("\n".join(found))
    return 1 if found else 0


def tracked(checkout: Path) -> list[str]:
    """Files in git, and new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=checkout, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [name for name in listed if (checkout / name).is_file()]


def breaches(checkout: Path, names: list[str]) -> Iterator[str]:
    """One line for each breach."""
    for name in names:
        try:
            text = (checkout / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from strangers(checkout, name, text)
        if name.endswith(".py"):
            yield from sizes(name, text)


def strangers(checkout: Path, name: str, text: str) -> Iterator[str]:
    """Addresses of registries and of other people's servers, and paths of the machine it was written on."""
    here = f"{checkout.parent}/"
    for number, line in enumerate(text.splitlines(), 1):
        if match := ELSEWHERE.search(line):
            yield f"{name}:{number}: {match[0]} ties the project to one server"
        if len(here) > len("/x/") and here in line:
            yield f"{name}:{number}: a path of this machine"


def sizes(name: str, text: str) -> Iterator[str]:
    """Modules and functions that ask for a name that is missing."""
    lines, longest = text.count("\n"), LONGEST_TEST_MODULE if name.startswith("tests/") else LONGEST_MODULE
    if lines > longest:
        yield f"{name}: {lines} lines, at most {longest}"
    for node in ast.walk(ast.parse(text, name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno}: {node.name} has {size} lines, at most {LONGEST_FUNCTION}"


if __name__ == "__main__":
    sys.exit(main())
