"""Codes for signing in and out that were dialled on phones, as the fact log has them."""

from datetime import datetime

from callcenter.facts import DutySigned
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import PbxName, Phone, SignKind

_SQL = load("dialled")


class DialledStore:
    """Raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def since(self, start: datetime) -> list[DutySigned]:
        """Those from *start* on, in order of time."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["signs"], start)
        return [
            DutySigned(
                at=row["at"], pbx=PbxName(row["pbx"]), phone=Phone(row["phone"]), kind=SignKind(row["sign"])
            )
            for row in rows
        ]
