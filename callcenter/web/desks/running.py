"""What comes of it: where callers are sent, and the figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from callcenter.roster.figures import PersonFigures, ShiftFigures
from callcenter.terms import HotlineNumber, RoutingMode


class Forced(Protocol):
    """A mode that somebody set."""

    @property
    def hotline(self) -> HotlineNumber: ...
    @property
    def mode(self) -> RoutingMode | None:
        """None: as the schedule says, again."""
        ...

    @property
    def until(self) -> datetime | None: ...
    @property
    def author(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...


class RoutingDesk(Protocol):
    """Where a caller is sent."""

    async def show(self, hotline: HotlineNumber, at: datetime) -> Mapping[str, Any]:
        """What ``routing show --json`` prints: ``hotline``, ``at``, ``mode``, ``forced``, ``chain`` …"""
        ...

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> Forced:
        """Mode None gives the hotline back to its schedule. Raises Refused."""
        ...

    async def history(self, hotline: HotlineNumber, limit: int) -> Sequence[Forced]:
        """The newest first."""
        ...


class FigureReader(Protocol):
    """Figures per shift and per person."""

    async def by_shift(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> Sequence[ShiftFigures]:
        """Of calls that arrived from *start* until before *end*, in order of the shifts' start."""
        ...

    async def by_person(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> Sequence[PersonFigures]: ...
