"""Where a caller is sent at an instant, and forcing a hotline open or closed. Commands and API share it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from callcenter.ami.protocol import AmiError
from callcenter.app.routing.keeper import as_forced
from callcenter.record_json import iso
from callcenter.roster.people import People
from callcenter.roster.plan import Forced as Order
from callcenter.roster.plan import Plan
from callcenter.routing.astdb import Ami, Astdb, AstdbError, Pusher
from callcenter.routing.held import decide_held, held_until
from callcenter.routing.policy import Rules, decide, ring_counts
from callcenter.routing.words import Decision, Step
from callcenter.sites import Hotline
from callcenter.store.routing import ForcedMode, RoutingStore
from callcenter.terms import DutyRole, HotlineNumber, PbxName, RoutingMode

Reach = Callable[[PbxName], AbstractAsyncContextManager[Ami]]
"""A link to a PBX. Raises AmiError."""


class RoutingOffice:
    """*plan*: the roster as it is now; *monotonic*: seconds that only grow."""

    def __init__(
        self,
        hotlines: Iterable[Hotline],
        *,
        plan: Callable[[], Plan],
        modes: RoutingStore,
        reach: Reach,
        outside_digits: int,
        monotonic: Callable[[], float],
    ) -> None:
        self._hotlines = {hotline.number: hotline for hotline in hotlines}
        self._plan = plan
        self._modes = modes
        self._reach = reach
        self._outside_digits = outside_digits
        self._monotonic = monotonic

    async def show(self, number: HotlineNumber, at: datetime) -> dict[str, Any]:
        """JSON-ready: what happens to a call then, by the roster and by what its PBX holds.

        Raises StoreAway, and KeyError for a hotline that is none.
        """
        hotline, plan = self._hotlines[number], self._plan()
        order = (await self._modes.forced()).get(number)
        decided = decide(self._rules(hotline, plan), at, as_forced(order))
        return {
            "hotline": number,
            "at": iso(at),
            **_told(decided, hotline, plan.people),
            "forced": _order(order, at),
            "fallback": hotline.fallback,
            "busy": hotline.chain.busy.value,
            "pbx": await self._held(hotline, plan.people, at, decided),
        }

    async def force(
        self,
        number: HotlineNumber,
        mode: RoutingMode | None,
        until: datetime | None,
        by: str,
        reason: str,
    ) -> ForcedMode:
        """Force *mode* until then (None: until further notice), or give the hotline back to its schedule
        (mode None). Told in the duty log. Raises StoreAway."""
        end = until.replace(microsecond=0) if until is not None else None
        return await self._modes.force(number, mode, end, by, reason)

    async def history(self, number: HotlineNumber, limit: int) -> list[ForcedMode]:
        """The last *limit* orders, the newest first. Raises StoreAway."""
        return await self._modes.history(number, limit)

    async def bring(self, forced: ForcedMode) -> None:
        """Put what was forced into the hotline's PBX, without waiting for the service.

        Raises AmiError and AstdbError; the service then does it as soon as it can.
        """
        order = (
            Order(mode=forced.mode, since=forced.at, until=forced.until) if forced.mode is not None else None
        )
        value = as_forced(order, forced.author)
        async with self._reach(self._hotlines[forced.hotline].pbx) as ami:
            pusher = Pusher(ami, self._monotonic)
            held = await pusher.astdb.read_one(forced.hotline)
            await pusher.force(forced.hotline, str(value) if value is not None else None, held)

    async def _held(self, hotline: Hotline, people: People, at: datetime, ours: Decision) -> dict[str, Any]:
        try:
            async with self._reach(hotline.pbx) as ami:
                keys = await Astdb(ami).read_one(hotline.number)
        except (AmiError, AstdbError) as error:
            return {"name": hotline.pbx, "reached": False, "trouble": str(error)}
        theirs, until = decide_held(keys, int(at.timestamp())), held_until(keys)
        return {
            "name": hotline.pbx,
            "reached": True,
            "agrees": theirs == ours,
            "held_until": iso(until) if until is not None else None,
            **_told(theirs, hotline, people),
        }

    def _rules(self, hotline: Hotline, plan: Plan) -> Rules:
        return Rules.of(
            hotline, book=plan.book, people=plan.people, calendar=plan.calendar,
            outside_digits=self._outside_digits,
        )  # fmt: skip


def _told(decision: Decision, hotline: Hotline, people: People) -> dict[str, Any]:
    rings = ring_counts(hotline.chain)
    return {
        "mode": decision.mode.value,
        "why": decision.why.value,
        "chain": [_step(number, step, rings, people) for number, step in enumerate(decision.steps, 1)],
    }


def _step(number: int, step: Step, rings: Mapping[DutyRole, int], people: People) -> dict[str, Any]:
    return {
        "step": number,
        "role": step.role.value,
        "person": step.person,
        "name": people.name(step.person),
        "rings": rings[step.role],
        "seconds": step.seconds,
        "phones": [{"phone": phone[1:], "outside": phone[0] == "m"} for phone in step.phones],
    }


def _order(order: Order | None, at: datetime) -> dict[str, Any] | None:
    if order is None or (order.until is not None and order.until <= at):
        return None
    until = iso(order.until) if order.until is not None else None
    return {"mode": order.mode.value, "since": iso(order.since), "until": until}
