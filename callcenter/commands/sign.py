"""``callcenter sign``: signing in and out at a desk."""

from datetime import timedelta
from pathlib import Path

import typer

from callcenter.app.duty.attendance import held_about
from callcenter.app.rosters import RosterOffice
from callcenter.commands.common import Failure, configuration, quiet, with_pool
from callcenter.commands.when import now
from callcenter.config import Config
from callcenter.roster.attendance import AttendanceRules, Sign, SignSource, waited_for
from callcenter.roster.people import AmbiguousPerson, UnknownPerson
from callcenter.roster.plan import Plan
from callcenter.store.attendance import AttendanceStore
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.terms import SignKind

_AROUND = timedelta(days=2)


def sign(path: Path | None, word: str, kind: SignKind) -> None:
    """Record that somebody came or went now, and tell the duty log."""
    config, _ = configuration(path)
    quiet()
    typer.echo(with_pool(config, lambda pool: _sign(pool, config, word, kind)))


async def _sign(pool: Pool, config: Config, word: str, kind: SignKind) -> str:
    about = await RosterOffice(pool, config, now).known()
    try:
        person = about.directory.people.find(word)
    except (UnknownPerson, AmbiguousPerson) as error:
        raise Failure(str(error), status=2) from None
    at = now()
    plan = Plan(book=await RosterStore(pool).book(at - _AROUND, at + _AROUND))
    rules = AttendanceRules(
        early_minutes=config.roster.sign_in_early_minutes, late_grace_minutes=config.roster.late_after_minutes
    )
    shift, hotline = held_about(plan, person.id, at, rules)
    made = Sign(person=person.id, at=at, kind=kind, source=SignSource.CLI, phone=None)
    await AttendanceStore(pool).sign(made, shift, hotline)
    what = f"on {hotline}" if hotline is not None else "with no shift now"
    told = f"{person.name} ({person.id}) signed {kind.value}, {what}"
    if kind is SignKind.IN:
        return told
    signs = await AttendanceStore(pool).signs(at - _AROUND, at + timedelta(seconds=1))
    missing = waited_for(plan.book.assignments, signs, person.id, at, rules)
    names = " and ".join(about.directory.people.name(one) for one in missing)
    return f"{told}; {names} has not signed in yet: nobody leaves before the relief" if missing else told
