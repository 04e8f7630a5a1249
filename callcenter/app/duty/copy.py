"""The copy of the duty book on disk: with PostgreSQL away at the start, calls still know who was on duty."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from callcenter.roster.book import DutyBook
from callcenter.roster.model import Person
from callcenter.roster.people import People


class DutyCopy:
    """The file *path*. It holds names and phones of staff and nobody else's."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, book: DutyBook, people: Iterable[Person]) -> None:
        """Keep both, whole or not at all. Raises OSError."""
        told = {"book": book.to_json(), "people": list(people)}
        partial = self._path.with_suffix(".part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(msgspec.json.encode(told))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)

    def read(self) -> tuple[DutyBook, People] | None:
        """What was kept; None where there is none. Raises OSError, or ValueError for a damaged file."""
        try:
            told: dict[str, Any] = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Any])
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as wrong:
            raise ValueError(f"{self._path} is damaged: {wrong}") from wrong
        people = msgspec.convert(told.get("people", []), list[Person])
        return DutyBook.from_json(told.get("book", {})), People(people)
