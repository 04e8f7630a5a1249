"""Making frozen records by the ten thousand.

A frozen dataclass is filled past its own lock, field by field, which for a call's fifty fields takes as
long as finding out what to say of it. Here a record is filled while it is of a class that has the same
slots and no lock, and then becomes what it is: a fifth of the time. What fills it is a function written
for the very fields, as :mod:`dataclasses` writes one; a class is called half as quickly.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, cast

Record = TypeVar("Record")


def maker(kind: type[Record]) -> type[Record]:
    """Makes a *kind*, a frozen dataclass with slots, as calling *kind* itself does: the same arguments, the
    same result. A function, and not a class to test against."""
    known = fields(cast("Any", kind))
    told = ", ".join(f"{f.name}=_{f.name}" if _may_lack(f) else f.name for f in known)
    filling = [f"record.{f.name} = {f.name}" for f in known]
    return cast("type[Record]", _written(kind, f"*, {told}", [*filling, "record.__class__ = kind"]))


def opener(kind: type[Record]) -> Callable[[], Any]:
    """Makes an open *kind* that holds its defaults. What has none must be filled in by name, and what is
    whole be locked by making *kind* its class. For records of so many fields that naming them all as
    arguments takes longer than filling them one by one."""
    alike: dict[int, list[str]] = {}
    for f in fields(cast("Any", kind)):
        if _may_lack(f):
            alike.setdefault(id(f.default), []).append(f.name)
    steps = [" = ".join([*(f"record.{name}" for name in names), f"_{names[0]}"]) for names in alike.values()]
    return _written(kind, "", steps)


def changer(kind: type[Record], name: str) -> Callable[[Record, Any], Record]:
    """Makes another *kind* of one that there is, with another value in the field *name*: as
    :func:`dataclasses.replace` does."""
    others = [f"record.{f.name} = other.{f.name}" for f in fields(cast("Any", kind)) if f.name != name]
    return _written(kind, "other, value", [*others, f"record.{name} = value", "record.__class__ = kind"])


def _written(kind: type[Any], arguments: str, steps: list[str]) -> Callable[..., Any]:
    lines = [f"def make({arguments}):", "record = new(unlocked)", *steps, "return record"]
    known: dict[str, Any] = {
        **{f"_{f.name}": f.default for f in fields(kind) if _may_lack(f)},
        "new": object.__new__,
        "unlocked": _unlocked(kind),
        "kind": kind,
    }
    exec("\n    ".join(lines), known)  # noqa: S102 - as dataclasses does, of field names alone
    return cast("Callable[..., Any]", known["make"])


def _unlocked(kind: type[Record]) -> type[Record]:
    """A class with the slots of *kind* and nothing that guards them."""
    no_lock = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(kind.__name__, (kind,), {"__slots__": (), **no_lock})


def _may_lack(field: "Field[Any]") -> bool:
    return field.default is not MISSING
