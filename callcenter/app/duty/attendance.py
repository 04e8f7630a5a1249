"""Attendance as it happens: signs that came by phone are kept, and who is missing is found out.

Theory of operation. A code dialled on a phone becomes a fact, safe in the outbox; from there it is turned
into a person's sign, once at the time and again at each start for those that PostgreSQL did not have then:
a sign is kept once, however often it comes. Every minute the roster is held against the signs, and what
is amiss is noted, once each.

Signing in is asked of nobody before somebody has done it: shifts that began before the first sign of the
time looked at are not judged.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from callcenter.facts import DutySigned, News
from callcenter.roster.attendance import AttendanceRules, Finding, Sign, SignSource, judge
from callcenter.roster.plan import Plan
from callcenter.store.pool import StoreAway
from callcenter.terms import AgentId, HotlineNumber, Phone, ShiftId

log = structlog.get_logger(__name__)

EVERY: Final = 60.0
"""Seconds between two looks at who is there."""
REMEMBERED: Final = timedelta(days=35)
"""How far back signs are read and shifts judged."""
MOST_WAITING: Final = 1000
"""Signs from phones of nobody that are kept waiting; all are in the fact log."""


class Signs(Protocol):
    """Where signs and findings are kept. Each raises StoreAway."""

    async def sign(
        self, sign: Sign, shift: ShiftId | None = None, hotline: HotlineNumber | None = None
    ) -> bool: ...
    async def signs(self, start: datetime, end: datetime, person: AgentId | None = None) -> list[Sign]: ...
    async def note(self, findings: Iterable[Finding]) -> list[Finding]: ...


class Dialled(Protocol):
    """Codes that were dialled. Raises StoreAway."""

    async def since(self, start: datetime) -> list[DutySigned]: ...


class Attendance:
    """Keeps signs and findings. *plan* is who should be there; *now* the service's time."""

    def __init__(
        self,
        signs: Signs,
        dialled: Dialled,
        rules: AttendanceRules,
        *,
        plan: Callable[[], Plan],
        now: Callable[[], datetime],
    ) -> None:
        self._signs = signs
        self._known = dialled
        self._rules = rules
        self._plan = plan
        self._now = now
        self._dialled: deque[DutySigned] = deque(maxlen=MOST_WAITING)
        self._nobodys: set[Phone] = set()
        """Phones from which somebody signed whom nobody knows; said once."""
        self._news = asyncio.Event()
        self._recalled = False

    def look(self) -> None:
        """Who is who may be known otherwise now."""
        self._news.set()

    def hear(self, fact: News) -> None:
        """Take note of a code that was dialled."""
        if isinstance(fact, DutySigned):
            self._dialled.append(fact)
            self._news.set()

    async def run(self) -> None:
        """Keep and judge for ever; cancel to stop."""
        while True:
            try:
                await self._keep()
                await self.judge()
            except StoreAway:
                pass  # told by whoever reads the roster; nothing is lost, the next turn tries again
            self._news.clear()
            timer = asyncio.get_running_loop().call_later(EVERY, self._news.set)
            await self._news.wait()
            timer.cancel()

    async def judge(self) -> list[Finding]:
        """Note what is amiss now; what was not known before. Raises StoreAway."""
        now = self._now()
        signs = await self._signs.signs(now - REMEMBERED, now + timedelta(seconds=1))
        if not signs:
            return []
        since = signs[0].at
        asked = [one for one in self._plan().book.assignments if since <= one.start <= now]
        found = await self._signs.note(judge(asked, signs, now, self._rules))
        for finding in found:
            log.info("attendance", kind=finding.kind, hotline=finding.hotline, person=finding.person)
        return found

    async def _keep(self) -> None:
        if not self._recalled:
            self._dialled.extendleft(reversed(await self._known.since(self._now() - REMEMBERED)))
            self._recalled = True
        for fact in tuple(self._dialled):
            if await self._signed(fact):
                self._dialled.remove(fact)

    async def _signed(self, fact: DutySigned) -> bool:
        """Whether the sign is kept; one from a phone that is nobody's waits until it is somebody's."""
        plan = self._plan()
        person = plan.people.phone_owner(fact.phone)
        if person is None:
            if fact.phone not in self._nobodys:
                self._nobodys.add(fact.phone)
                log.warning("sign_of_nobody", pbx=fact.pbx, why="the phone is nobody's, or several people's")
            return False
        sign = Sign(person=person, at=fact.at, kind=fact.kind, source=SignSource.PBX, phone=fact.phone)
        await self._signs.sign(sign, *held_about(plan, person, fact.at, self._rules))
        return True


def held_about(
    plan: Plan, person: AgentId, at: datetime, rules: AttendanceRules
) -> tuple[ShiftId | None, HotlineNumber | None]:
    """What a sign is about: what the person holds then, or will within the time to sign in."""
    early = timedelta(minutes=rules.opens_minutes)
    own = (one for one in plan.book.assignments if one.person == person)
    held = next((one for one in own if one.start - early <= at < one.end), None)
    return (held.shift_id, held.hotline) if held is not None else (None, None)
