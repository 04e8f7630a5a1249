"""Signing in and out over the API, and who was not there."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.app.duty.attendance import held_about
from callcenter.app.duty.desk import Desk
from callcenter.roster.attendance import AttendanceRules, Finding, Sign, SignSource
from callcenter.store.attendance import AttendanceStore
from callcenter.store.pool import Pool
from callcenter.terms import AgentId, HotlineNumber, Phone, SignKind


class Signs:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, desk: Desk, rules: AttendanceRules) -> None:
        self._store = AttendanceStore(pool)
        self._desk = desk
        self._rules = rules

    async def sign(self, person: AgentId, kind: SignKind, at: datetime, phone: Phone | None) -> Sign:
        """Keep it, once."""
        sign = Sign(person=person, at=at, kind=kind, source=SignSource.API, phone=phone)
        await self._store.sign(sign, *held_about(self._desk.plan, person, at, self._rules))
        return sign

    async def signs(self, start: datetime, end: datetime, person: AgentId | None) -> Sequence[Sign]:
        """In order of time."""
        return await self._store.signs(start, end, person)

    async def findings(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None, person: AgentId | None
    ) -> Sequence[Finding]:
        """In order of time."""
        return await self._store.findings(start, end, hotline, person)
