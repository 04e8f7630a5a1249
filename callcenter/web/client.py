"""What a page hands over to its scripts: words in the reader's language, addresses, and the first figures."""

from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.sites import Hotline
from callcenter.terms import CallState, DutyRole, Outcome
from callcenter.web.api.hotlines import hotline_json
from callcenter.web.assets import ASSETS
from callcenter.web.i18n import Speech
from callcenter.web.i18n import mark as _
from callcenter.web.keys import PARTS, SETTINGS
from callcenter.web.sight import live_json

OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.ANSWERED: _("answered"),
    Outcome.ABANDONED: _("caller hung up"),
    Outcome.VOICEMAIL: _("voicemail"),
    Outcome.NO_ANSWER: _("no answer"),
    Outcome.BUSY: _("busy"),
    Outcome.UNREACHABLE: _("unreachable"),
    Outcome.UNSTAFFED: _("nobody on duty"),
    Outcome.LOST: _("not seen"),
}
STATES: Final[dict[CallState, str]] = {
    CallState.WAITING: _("waiting"),
    CallState.RINGING: _("ringing"),
    CallState.VOICEMAIL: _("voicemail"),
}
ROLES: Final[dict[DutyRole, str]] = {
    DutyRole.PRIMARY: _("primary"),
    DutyRole.BACKUP: _("backup"),
    DutyRole.SUPERVISOR: _("supervisor"),
}
MESSAGES: Final[dict[str, str]] = {
    "none": _("—"),
    "noData": _("No data yet"),
    "noCallsToday": _("No calls yet today"),
    "noCallsNow": _("No calls right now"),
    "unknownNow": _("Not known until the connection is back"),
    "ring": _("ring {n}"),
    "ringUnknown": _("ring ?"),
    "verdictEarly": _("in time"),
    "verdictNear": _("nearly due"),
    "verdictLast": _("last ring in time"),
    "verdictOver": _("overdue"),
    "verdictUnknown": _("began before we watched"),
    "phone": _("phone {phones}"),
    "more": _("{n} more"),
    "onTimeOf": _("{on_time} of {counted} within {target} rings"),
    "bounds": _("between {low} and {high}, not judged: {n}"),
    "rings": _("{n} rings"),
    "rings_one": _("{n} ring"),
    "neverRang": _("never rang"),
    "live": _("Live"),
    "connecting": _("Connecting"),
    "cutOff": _("Cut off"),
    "linkDown": _("PBX connection lost"),
    "linkDownDetail": _("Since {since}. Figures stand as of {as_of} and do not move."),
    "linkNever": _("Not connected to the PBX yet"),
    "linkNeverDetail": _("What happens now shows once it answers."),
    "serverLost": _("Connection to the server lost"),
    "serverLostDetail": _("Last heard at {as_of}. Reconnecting by itself."),
    "overdueSpoken": _("A call has been ringing longer than {n} rings"),
    "nobodyOnDuty": _("Nobody on duty"),
    "nextDuty": _("From {time}"),
    "onDutyAre": _("On duty: {names}"),
    "between": _(", "),
    "morePeople": _("and {n} more"),
    "blind": _("blind"),
    "blindFor": _("blind for {time}"),
}


def setup(request: web.Request, speech: Speech, hotlines: tuple[Hotline, ...], stream: str) -> dict[str, Any]:
    """The page's JSON block. *stream*: where its events come from."""
    parts, settings = request.app[PARTS], request.app[SETTINGS]
    return {
        "lang": speech.language.value,
        "now": instant_json(parts.now()),
        "build": request.app[ASSETS].build,
        "stream": stream,
        "silence_ms": round(settings.beat_seconds * 3000),
        "strings": {name: speech(message) for name, message in MESSAGES.items()},
        "outcomes": {outcome.value: speech(word) for outcome, word in OUTCOMES.items()},
        "roles": {role.value: speech(word) for role, word in ROLES.items()},
        "states": {state.value: speech(word) for state, word in STATES.items()},
        "hotlines": [hotline_json(h) | {"live": live_json(parts, h, "none")} for h in hotlines],
    }
