"""The copy of the duty book on disk: with PostgreSQL away at the start, calls still know who was on duty."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from callcenter.config import Config
from callcenter.roster.book import DutyBook
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.model import Person
from callcenter.roster.people import People
from callcenter.roster.plan import NO_BOOK, NO_PEOPLE, Plan
from callcenter.sites import Agent, Hotline


def copy_of(config: Config) -> "DutyCopy":
    """Where the configuration keeps it."""
    return DutyCopy(config.data_dir / "duty.json")


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

    def plan(self, hotlines: Iterable[Hotline], agents: Iterable[Agent]) -> Plan:
        """The plan as it was kept, or without a roster where nothing can be read: to look back without a
        database. Forced modes and the calendar are not in it."""
        try:
            kept = self.read()
        except (OSError, ValueError):
            kept = None
        book, people = kept if kept is not None else (NO_BOOK, NO_PEOPLE)
        calendar = WorkCalendar({}, frozenset())
        staff = people.with_agents(agents)
        return Plan.of(hotlines, book=book, people=staff, calendar=calendar, forced={})

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
