"""``callcenter people``: who may be on duty."""

from pathlib import Path

import typer

from callcenter.commands.common import Failure, configuration, quiet, with_pool
from callcenter.commands.tables import a_table, add_row, print_faults, print_json, print_table
from callcenter.commands.when import now
from callcenter.config import agents
from callcenter.roster.model import Person
from callcenter.roster.people import People
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.people import read_people
from callcenter.store.people import PeopleStore


def bring(path: Path | None, file: Path, *, dry_run: bool, by: str, reason: str) -> int:
    """Add the people of *file*, or change what is known of them; the exit status."""
    config, _ = configuration(path)
    quiet()
    try:
        reading = read_people(file.read_bytes(), today=now().date())
    except OSError as error:
        raise Failure(f"{file}: can't be read: {error.strerror}") from None
    except Unreadable as error:
        raise Failure(f"{file}: {error}") from None
    if reading.faults:
        print_faults(reading.faults)
        typer.echo(f"callcenter: {file}: it has faults, nothing was written", err=True)
        return 1
    many = len(reading.people)
    if dry_run:
        typer.echo(f"{many} people (dry run, nothing was written)")
        return 0
    news = with_pool(config, lambda pool: PeopleStore(pool).put_all(reading.people, by, reason))
    typer.echo(f"{many} people: {news} added or changed, {many - news} known already")
    return 0


def show(path: Path | None, *, as_json: bool) -> None:
    """List everybody, the configured agents among them."""
    config, _ = configuration(path)
    quiet()
    stored = with_pool(config, lambda pool: PeopleStore(pool).all())
    people = list(People(stored).with_agents(agents(config)))
    if as_json:
        print_json([_json(person) for person in people])
        return
    table = a_table("id", "name", "phones", "roles", "from", "until")
    for person in people:
        days = (str(person.active_from or "-"), str(person.active_until or "-"))
        add_row(table, person.id, person.name, " ".join(person.phones), " ".join(person.roles), *days)
    print_table(table)


def _json(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "sort_key": person.sort_key,
        "phones": list(person.phones),
        "roles": [role.value for role in person.roles],
        "active_from": person.active_from and person.active_from.isoformat(),
        "active_until": person.active_until and person.active_until.isoformat(),
    }
