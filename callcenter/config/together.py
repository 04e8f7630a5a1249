"""What keys of the configuration mean together.

Judged on the raw tables, so that a wrong value elsewhere doesn't hide these faults: whatever has not
the right shape is passed over here, the schema tells of it.
"""

from collections.abc import Iterator
from typing import Any

from callcenter.config.faults import Fault, nearest
from callcenter.config.schema import LISTS


def judge(data: dict[str, Any]) -> Iterator[Fault]:
    """Every fault that shows only between keys."""
    for key in LISTS:
        yield from _unique(data, key)
    yield from _hotlines_have_a_pbx(data)
    yield from _phones_have_one_owner(data)
    yield from _owner_needs_a_user(data)
    yield from _records_are_of_a_pbx(data)


def entries(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """The tables of a list with their places; nothing where it isn't one."""
    found = data.get(key, [])
    return [(n, e) for n, e in enumerate(found) if isinstance(e, dict)] if isinstance(found, list) else []


def _unique(data: dict[str, Any], key: str) -> Iterator[Fault]:
    seen: dict[object, int] = {}
    name = LISTS[key]
    for n, entry in entries(data, key):
        value = entry.get(name)
        if isinstance(value, str) and seen.setdefault(value, n) != n:
            yield Fault((key, n, name), f'"{value}" is taken by [[{key}]] #{seen[value] + 1}')


def _hotlines_have_a_pbx(data: dict[str, Any]) -> Iterator[Fault]:
    known = [str(e["name"]) for _, e in entries(data, "pbx") if "name" in e]
    for n, entry in entries(data, "hotline"):
        pbx = entry.get("pbx")
        if pbx is None and len(known) == 1:
            continue
        if pbx is None:
            yield Fault(("hotline", n, "pbx"), "is missing: which of the [[pbx]] does it belong to?")
        elif isinstance(pbx, str) and pbx not in known:
            hint = nearest(pbx, known) if known else "there is no [[pbx]]"
            yield Fault(("hotline", n, "pbx"), f'no [[pbx]] has the name "{pbx}"; {hint}')


def _phones_have_one_owner(data: dict[str, Any]) -> Iterator[Fault]:
    owner: dict[str, int] = {}
    for n, entry in entries(data, "agent"):
        phones = entry.get("phones")
        for phone in phones if isinstance(phones, list) else ():
            if isinstance(phone, str) and owner.setdefault(phone, n) != n:
                why = f'"{phone}" belongs to [[agent]] #{owner[phone] + 1} already'
                yield Fault(("agent", n, "phones"), why)


def _owner_needs_a_user(data: dict[str, Any]) -> Iterator[Fault]:
    database = data.get("database")
    if isinstance(database, dict) and "owner_dsn" in database and "dsn" not in database:
        yield Fault(
            ("database", "owner_dsn"), "needs a dsn beside it: the user that the service itself runs as"
        )


def _records_are_of_a_pbx(data: dict[str, Any]) -> Iterator[Fault]:
    records = data.get("records")
    if not isinstance(records, dict) or not records:
        return
    if "queue_log" in records and not {"cel", "cdr"} & records.keys():
        why = "adds to cel or cdr and tells no call by itself: set one of them"
        yield Fault(("records", "queue_log"), why)
    known = [str(e["name"]) for _, e in entries(data, "pbx") if "name" in e]
    pbx = records.get("pbx")
    if pbx is None and len(known) > 1:
        yield Fault(("records", "pbx"), "is missing: which of the [[pbx]] writes these records?")
    elif isinstance(pbx, str) and pbx not in known:
        hint = nearest(pbx, known) if known else "there is no [[pbx]]"
        yield Fault(("records", "pbx"), f'no [[pbx]] has the name "{pbx}"; {hint}')
