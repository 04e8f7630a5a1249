"""A call as JSON and back (contract, section 5): the shape that the API, replay and the store share."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from callcenter.record import Call

CallerShown = Literal["full", "masked", "none"]


def mask(number: str | None) -> str | None:
    """The number as a role that may not see it does: ``…`` and the last two digits."""
    if number is None:
        return None
    digits = [char for char in number if char.isdigit()]
    return "…" + "".join(digits[-2:])


def call_to_json(call: Call, *, caller: CallerShown) -> dict[str, Any]:
    """*call* as JSON values; times are ISO 8601 UTC with microseconds, "no value" is None.

    *caller* says how the caller's number is shown; with ``none`` it is null. Some PBXs write it into the
    recordings' file names, and there it is hidden alike.
    """
    told: dict[str, Any] = msgspec.to_builtins(call, builtin_types=(datetime,))
    _finish(told)
    told["caller"] = shown = {"full": call.caller, "masked": mask(call.caller), "none": None}[caller]
    if call.caller and caller != "full":
        for recording in told["recordings"]:
            recording["path"] = recording["path"].replace(call.caller, shown or "…")
    return told


def call_from_json(told: dict[str, Any]) -> Call:
    """The call that :func:`call_to_json` told in full. Raises msgspec.ValidationError on other shapes."""
    return msgspec.convert(told, Call)


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, always with six decimals, so that texts sort as times do."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _finish(told: dict[str, Any]) -> None:
    """Make JSON values of what is left in *told*, and in the parts listed there: instants and tuples."""
    for name, value in told.items():
        if isinstance(value, datetime):
            told[name] = iso(value)
        elif isinstance(value, tuple):
            told[name] = list(value)
            for part in value:
                if isinstance(part, dict):
                    _finish(part)
