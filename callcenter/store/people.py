"""People out of the database. Each is kept in every version: who left keeps a name in history."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import asyncpg

from callcenter.roster.model import Person
from callcenter.roster.people import sort_key_of
from callcenter.store.notices import DUTY, ring
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, Phone, Role

_SQL = load("person")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonVersion:
    """What was known of a person from a moment on."""

    version: int
    """1 is the oldest."""
    at: datetime
    author: str
    reason: str
    person: Person


class PeopleStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> list[Person]:
        """Everybody who was ever known, those who left among them, in order of id."""
        async with reading(self._pool) as connection:
            return [_person(row) for row in await connection.fetch(_SQL["all"])]

    async def put(self, person: Person, by: str, reason: str) -> bool:
        """Add *person*, or replace what was known; False where exactly that was known already.

        Without a sort key the name's pinyin is taken.
        """
        return await self.put_all([person], by, reason) == 1

    async def put_all(self, persons: Iterable[Person], by: str, reason: str) -> int:
        """Put all of *persons* or none; how many of them were news."""
        async with reading(self._pool) as connection, connection.transaction():
            await connection.execute(_SQL["lock"])
            news = [await _put(connection, person, by, reason) for person in persons]
            if any(news):
                await ring(connection, DUTY, "people")
        return sum(news)

    async def leave(self, person: AgentId, last_day: date, by: str, reason: str) -> Person:
        """Let *last_day* be the person's last. Raises LookupError for somebody who is not known."""
        async with reading(self._pool) as connection, connection.transaction():
            await connection.execute(_SQL["lock"])
            row = await connection.fetchrow(_SQL["last"], clean(person))
            if row is None:
                raise LookupError(f'Nobody is known as "{person}": write an id from the people list')
            gone = replace(_person(row), active_until=last_day)
            if await _put(connection, gone, by, reason):
                await ring(connection, DUTY, "people")
        return gone

    async def history(self, person: AgentId) -> list[PersonVersion]:
        """What was known of *person*, the oldest first; nothing for somebody who is not known."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["history"], clean(person))
        return [
            PersonVersion(
                version=row["version"],
                at=row["at"],
                author=row["author"],
                reason=row["reason"],
                person=_person(row),
            )
            for row in rows
        ]


async def _put(connection: Connection, person: Person, by: str, reason: str) -> bool:
    values = _values(person)
    last = await connection.fetchrow(_SQL["last"], values[0])
    if last is not None and _values(_person(last)) == values:
        return False
    version = 1 if last is None else last["version"] + 1
    await connection.execute(_SQL["put"], *values, version, clean(by), clean(reason))
    return True


def _values(person: Person) -> tuple[Any, ...]:
    return (
        clean(person.id),
        clean(person.name),
        clean(person.sort_key or sort_key_of(person.name)),
        [clean(phone) for phone in person.phones],
        [role.value for role in person.roles],
        person.active_from,
        person.active_until,
    )


def _person(row: asyncpg.Record) -> Person:
    return Person(
        id=AgentId(row["id"]),
        name=row["name"],
        sort_key=row["sort_key"],
        phones=tuple(Phone(phone) for phone in row["phones"]),
        roles=tuple(Role(role) for role in row["roles"]),
        active_from=row["active_from"],
        active_until=row["active_until"],
    )
