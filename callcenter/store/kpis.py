"""Figures out of history: tallies by interval, blindness, numbers that nobody configured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from callcenter.kpi import EMPTY, FIELDS, Tally
from callcenter.store.intervals import Step, edges
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import HotlineNumber, PbxName

_SQL = load("kpi")
DEFAULT_ZONE: Final = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which a PBX could not be heard."""

    began_at: datetime
    ended_at: datetime | None
    """None: it can't be heard now."""
    reason: str | None
    pbx_restarted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfiguredNumber:
    """A number without hotline that trunk callers dialled."""

    number: str
    pbx: PbxName
    calls: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyCount:
    """How often something happened that can't, on one day of UTC."""

    pbx: PbxName
    kind: str
    day: date
    count: int
    last_at: datetime


class KpiStore:
    """Sums over stored calls. Every method raises StoreAway when PostgreSQL can't be asked.

    *zones*: the IANA name of each hotline's time zone.
    """

    def __init__(self, pool: Pool, zones: Mapping[HotlineNumber, str]) -> None:
        self._pool = pool
        self._zones = zones

    async def tallies(
        self, hotline: HotlineNumber, start: datetime, end: datetime, step: timedelta | Step
    ) -> list[tuple[datetime, Tally]]:
        """The tally of each interval from *start* until *end*, with the interval's start.

        Intervals without calls are there, too. Raises ValueError for too many intervals.
        """
        cuts = edges(start, end, step, self._zones.get(hotline, DEFAULT_ZONE))
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["tallies"], hotline, cuts)
        found = {row["interval"]: Tally(**{name: row[name] for name in FIELDS}) for row in rows}
        return [(cut, found.get(n, EMPTY)) for n, cut in enumerate(cuts[:-1], 1)]

    async def gaps(
        self, pbx: PbxName, start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime | None]]:
        """When *pbx* could not be heard, in order; None for a gap that goes on."""
        return [(gap.began_at, gap.ended_at) for gap in await self.gaps_told(pbx, start, end)]

    async def gaps_told(self, pbx: PbxName, start: datetime, end: datetime) -> list[Gap]:
        """The gaps that reach into the time from *start* to *end*, whole and with their reasons."""
        async with reading(self._pool) as connection:
            return [Gap(**row) for row in await connection.fetch(_SQL["gaps"], pbx, start, end)]

    async def unconfigured(self) -> list[UnconfiguredNumber]:
        """Numbers that callers from outside dialled and that are no hotline, the latest first."""
        async with reading(self._pool) as connection:
            return [UnconfiguredNumber(**row) for row in await connection.fetch(_SQL["unconfigured"])]

    async def anomalies(self, since: date) -> list[AnomalyCount]:
        """Anomalies by day since *since*, the latest day first and there the most frequent first."""
        async with reading(self._pool) as connection:
            return [AnomalyCount(**row) for row in await connection.fetch(_SQL["anomalies"], since)]
