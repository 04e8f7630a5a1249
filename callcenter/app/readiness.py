"""Whether each part is fit, for ``/readyz``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from callcenter.pipeline import Line
from callcenter.store.migrate import state
from callcenter.store.pool import Pool, StoreAway, reading

KEPT: float = 1.0
"""Seconds that an answer about PostgreSQL is good for: probes must not become its load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part, and for an operator what is wrong with it."""

    why: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it is fit."""
        return self.why is None


class Readiness:
    """Asks the links, the outbox, PostgreSQL and its schema."""

    def __init__(
        self,
        *,
        lines: Iterable[Line],
        spool_trouble: Callable[[], str | None],
        writer_trouble: Callable[[], str | None],
        pool: Pool,
        monotonic: Callable[[], float],
    ) -> None:
        self._lines = tuple(lines)
        self._spool_trouble = spool_trouble
        self._writer_trouble = writer_trouble
        self._pool = pool
        self._monotonic = monotonic
        self._asked_at = float("-inf")
        self._store: dict[str, Part] = {}

    async def parts(self) -> Mapping[str, Part]:
        """By name: ``ami:<pbx>`` each, ``spool``, ``store``, ``schema``."""
        links = {f"ami:{line.pbx}": Part(why=line.trouble) for line in self._lines}
        if self._monotonic() - self._asked_at >= KEPT:
            self._store = await self._ask()
            self._asked_at = self._monotonic()
        return {**links, "spool": Part(why=self._spool_trouble()), **self._store}

    async def _ask(self) -> dict[str, Part]:
        try:
            async with reading(self._pool) as connection:
                await connection.fetchval("SELECT 1", timeout=3)
            schema = await state(self._pool)
        except StoreAway as away:
            return {"store": Part(why=str(away)), "schema": Part(why="unknown while the store is away")}
        return {"store": Part(why=self._writer_trouble()), "schema": Part(why=schema.why)}
