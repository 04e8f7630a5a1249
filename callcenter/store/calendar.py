"""Workdays and holidays as they were announced and imported."""

from collections.abc import Mapping
from datetime import date

from callcenter.roster.calendar import DayKind
from callcenter.store.notices import DUTY, ring
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean

_SQL = load("calendar")


class CalendarStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def days(self) -> tuple[dict[date, DayKind], frozenset[int]]:
        """The days that were imported, and the years whose notice is official."""
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            days = await connection.fetch(_SQL["days"], None)
            years = await connection.fetch(_SQL["years"])
        official = frozenset(row["year"] for row in years if row["official"])
        return {row["day"]: DayKind(row["kind"]) for row in days}, official

    async def import_year(
        self, year: int, days: Mapping[date, DayKind], by: str, *, official: bool = True
    ) -> bool:
        """Let *days* be all that is special in *year*, in place of an earlier import, which is kept.

        *official*: it is the notice itself and not what is expected. False where nothing changed. Raises
        ValueError for a day of another year.
        """
        if strangers := sorted(day for day in days if day.year != year):
            raise ValueError(f"{strangers[0]} is no day of {year}: import each year by itself")
        async with reading(self._pool) as connection, connection.transaction():
            await connection.execute(_SQL["lock"])
            known = {row["year"]: row["official"] for row in await connection.fetch(_SQL["years"])}
            there = {row["day"]: row["kind"] for row in await connection.fetch(_SQL["days"], year)}
            if known.get(year) == official and there == days:
                return False
            version: int = await connection.fetchval(_SQL["last_version"], year) + 1
            await connection.execute(_SQL["add_year"], year, version, official, clean(by))
            rows = [(year, version, day, kind) for day, kind in sorted(days.items())]
            await connection.executemany(_SQL["add_day"], rows)
            await ring(connection, DUTY, "calendar")
        return True
