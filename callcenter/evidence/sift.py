"""Which messages a verdict can rest on: those that the parser makes something of, and no others."""

from typing import Final

from callcenter.ami.parse import NEEDED, event_name, parse
from callcenter.terms import Instant

_NEEDED: Final = frozenset(name.encode() for name in NEEDED)
_IN_PART: Final = frozenset({b"VarSet", b"Newexten", b"UserEvent"})
"""Events of which the parser takes a few and drops the many."""


def is_needed(message: bytes, arrival: Instant | None) -> bool:
    """Whether *message* is worth keeping. Its name decides, but for the few kinds that are read in part."""
    name = event_name(message)
    if name not in _NEEDED:
        return False
    return name not in _IN_PART or parse(message, arrival) is not None
