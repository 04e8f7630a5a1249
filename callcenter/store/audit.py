"""The trail of who saw what is confidential. The service may add to it and not change it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import AgentId, Role

_SQL = load("people")


class Entry(Protocol):
    """One act to be recorded, without what was seen."""

    @property
    def at(self) -> datetime: ...
    @property
    def who(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def person(self) -> AgentId | None: ...
    @property
    def act(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def shown(self) -> int: ...
    @property
    def client(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One recorded act."""

    at: datetime
    who: str
    role: Role
    person: AgentId | None
    act: str
    subject: str
    shown: int
    """How many callers' numbers went out."""
    client: str
    reason: str | None


class AuditStore:
    """The trail. Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, entry: Entry, reason: str | None = None) -> None:
        """Record *entry*; it is on the disk when this returns."""
        said = (entry.who, entry.role, entry.person, entry.act, entry.subject)
        who, role, person, act, subject = (_clean(value) for value in said)
        values = entry.at, who, role, person, act, subject, entry.shown, _clean(entry.client), _clean(reason)
        async with reading(self._pool) as connection:
            await connection.execute(_SQL["log_access"], *values)

    async def between(self, start: datetime, end: datetime, limit: int = 1000) -> list[Access]:
        """At most *limit* acts from *start* until before *end*, in order."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["accesses"], start, end, limit)
        return [Access(**{**row, "role": Role(row["role"])}) for row in rows]


def _clean(value: str | None) -> str | None:
    """PostgreSQL has no place for the character NUL."""
    return None if value is None else value.replace("\0", "\ufffd")
