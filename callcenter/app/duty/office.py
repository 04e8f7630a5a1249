"""Roster, attendance and routing of the running service, built together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from callcenter.ami.protocol import NotConnectedError
from callcenter.app.duty.attendance import Attendance
from callcenter.app.duty.copy import copy_of
from callcenter.app.duty.desk import Desk
from callcenter.app.duty.expiry import Expiry
from callcenter.app.duty.rosters import StoredRosters
from callcenter.app.routing import Routing, RoutingOffice
from callcenter.app.tasks import Tasks
from callcenter.config import Config, agents, hotlines
from callcenter.facts import News, RoutingAlert
from callcenter.pipeline import Line
from callcenter.roster.attendance import AttendanceRules
from callcenter.routing.astdb import Ami
from callcenter.store.attendance import AttendanceStore
from callcenter.store.changes import ChangeStore
from callcenter.store.dialled import DialledStore
from callcenter.store.notices import listening
from callcenter.store.pool import Pool
from callcenter.store.routing import RoutingStore
from callcenter.terms import PbxName

log = structlog.get_logger(__name__)


class DutyOffice:
    """What the service does about duty. *now* is the time on the screens, *pbx_now* a PBX's own; *hear*
    takes what screens are to be told."""

    def __init__(
        self,
        config: Config,
        pool: Pool,
        dsn: str,
        *,
        now: Callable[[], datetime],
        pbx_now: Callable[[PbxName], datetime],
        hear: Callable[[News], None],
    ) -> None:
        self._now = now
        self.desk = Desk(
            StoredRosters(pool),
            listen=lambda: listening(dsn),
            hotlines=hotlines(config),
            agents=agents(config),
            copy=copy_of(config),
            now=now,
            hear=hear,
        )
        self.desk.recall()
        self.rules = AttendanceRules(
            early_minutes=config.roster.sign_in_early_minutes,
            late_grace_minutes=config.roster.late_after_minutes,
        )
        self.attendance = Attendance(
            AttendanceStore(pool), DialledStore(pool), self.rules, plan=lambda: self.desk.plan, now=now
        )
        self.desk.on_change(self.attendance.look)
        self.expiry = Expiry(ChangeStore(pool), now)
        self.routing = _routing(config, pool, self.desk, pbx_now)
        self._links: dict[PbxName, Ami] = {}
        self.orders = RoutingOffice(
            hotlines(config),
            plan=lambda: self.desk.plan,
            modes=RoutingStore(pool),
            reach=self.reach,
            outside_digits=config.routing.outside_digits,
            monotonic=asyncio.get_running_loop().time,
        )

    def hear(self, fact: News) -> None:
        """What calls and phones bring."""
        if isinstance(fact, RoutingAlert):
            log.warning("duty_chain_failed", pbx=fact.pbx, hotline=fact.hotline, why=fact.why)
        self.attendance.hear(fact)
        if self.routing is not None:
            self.routing.hear(fact)

    def follow(self, lines: Iterable[Line]) -> None:
        """Let the trackers know whose phones are whose, now and whenever that changes."""
        trackers = [line.tracker for line in lines]

        def employ() -> None:
            owners = self.desk.plan.people.owners(self._now().date())
            for tracker in trackers:
                tracker.employ(owners)

        employ()
        self.desk.on_change(employ)

    def route(self, tasks: Tasks, pbx: PbxName, ami: Ami) -> list[asyncio.Task[None]]:
        """Begin to keep *pbx*'s schedules, where that is wanted; the work that goes on now."""
        self._links[pbx] = ami
        if self.routing is None:
            return []
        return [tasks.start(f"routing {pbx}", self.routing.run(pbx, ami))]

    @asynccontextmanager
    async def reach(self, pbx: PbxName) -> AsyncIterator[Ami]:
        """The service's own link to *pbx*. Raises NotConnectedError."""
        if pbx not in self._links:
            raise NotConnectedError("there is no link to the PBX now")
        yield self._links[pbx]

    def start(self, tasks: Tasks) -> None:
        """Begin to keep up."""
        tasks.start("duty", self.desk.run())
        tasks.start("attendance", self.attendance.run())
        tasks.start("changes", self.expiry.run())


def _routing(
    config: Config, pool: Pool, desk: Desk, pbx_now: Callable[[PbxName], datetime]
) -> Routing | None:
    if not config.routing.enabled:
        return None
    routing = Routing(
        hotlines(config),
        days_ahead=config.routing.days_ahead,
        outside_digits=config.routing.outside_digits,
        plan=lambda: desk.plan if desk.read_at is not None else None,
        modes=RoutingStore(pool),
        now=pbx_now,
    )
    desk.on_change(routing.changed)
    return routing
