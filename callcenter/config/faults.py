"""Faults of a configuration, one line each: which file, which line, which key, what, and what to do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Place = tuple[str | int, ...]
"""Keys and indices that lead to a value, e.g. ``("hotline", 1, "cadence")``."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    place: Place
    what: str
    origin: str | None = None
    """The environment variable that the value came from; None: the file."""


class ConfigError(Exception):
    """The configuration can't be used. ``lines`` holds one line per fault, ready for an operator."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def show(fault: Fault, file: str, numbers: Mapping[Place, int]) -> str:
    """The fault as one line: ``callcenter.toml:17: [[hotline]] #2 cadence: …``."""
    if fault.origin:
        return f"environment: {fault.origin}: {fault.what}"
    line = line_of(fault.place, numbers)
    where = f"{file}:{line}" if line else file
    place = words(fault.place)
    return f"{where}: {place}: {fault.what}" if place else f"{where}: {fault.what}"


def words(place: Place) -> str:
    """A place as the operator wrote it: ``[[hotline]] #2 cadence``, ``[web] listen``, ``data_dir``."""
    match place:
        case (str(table), int(n), *rest):
            return " ".join([f"[[{table}]] #{n + 1}", *(_step(part) for part in rest)])
        case (str(table), str(key), *rest):
            return " ".join([f"[{table}] {key}", *(_step(part) for part in rest)])
    return " ".join(str(part) for part in place)


def _step(part: str | int) -> str:
    return f"#{part + 1}" if isinstance(part, int) else part


def nearest(key: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the known key that was probably meant."""
    known = sorted(known)
    close = get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def line_numbers(text: str) -> dict[Place, int]:
    """Where in the file each table and key stands, for messages.

    Read line by line and not by TOML's grammar: a key written in an unusual way has no number, and
    its message is led by its table's instead.
    """
    return dict(_numbered(text))


def _numbered(text: str) -> Iterator[tuple[Place, int]]:
    table: Place = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
            else:
                table = (name,)
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, key[1]), number


def line_of(place: Place, numbers: Mapping[Place, int]) -> int | None:
    """The line of a key, else of the table around it."""
    prefixes = (place[:n] for n in range(len(place), 0, -1))
    return next((numbers[p] for p in prefixes if p in numbers), None)


_SENTENCES = {
    "missing": "is missing",
    "string_type": 'must be text: write it in quotes, e.g. "4001"',
    "string_too_short": "must not be empty",
    "too_short": "must not be an empty list",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "tuple_type": 'must be a list, e.g. ["a", "b"]',
}


def sentence(error: dict[str, Any]) -> str:
    """What pydantic found, in an operator's words; never the value itself."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    known = _SENTENCES.get(error["type"])
    return known or str(error["msg"]).replace("Input should be", "must be")
