"""API tokens. The secret is shown once and only its SHA-256 is kept: 256 random bits need no slow hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import AgentId, Role

_SQL = load("people")
PREFIX = "cc_"
"""Begins every secret, so that one that has leaked can be searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token stands for."""

    token_id: str
    """Names the token in the audit trail; tells nothing of its secret."""
    role: Role
    person: AgentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its keeper sees it: everything but the secret."""

    grant: Grant
    created_at: datetime
    revoked_at: datetime | None


class TokenStore:
    """The tokens there are. Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, role: Role, person: AgentId | None = None) -> tuple[Grant, str]:
        """A new token in force, and its secret, which nobody can ask for again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        grant = Grant(token_id=f"t-{secrets.token_hex(4)}", role=role, person=person)
        async with reading(self._pool) as connection:
            await connection.execute(_SQL["create_token"], grant.token_id, _digest(secret), role, person)
        return grant, secret

    async def find(self, secret: str) -> Grant | None:
        """The grant behind a token that is in force, else None."""
        async with reading(self._pool) as connection:
            row = await connection.fetchrow(_SQL["find_token"], _digest(secret))
        return (
            None if row is None else Grant(token_id=row["id"], role=Role(row["role"]), person=row["person"])
        )

    async def revoke(self, token_id: str) -> bool:
        """Put a token out of force from now on; False where none was in force."""
        async with reading(self._pool) as connection:
            return await connection.fetchval(_SQL["revoke_token"], token_id) is not None

    async def all(self) -> list[Token]:
        """Every token there ever was, the oldest first."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["tokens"])
        return [
            Token(
                grant=Grant(token_id=row["id"], role=Role(row["role"]), person=row["person"]),
                created_at=row["created_at"],
                revoked_at=row["revoked_at"],
            )
            for row in rows
        ]


def _digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()
