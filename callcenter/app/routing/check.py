"""Whether PBXs hold what they should, and could be brought to it, for ``check-config``. It writes nothing."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.ami.protocol import AmiError
from callcenter.app.routing.link import linked
from callcenter.app.routing.plans import read_plan
from callcenter.config import Config, PbxTable, hotlines
from callcenter.record_json import iso
from callcenter.roster.plan import Plan
from callcenter.routing.astdb import Ami, Astdb, AstdbError
from callcenter.routing.held import held_until, strangers
from callcenter.routing.policy import Rules, Schedule, schedule
from callcenter.routing.words import PHONE, Content, Interval
from callcenter.store.pool import Pool

NEEDED: Final = ("DBPut", "DBDel", "DBGet")
PROMISED: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How one thing stands; *good* None: works, and an operator should know."""

    about: str
    good: bool | None
    what: str


async def judge(pool: Pool, config: Config, now: datetime) -> AsyncIterator[Judged]:
    """Every hotline's routing, and every PBX's database. Raises StoreAway."""
    plan = await read_plan(pool, config, now, now + timedelta(days=config.routing.days_ahead + 2))
    wanted = {one.hotline: one for one in _schedules(config, plan, now)}
    for hotline in hotlines(config):
        about = f"[routing] {hotline.number}"
        for fault in wanted[hotline.number].faults:
            yield Judged(about=about, good=False, what=fault.what)
        if hotline.fallback is None:
            what = "has no fallback: with nobody on duty callers go where the dialplan's CC_FALLBACK says"
            yield Judged(about=about, good=None, what=what)
        if not hotline.office_hours:
            what = "has no office_hours: it is always open, and the people on duty are never rung"
            yield Judged(about=about, good=None, what=what)
    for pbx in config.pbx:
        own = [wanted[h.number] for h in hotlines(config) if h.pbx == pbx.name]
        for judged in await _pbx(pbx, own, now):
            yield judged


def _schedules(config: Config, plan: Plan, now: datetime) -> Iterator[Schedule]:
    for hotline in hotlines(config):
        rules = Rules.of(
            hotline, book=plan.book, people=plan.people, calendar=plan.calendar,
            outside_digits=config.routing.outside_digits,
        )  # fmt: skip
        yield schedule(rules, now, config.routing.days_ahead)


async def _pbx(pbx: PbxTable, wanted: Sequence[Schedule], now: datetime) -> list[Judged]:
    about, numbers = f"[routing] [[pbx]] {pbx.name}", [one.hotline for one in wanted]
    try:
        async with linked(pbx) as client:
            troubles = [*await _rights(client), *await _unknown_phones(client, wanted)]
            astdb = Astdb(client)
            held = await astdb.read(numbers)
    except (AmiError, AstdbError) as error:
        return [Judged(about=about, good=False, what=str(error))]
    found = [Judged(about=about, good=False, what=what) for what in troubles]
    found += [Judged(about=about, good=None, what=what) for what in strangers(held, numbers)]
    found += [_held(about, one, held, astdb.agree, now) for one in wanted]
    return found


async def _rights(ami: Ami) -> list[str]:
    """What the account may not, of what is needed: a PBX lists only what it permits."""
    permitted = (await ami.action({"Action": "ListCommands"}))[0]
    missing = [name for name in NEEDED if name not in permitted]
    if not missing:
        return []
    names = ", ".join(missing)
    return [f"the account may not {names}: add system and reporting to its write classes in manager.conf"]


async def _unknown_phones(ami: Ami, wanted: Sequence[Schedule]) -> list[str]:
    """Phones of the chain, or fallbacks, that the PBX has no device for."""
    prefix = await _variable(ami, "CC_DESK_PREFIX") or "PJSIP/"
    desks = {phone[1:] for one in wanted for phone in _phones(one.keys.values()) if phone[0] == "d"}
    states = {desk: await _variable(ami, f"DEVICE_STATE({prefix}{desk})") for desk in sorted(desks)}
    return [
        f"has no device {prefix}{desk}, which is to be rung: correct the phone, or CC_DESK_PREFIX"
        for desk, state in states.items()
        if state == "INVALID"
    ]


def _phones(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        interval = Interval.read(value)
        if interval is not None:
            yield from (phone for step in interval.steps for phone in step.phones)
        elif PHONE.fullmatch(value):
            yield value


async def _variable(ami: Ami, name: str) -> str:
    """A global variable, or what a function says; empty where the PBX does not tell."""
    return (await ami.action({"Action": "Getvar", "Variable": name}))[0].get("Value", "")


def _held(
    about: str, one: Schedule, held: Content, agree: Callable[[str | None, str], bool], now: datetime
) -> Judged:
    keys = held[one.hotline]
    until = held_until(keys)
    if until is None:
        what = f"holds no schedule of {one.hotline} yet: serve brings it there"
        return Judged(about=about, good=None, what=what)
    if until < now + PROMISED:
        what = f"its schedule of {one.hotline} ends {iso(until)}: is serve running, with [routing] enabled?"
        return Judged(about=about, good=False, what=what)
    if not all(agree(keys.get(key), value) for key, value in one.keys.items()):
        what = f"holds another schedule of {one.hotline} than the roster: serve puts it right"
        return Judged(about=about, good=None, what=what)
    return Judged(about=about, good=True, what=f"holds the roster of {one.hotline} until {iso(until)}")
