"""What lies over the file: environment variables, and secrets from files."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callcenter.config.faults import Fault, Place
from callcenter.config.schema import LISTS, Config, Table, table_at

PREFIX = "CALLCENTER_"
_MAX_SECRET = 64 * 1024


class Overlay:
    """Lays variables over *data* in place and remembers which place came from which variable."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.origin: dict[Place, str] = {}
        self.faults: list[Fault] = []

    def environment(self, environ: Mapping[str, str]) -> None:
        """Apply every variable that means a key."""
        for variable in sorted(environ, key=_natural):
            if (path := _path(variable)) is not None:
                self._put(variable, path, environ[variable])

    def _put(self, variable: str, path: tuple[str, ...], text: str) -> None:
        if path[0] in LISTS:
            self._put_entry(variable, path, text)
        elif len(path) == 1:
            self._set(self.data, path, path[0], variable, text)
        elif len(path) == 2 and isinstance(table := self.data.setdefault(path[0], {}), dict):
            self._set(table, path, path[1], variable, text)
        else:
            self.faults.append(Fault((), "names no key of the configuration", variable))

    def _put_entry(self, variable: str, path: tuple[str, ...], text: str) -> None:
        entries = self.data.setdefault(path[0], [])
        index = _index(entries, path[0], path[1]) if len(path) == 3 and isinstance(entries, list) else None
        if index is None:
            why = f"names no entry of [[{path[0]}]]: write its place from 0, or its {LISTS[path[0]]}"
            self.faults.append(Fault((), why, variable))
            return
        if index == len(entries):
            entries.append({})
        self._set(entries[index], (path[0], index, path[2]), path[2], variable, text)

    def _set(self, table: dict[str, Any], place: Place, key: str, variable: str, text: str) -> None:
        table[key] = _value(text)
        self.origin[place] = variable


def secret_files(data: dict[str, Any], base: Path) -> Iterator[Fault]:
    """Replace each ``x_file`` beside a secret ``x`` by the file's text, without its line end."""
    for place, table in _tables(data):
        kind = table_at(place)
        for key in _secret_keys(kind) if kind else ():
            path = table.pop(f"{key}_file", None)
            if path is None:
                continue
            try:
                table[key] = _read(base / str(path))
            except (OSError, ValueError) as error:
                table.setdefault(key, "unreadable")
                yield Fault((*place, f"{key}_file"), f"can't be read: {_why(error)}")


def _tables(data: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield (key,), value
        elif isinstance(value, list) and key in LISTS:
            yield from (((key, n), entry) for n, entry in enumerate(value) if isinstance(entry, dict))


def _secret_keys(kind: type[Table]) -> list[str]:
    return [key for key, field in kind.model_fields.items() if "SecretStr" in repr(field.annotation)]


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        text = file.read(_MAX_SECRET)
    if not text.strip():
        raise ValueError("it is empty")
    return text.rstrip("\r\n")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or 'unreadable'} ({error.filename})"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _path(variable: str) -> tuple[str, ...] | None:
    """The key that *variable* means; None for a variable of others.

    Without ``__`` only a key of the top level is meant: container platforms set variables such as
    ``CALLCENTER_PORT`` for a service that is called callcenter, and these must not be faults.
    """
    if not variable.startswith(PREFIX):
        return None
    path = tuple(part.lower() for part in variable.removeprefix(PREFIX).split("__"))
    field = Config.model_fields.get(path[0])
    if len(path) == 1 and (field is None or path[0] in LISTS or table_at(path) is not None):
        return None
    return path


def _value(text: str) -> object:
    """Lists are written as in TOML; anything else is text that the schema makes sense of."""
    if text.lstrip().startswith("["):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _index(entries: list[Any], key: str, word: str) -> int | None:
    for n, entry in enumerate(entries):
        if isinstance(entry, dict) and _plain(str(entry.get(LISTS[key], ""))) == _plain(word):
            return n
    if word.isdecimal() and int(word) <= len(entries):
        return int(word)
    return None


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", word.lower())


def _natural(variable: str) -> list[tuple[int, str]]:
    """``PBX__2`` before ``PBX__10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in variable.split("__")]
