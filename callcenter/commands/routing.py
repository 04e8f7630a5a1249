"""``callcenter routing``: where callers are sent, and opening or closing a hotline by hand."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from callcenter.ami.client import AmiClient
from callcenter.ami.protocol import AmiError
from callcenter.app.routing import RoutingOffice
from callcenter.app.routing.link import linked
from callcenter.app.routing.plans import read_plan
from callcenter.commands.common import Failure, choose_hotline, choose_pbx, configuration, quiet, with_pool
from callcenter.commands.when import moment, now
from callcenter.config import Config, hotlines
from callcenter.roster.people import AmbiguousPerson, People, UnknownPerson
from callcenter.roster.plan import Plan
from callcenter.routing.astdb import AstdbError
from callcenter.sites import Hotline
from callcenter.store.pool import Pool
from callcenter.store.routing import ForcedMode, RoutingStore
from callcenter.terms import PbxName, RoutingMode

NOBODY = "cli"
"""Who did it where no person was given."""


def show(path: Path | None, word: str | None, at: str, *, as_json: bool) -> None:
    """Print what happens to a call."""
    config, _ = configuration(path)
    hotline = choose_hotline(config, word)
    when = moment(at, ZoneInfo(hotline.time_zone), now())

    async def work(pool: Pool) -> dict[str, Any]:
        plan = await read_plan(pool, config, when, when + timedelta(days=1))
        return await _office(config, pool, plan).show(hotline.number, when)

    quiet()
    told = with_pool(config, work)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in _lines(told, hotline):
        typer.echo(line)


def force(path: Path | None, word: str | None, mode: str, until: str | None, *, reason: str, by: str) -> None:
    """Force a mode, and bring it to the PBX at once if it may be."""
    config, _ = configuration(path)
    hotline = choose_hotline(config, word)
    end = _end(until, mode, hotline)
    if not reason.strip():
        raise Failure("--reason must not be empty: the duty log says why", status=2)

    async def work(pool: Pool) -> tuple[ForcedMode, str]:
        at = now()
        plan = await read_plan(pool, config, at, at)
        office = _office(config, pool, plan)
        wanted = None if mode == "auto" else RoutingMode(mode)
        forced = await office.force(hotline.number, wanted, end, _person(by, plan.people), reason.strip())
        return forced, await _brought(config, office, forced, hotline)

    quiet()
    forced, told = with_pool(config, work)
    said = f"forced {forced.mode}" if forced.mode else "as its schedule says"
    ending = f" until {_local(forced.until, hotline)}" if forced.until else ""
    typer.echo(f"{hotline.number} is {said}{ending}; {told}")


def _office(config: Config, pool: Pool, plan: Plan) -> RoutingOffice:
    @asynccontextmanager
    async def reach(pbx: PbxName) -> AsyncIterator[AmiClient]:
        async with linked(choose_pbx(config, pbx)) as client:
            yield client

    return RoutingOffice(
        hotlines(config),
        plan=lambda: plan,
        modes=RoutingStore(pool),
        reach=reach,
        outside_digits=config.routing.outside_digits,
        monotonic=time.monotonic,  # noqa: TID251 - a command is a composition root
    )


async def _brought(config: Config, office: RoutingOffice, forced: ForcedMode, hotline: Hotline) -> str:
    if not config.routing.enabled:
        return "no PBX is told, because [routing] enabled is false"
    try:
        await office.bring(forced)
    except (AmiError, AstdbError) as error:
        return f"{hotline.pbx} does not have it yet, the service brings it there ({error})"
    return f"{hotline.pbx} has it"


def _end(until: str | None, mode: str, hotline: Hotline) -> datetime | None:
    if until is None:
        return None
    if mode == "auto":
        raise Failure("--until has no place with auto: the schedule is in force for good", status=2)
    end = moment(until, ZoneInfo(hotline.time_zone), now(), "--until")
    if end <= now():
        raise Failure(f"--until {until} is over already", status=2)
    return end


def _person(word: str, people: People) -> str:
    if word == NOBODY:
        return word
    try:
        return people.find(word).id
    except (UnknownPerson, AmbiguousPerson) as error:
        raise Failure(f"--by: {error}", status=2) from None


def _lines(told: dict[str, Any], hotline: Hotline) -> list[str]:
    at = _local(datetime.fromisoformat(told["at"]), hotline)
    lines = [f"{hotline.number} {hotline.name}, {at}", f"roster  {_sent(told)}", *_chain(told)]
    if told["forced"]:
        until = told["forced"]["until"]
        end = f"until {_local(datetime.fromisoformat(until), hotline)}" if until else "until further notice"
        lines.append(f"forced  {told['forced']['mode']} {end}")
    pbx = told["pbx"]
    if not pbx["reached"]:
        return [*lines, f"pbx     {pbx['name']} can't be asked: {pbx['trouble']}"]
    if pbx["agrees"]:
        lines.append(f"pbx     {pbx['name']} holds the same")
    else:
        lines += [f"pbx     {pbx['name']} holds something else: {_sent(pbx)}", *_chain(pbx)]
    until = pbx["held_until"]
    held = _local(datetime.fromisoformat(until), hotline) if until else "never"
    return [*lines, f"        its schedule goes until {held}"]


def _sent(told: dict[str, Any]) -> str:
    words = {
        "open": "office hours: the caller goes on in the PBX's own dialplan",
        "closed": "after hours: the people on duty, one after the other",
        "fallback": "the fallback number",
    }
    return f"{told['mode']} ({told['why']}): {words[told['mode']]}"


def _chain(told: dict[str, Any]) -> list[str]:
    return [
        f"        {step['step']}. {step['role']} {step['name']} ({step['person']}), {step['rings']} rings:"
        f" {', '.join(phone['phone'] + (' outside' if phone['outside'] else '') for phone in step['phones'])}"
        for step in told["chain"]
    ]


def _local(at: datetime, hotline: Hotline) -> str:
    return f"{at.astimezone(ZoneInfo(hotline.time_zone)):%Y-%m-%d %H:%M:%S %z}"
