"""Swaps, leave, take-overs and edits: the domain's rules, under the store's locks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.app.duty.desk import Desk
from callcenter.roster import changes as rules
from callcenter.roster.changes import ChangeRules, Context, Refused
from callcenter.roster.model import Change, ChangeKind, ChangeState
from callcenter.store.assignments import RosterClash
from callcenter.store.changes import ChangeStore, InForce
from callcenter.store.pool import Pool
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web.desks import ChangeAct, ChangeAsked, ChangeFilter, Unknown

Judge = Callable[[Change, Context], Change]


class Changes:
    """Whether somebody may act as a supervisor the web has judged before it asks. Raises StoreAway where
    PostgreSQL can't be asked."""

    def __init__(
        self, pool: Pool, desk: Desk, zones: Mapping[HotlineNumber, str], swaps_per_month: int
    ) -> None:
        self._store = ChangeStore(pool)
        self._desk = desk
        self._zones = {number: ZoneInfo(zone) for number, zone in zones.items()}
        self._rules = ChangeRules(swaps_per_month=swaps_per_month)

    async def get(self, change: str) -> Change | None:
        """The change of that id."""
        return await self._store.get(change)

    async def find(self, wanted: ChangeFilter, limit: int) -> Sequence[Change]:
        """Asked last comes first."""
        states = None if wanted.state is None else [wanted.state]
        return await self._store.list(
            states=states,
            person=wanted.person,
            hotline=wanted.hotline,
            start=wanted.start,
            end=wanted.end,
            limit=limit,
        )

    async def ask(self, asked: ChangeAsked) -> Change:
        """Put it on record, in force at once where it is a supervisor's edit. Raises Refused."""
        change = Change(
            id=asked.id or "", kind=asked.kind, state=ChangeState.ASKED, moves=asked.moves,
            asked_by=asked.asked_by, other=asked.other, reason=asked.reason, asked_at=asked.at,
        )  # fmt: skip

        def judge(change: Change, context: Context) -> Change:
            if change.kind is ChangeKind.EDIT:
                return rules.edit(change, asked.asked_by, asked.at, context, supervisor=True)
            return rules.ask(change, asked.asked_by, asked.at, context)

        with _refusals():
            asked_for = await self._store.ask(change, self._step(judge))
        return await self._told(asked_for)

    async def act(self, change: str, act: ChangeAct, by: AgentId, note: str, at: datetime) -> Change:
        """Raises Unknown, Refused."""

        def judge(change: Change, context: Context) -> Change:
            match act:
                case ChangeAct.AGREE:
                    return rules.agree(change, by, at, context)
                case ChangeAct.APPROVE:
                    return rules.approve(change, by, at, context, supervisor=True, note=note)
                case ChangeAct.DECLINE:
                    return rules.decline(change, by, at, supervisor=True, note=note)
                case ChangeAct.WITHDRAW:
                    return rules.withdraw(change, by, at)

        with _refusals():
            stepped = await self._store.advance(change, self._step(judge))
        return await self._told(stepped)

    async def _told(self, change: Change) -> Change:
        """What is in force is known to the plan before anybody is told so."""
        if change.state is ChangeState.APPROVED:
            await self._desk.catch_up()
        return change

    def _step(self, judge: Judge) -> Callable[[Change, InForce], Change]:
        def step(change: Change, now: InForce) -> Change:
            return judge(change, now.context(self._desk.plan.people, self._zones, self._rules))

        return step


@contextmanager
def _refusals() -> Iterator[None]:
    """What the store finds against it, in the words for whoever asked."""
    try:
        yield
    except LookupError as error:
        raise Unknown(str(error.args[0])) from None
    except (RosterClash, ValueError) as error:
        raise Refused(str(error)) from None
