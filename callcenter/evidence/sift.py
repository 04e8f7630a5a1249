"""Which messages a verdict can rest on: those that the parser makes something of, and no others.

The parser itself is not asked: this runs beside it, on every message of a busy PBX.
"""

from typing import Final

from callcenter.ami.parse import NEEDED, USER_EVENTS, VARIABLES, VOICEMAIL_APPLICATIONS, event_name

_NEEDED: Final = frozenset(name.encode() for name in NEEDED)
_IN_PART: Final = {
    b"VarSet": (b"\r\nVariable: ", VARIABLES),
    b"Newexten": (b"\r\nApplication: ", VOICEMAIL_APPLICATIONS),
    b"UserEvent": (b"\r\nUserEvent: ", USER_EVENTS),
}
"""Events of which a few are read and the many are dropped: by which header, and which words of it."""


def is_needed(message: bytes) -> bool:
    """Whether *message* is worth keeping. One that lacks a header it should have is: that is told, too."""
    name = event_name(message)
    if name not in _NEEDED:
        return False
    choice = _IN_PART.get(name)
    if choice is None:
        return True
    header, words = choice
    start = message.find(header) + len(header)
    if start < len(header):
        return name == b"VarSet"
    end = message.find(b"\r\n", start)
    return (message[start:] if end < 0 else message[start:end]).lstrip(b"_") in words
