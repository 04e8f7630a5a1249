"""How much of a call each role sees. Everything that leaves the web with a call in it goes through here."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from callcenter.record import Call
from callcenter.record_json import call_to_json, mask
from callcenter.sites import Hotline
from callcenter.terms import CallId, Direction, HotlineNumber
from callcenter.web.api.answers import dumps
from callcenter.web.auth import Sight
from callcenter.web.keys import Parts

_EXTENSION_DIGITS = 7
"""A phone with more digits than an extension has is somebody's own number."""
_TELLINGS: Final = 1024
"""Calls whose last telling is kept as text: more than go on at once; a few kilobytes each."""


def tell(call: Call, sight: Sight) -> dict[str, Any]:
    """The call as JSON with as much of its numbers as *sight* allows.

    What an outbound call dialled is a customer's number too. A wall sees no phone that is not an extension.
    """
    told: dict[str, Any] = call_to_json(call, caller=sight)
    if sight != "full" and call.direction is Direction.OUTBOUND:
        told["dialled"] = mask(call.dialled)
    return _on_a_wall(told) if sight == "none" else told


def hide_numbers(told: Any, call: Call, sight: Sight) -> Any:
    """JSON about *call* with the customer's number hidden wherever it stands in a text."""
    numbers = [call.caller if call.direction is Direction.INBOUND else None]
    numbers += [call.dialled if call.direction is Direction.OUTBOUND else None]
    hidden = {number: mask(number) if sight == "masked" else "…" for number in numbers if number}
    if sight == "full" or not hidden:
        return told
    pattern = re.compile(rf"(?<!\d)({'|'.join(map(re.escape, hidden))})(?!\d)")
    return _replaced(told, lambda text: pattern.sub(lambda found: hidden[found[1]] or "…", text))


def _replaced(told: Any, change: Callable[[str], str]) -> Any:
    match told:
        case str():
            return change(told)
        case dict():
            return {name: _replaced(value, change) for name, value in told.items()}
        case list():
            return [_replaced(value, change) for value in told]
    return told


def live_json(parts: Parts, hotline: Hotline, sight: Sight) -> dict[str, Any]:
    """The hotline's live picture. Why a link is down is for staff: it may tell how the PBX is reached."""
    return _seen(parts.snapshot(hotline), sight)


class Pictures:
    """Live pictures and calls as JSON text, written once for all the screens that show the same."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._written: dict[tuple[HotlineNumber, Sight], tuple[Mapping[str, Any], str]] = {}
        self._calls: dict[tuple[CallId, Sight], tuple[Call, str]] = {}

    def text(self, hotline: Hotline, sight: Sight) -> str:
        """The hotline's live picture of now."""
        picture = self._parts.snapshot(hotline)
        known = self._written.get((hotline.number, sight))
        if known is None or known[0] is not picture:
            known = (picture, dumps(_seen(picture, sight)))
            self._written[hotline.number, sight] = known
        return known[1]

    def telling(self, call: Call, sight: Sight) -> str:
        """The call as told now."""
        known = self._calls.get((call.call_id, sight))
        if known is None or known[0] is not call:
            if len(self._calls) >= _TELLINGS:
                del self._calls[next(iter(self._calls))]
            known = self._calls[call.call_id, sight] = (call, dumps(tell(call, sight)))
        return known[1]


PICTURES: Final = web.AppKey("PICTURES", Pictures)


def _seen(live: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    picture = dict(live)
    if sight == "none":
        picture["link"] = {name: value for name, value in picture["link"].items() if name != "why"}
        picture["in_progress"] = [
            call | {"ringing": [_extension(phone) for phone in call["ringing"]]}
            for call in picture["in_progress"]
        ]
    return picture


def _on_a_wall(told: dict[str, Any]) -> dict[str, Any]:
    hidden = {name: _extension(told[name]) for name in ("answered_by", "agent_id")}
    attempts = [_hide(attempt, "phone", "agent_id") for attempt in told["attempts"]]
    transfers = [_hide(transfer, "by", "to") for transfer in told["transfers"]]
    return told | hidden | {"attempts": attempts, "transfers": transfers}


def _hide(part: dict[str, Any], *names: str) -> dict[str, Any]:
    return part | {name: _extension(part[name]) for name in names}


def _extension(phone: str | None) -> str | None:
    digits = sum(char.isdigit() for char in phone or "")
    return mask(phone) if digits > _EXTENSION_DIGITS else phone
