"""Routing by duty: each PBX holds what the roster says, for days ahead.

Theory of operation. One task for each PBX compares what it should hold with what it does hold and brings
it there: when the plan changes, when the link is back, at each new day (UTC), and once an hour in case
somebody else wrote there. A change is pushed in the moment it is known; while the PBX is away, the push
waits for the link. Nothing is pushed before the plan was read from PostgreSQL once: an empty plan would
empty a schedule that is good for days.

A forced mode is set here or by a code dialled on a phone. What the PBX holds and the service does not know
of is taken into PostgreSQL, with the phone as its author, and stays. The PBX is read before PostgreSQL:
the other way round, a mode that is set in between would look like an old one.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Final, Protocol

import structlog

from callcenter.ami.protocol import AmiError, NotConnectedError
from callcenter.facts import LinkUp, News, RoutingForced
from callcenter.roster.plan import Forced as Order
from callcenter.roster.plan import Plan
from callcenter.routing.astdb import KEEP, Ami, AstdbError, Pusher
from callcenter.routing.held import Newer, forced_at, instant, newer, strangers
from callcenter.routing.policy import Rules, Schedule, schedule
from callcenter.routing.words import DAY, Content, Forced, plain
from callcenter.sites import Hotline
from callcenter.store.pool import StoreAway
from callcenter.terms import AgentId, HotlineNumber, PbxName, Phone, RoutingMode

log = structlog.get_logger(__name__)

LOOK_AGAIN: Final = 3600.0
"""Seconds after which a PBX is compared without a reason."""
RETRY: Final = 5.0
AWAY: Final = 30.0
"""Seconds between two tries while the PBX or PostgreSQL is away."""
NO_PLAN: Final = 0.5
"""Seconds between two looks whether the roster has been read."""
LONGEST_REFUSAL: Final = 300.0
"""Seconds between two tries at a PBX that refuses; doubled from :data:`RETRY`."""
BY_CODE: Final = "by a code dialled on a phone"
SOME_PHONE: Final = "phone"
"""The author where the PBX doesn't say which phone it was."""


class Modes(Protocol):
    """Forced modes in PostgreSQL. Each raises StoreAway."""

    async def forced(self) -> Mapping[HotlineNumber, Order]:
        """The last order for each hotline that is not to follow its schedule."""

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> object:
        """Somebody has forced *mode* (None: as scheduled); also told in the duty log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How a hotline stands in its PBX."""

    until: datetime | None = None
    """The end of the schedule that it was last seen to hold."""
    in_sync: bool = False
    """Whether that is the one it should hold."""


@dataclass(slots=True)
class _Line:
    """One PBX."""

    pbx: PbxName
    hotlines: tuple[Hotline, ...]
    news: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: dict[HotlineNumber, Schedule] = field(default_factory=dict)
    verified: dict[HotlineNumber, Schedule] = field(default_factory=dict)
    phones: dict[HotlineNumber, Phone] = field(default_factory=dict)
    """On which phone a hotline's mode was last forced."""
    said: frozenset[str] = frozenset()
    """Troubles that were logged and still hold."""
    refused: int = 0


def as_forced(order: Order | None, by: str = "callcenter") -> Forced | None:
    """An order as a PBX holds it. It holds at once, whatever the clock says of when it was given."""
    if order is None:
        return None
    until = ceil(order.until.timestamp()) if order.until is not None else 0
    return Forced(mode=order.mode, until=until, by=by if plain(by) else "callcenter")


class Routing:
    """Keeps PBXs' schedules. *plan* is None until the roster was read; *now* is a PBX's own clock."""

    def __init__(
        self,
        hotlines: Iterable[Hotline],
        *,
        days_ahead: int,
        outside_digits: int,
        plan: Callable[[], Plan | None],
        modes: Modes,
        now: Callable[[PbxName], datetime],
    ) -> None:
        self._days_ahead = days_ahead
        self._outside_digits = outside_digits
        self._plan = plan
        self._modes = modes
        self._now = now
        by_pbx: dict[PbxName, list[Hotline]] = {}
        for hotline in hotlines:
            by_pbx.setdefault(hotline.pbx, []).append(hotline)
        self._lines = {pbx: _Line(pbx, tuple(own)) for pbx, own in by_pbx.items()}

    def changed(self) -> None:
        """The plan is another one."""
        for line in self._lines.values():
            line.news.set()

    def hear(self, fact: News) -> None:
        """The link is back, or somebody dialled a code."""
        match fact:
            case LinkUp(pbx=pbx) if pbx in self._lines:
                self._lines[pbx].verified = {}
                self._lines[pbx].news.set()
            case RoutingForced(pbx=pbx, hotline=hotline, phone=phone) if pbx in self._lines:
                self._lines[pbx].phones[hotline] = phone
                self._lines[pbx].news.set()
            case _:
                pass

    def held(self) -> dict[HotlineNumber, Held]:
        """How each hotline stands, for the metrics."""
        found = {}
        for line in self._lines.values():
            for hotline in line.hotlines:
                verified = line.verified.get(hotline.number)
                same = verified is not None and verified == line.wanted.get(hotline.number)
                found[hotline.number] = Held(until=verified.until if verified else None, in_sync=same)
        return found

    async def run(self, pbx: PbxName, ami: Ami) -> None:
        """Keep *pbx* for ever; cancel to stop."""
        line = self._lines.get(pbx)
        if line is None:  # no hotline is there
            await asyncio.Event().wait()
            return
        pusher = Pusher(ami, asyncio.get_running_loop().time)
        while True:
            line.news.clear()
            wait = await self._turn(line, pusher)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await line.news.wait()

    async def _turn(self, line: _Line, pusher: Pusher) -> float:
        """Compare and push; how long nothing need be done then. What fails is told once, and tried again."""
        plan = self._plan()
        if plan is None:
            return NO_PLAN
        now = self._now(line.pbx)
        line.wanted = await self._wanted(line, plan, now)
        faults = {f"{f.hotline}: {f.what}" for one in line.wanted.values() for f in one.faults}
        try:
            left, strangers = await self._push(line, pusher, plan, now)
        except NotConnectedError:
            return AWAY  # the link's trouble is told elsewhere, and so is its return
        except (AmiError, AstdbError) as error:
            self._tell(line, {*faults, str(error)})
            line.refused += 1
            return min(RETRY * (1 << min(line.refused - 1, 10)), LONGEST_REFUSAL)
        except StoreAway:
            return AWAY  # told by who reads the roster
        line.refused = 0
        self._tell(line, {*faults, *strangers})
        return KEEP + 1.0 if left else min(LOOK_AGAIN, DAY - now.timestamp() % DAY + 1.0)

    async def _wanted(self, line: _Line, plan: Plan, now: datetime) -> dict[HotlineNumber, Schedule]:
        wanted = {}
        for hotline in line.hotlines:
            wanted[hotline.number] = self._schedule(plan, hotline, now)
            await asyncio.sleep(0)  # each takes some 10 ms, and calls go on
        return wanted

    def _schedule(self, plan: Plan, hotline: Hotline, now: datetime) -> Schedule:
        rules = Rules.of(
            hotline, book=plan.book, people=plan.people, calendar=plan.calendar,
            outside_digits=self._outside_digits,
        )  # fmt: skip
        return schedule(rules, now, self._days_ahead)

    async def _push(self, line: _Line, pusher: Pusher, plan: Plan, now: datetime) -> tuple[int, list[str]]:
        """How many keys are to be deleted later, and what else should be told."""
        wanted = {number: one.keys for number, one in line.wanted.items()}
        pushed, held = await pusher.push(wanted)
        overwritten = [_overwritten(number) for number in _others_wrote(line.verified, held, pusher)]
        line.verified = dict(line.wanted)
        if pushed.written or pushed.deleted:
            log.info("routing_pushed", pbx=line.pbx, written=pushed.written, deleted=pushed.deleted)
        await self._force(line, pusher, plan, held, int(now.timestamp()))
        return pushed.left, [*overwritten, *strangers(held, wanted)]

    async def _force(self, line: _Line, pusher: Pusher, plan: Plan, held: Content, at: int) -> None:
        ours = await self._modes.forced()
        for number in line.wanted:
            keys, own = held[number], as_forced(ours.get(number))
            value = str(own) if own is not None and own.holds(at) else None
            match newer(keys, own, at):
                case Newer.NEITHER:
                    value = keys["force"] if value is not None else None
                case Newer.THEIRS:
                    theirs = forced_at(keys, at)
                    await self._take(line, plan, number, theirs)
                    value = str(theirs) if theirs is not None else None
                case Newer.OURS:
                    log.info("routing_forced", pbx=line.pbx, hotline=number, mode=value or "auto")
            await pusher.force(number, value, keys)

    async def _take(self, line: _Line, plan: Plan, number: HotlineNumber, theirs: Forced | None) -> None:
        heard = line.phones.pop(number, None)
        phone = Phone((theirs.by if theirs is not None else heard) or SOME_PHONE)
        by = plan.people.phone_owner(phone) or AgentId(phone)
        until = instant(theirs.until) if theirs and theirs.until else None
        await self._modes.force(number, theirs.mode if theirs else None, until, by, BY_CODE)
        log.info("routing_forced_by_phone", pbx=line.pbx, hotline=number, by=by)

    def _tell(self, line: _Line, troubles: Iterable[str]) -> None:
        """Log what is new among the troubles."""
        now = frozenset(troubles)
        for sentence in sorted(now - line.said):
            log.warning("routing_trouble", pbx=line.pbx, why=sentence)
        line.said = now


def _others_wrote(
    verified: Mapping[HotlineNumber, Schedule], held: Content, pusher: Pusher
) -> list[HotlineNumber]:
    """Hotlines of which a PBX no longer held what it was last seen to hold."""
    return [
        number
        for number, one in verified.items()
        if not all(pusher.astdb.agree(held[number].get(key), value) for key, value in one.keys.items())
    ]


def _overwritten(number: HotlineNumber) -> str:
    return f"somebody else wrote to the PBX's schedule of {number}: it was put right"
