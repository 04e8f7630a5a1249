"""Where a caller is sent, and forcing a hotline open or closed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from callcenter.app.duty.desk import Desk
from callcenter.app.routing import RoutingOffice
from callcenter.store.routing import ForcedMode
from callcenter.terms import HotlineNumber, RoutingMode


class Orders:
    """What the service pushes is told by the notice that the order gives. Raises StoreAway."""

    def __init__(self, office: RoutingOffice, desk: Desk) -> None:
        self._office = office
        self._desk = desk

    async def show(self, hotline: HotlineNumber, at: datetime) -> Mapping[str, Any]:
        """By the roster, and by what the PBX holds."""
        return await self._office.show(hotline, at)

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> ForcedMode:
        """Mode None gives the hotline back to its schedule."""
        forced = await self._office.force(hotline, mode, until, by, reason)
        await self._desk.catch_up()
        return forced

    async def history(self, hotline: HotlineNumber, limit: int) -> Sequence[ForcedMode]:
        """The newest first."""
        return await self._office.history(hotline, limit)
