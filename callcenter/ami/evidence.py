"""Rights and settings that a login does not tell, told by the first event that betrays them.

Asterisk accepts a login without saying which event classes it grants, and ``timestampevents`` shows
only in events. So each question stays open until a message answers it: well (closed) or badly (one
sentence, once). With all questions closed, looking costs nothing.

- *timestamps*: the first event of class ``call`` has a Timestamp or not. (FullyBooted never has one.)
- *system*: FullyBooted follows a login at once; a call event before it means that the class is missing.
- *call*: while no event of class ``call`` came, another event tells of a channel that was not there at the
  login (or of several, where channels can't be listed), or lists of the channels differ.
- *dialplan*: Dial() sets DIALSTATUS on every caller; several callers who dialled are gone and no VarSet
  came. Callers of queues don't count: Queue() need set nothing.
- *agent*: a channel that came after the login is in Queue(), and no queue event told of it.

A list may overtake events that are on their way, so it is held against those that came by the next one.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from callcenter.ami.parse import headers
from callcenter.ami.received import Trouble

Finding = tuple[Trouble, str]

_ENOUGH_CHANNELS: Final = 4
_ENOUGH_CALLERS: Final = 3
_MAX_CALLERS: Final = 256

_WHY: Final = {
    "call": "calls can't be followed at all",
    "system": "restarts of the PBX go unnoticed",
    "dialplan": "voicemail and the names of recordings stay unknown",
    "agent": "waiting in queues can't be told",
}


class Evidence:
    """What one login's events have proved so far. *classes* are those we asked for."""

    def __init__(self, classes: Iterable[str], username: str) -> None:
        self._username = username
        self._open = {c for c in classes if c in _WHY} | {"timestamps"}
        self._booted = False
        self._foreign: set[bytes] = set()
        self._dialling: set[bytes] = set()
        self._silent_callers = 0
        self._first: frozenset[str] | None = None
        self._before: frozenset[str] = frozenset()
        self._in_queue: frozenset[str] = frozenset()
        self._changed = False

    @property
    def looking(self) -> bool:
        """Whether messages can still prove anything."""
        return bool(self._open)

    @property
    def probing(self) -> bool:
        """Whether a list of channels could prove something that events have not."""
        return bool(self._open & {"call", "agent"})

    def look(self, messages: Iterable[bytes]) -> Iterator[Finding]:
        """What *messages* prove, and to our harm."""
        for message in messages:
            if not self._open:
                return
            if message.startswith(b"Event: FullyBooted"):
                self._booted = True
                self._open.discard("system")
                continue
            match _privilege(message):
                case b"call":
                    yield from self._call_event(message)
                case b"agent":
                    yield from self._agent_event(message)
                case b"dialplan":
                    yield from self._dialplan_event(message)

    def channels_listed(self, messages: Iterable[bytes]) -> Iterator[Finding]:
        """What the lists of channels (CoreShowChannels) before this one prove beside the events that came."""
        items = [headers(m) for m in messages if m.startswith(b"Event: CoreShowChannel\r")]
        now = frozenset(item.get("Uniqueid", "") for item in items)
        first, before, in_queue, changed = self._first, self._before, self._in_queue, self._changed
        self._changed = changed or (first is not None and now != before)
        self._before = now
        self._in_queue = frozenset(i.get("Uniqueid", "") for i in items if i.get("Application") == "Queue")
        if first is None:
            self._first = now
            return
        if changed:
            yield from self._missing("call")
        if in_queue - first:
            yield from self._missing("agent")

    def _call_event(self, message: bytes) -> Iterator[Finding]:
        self._open.discard("call")
        if "timestamps" in self._open:
            self._open.discard("timestamps")
            if b"\r\nTimestamp: " not in message:
                yield Trouble.TIMESTAMPS, _NO_TIMESTAMPS
        if not self._booted:
            yield from self._missing("system")
        if "dialplan" in self._open:
            yield from self._follow_caller(message)

    def _agent_event(self, message: bytes) -> Iterator[Finding]:
        self._open.discard("agent")
        self._dialling.discard(_uniqueid(message))
        yield from self._foreign_event(message)

    def _dialplan_event(self, message: bytes) -> Iterator[Finding]:
        self._open.discard("dialplan")
        self._dialling.clear()
        yield from self._foreign_event(message)

    def _foreign_event(self, message: bytes) -> Iterator[Finding]:
        """An event of another class that tells of a channel: class call should have told of it first."""
        uniqueid = _uniqueid(message)
        if "call" not in self._open or not uniqueid:
            return
        self._foreign.add(uniqueid)
        known = self._first
        untold = known is not None and uniqueid.decode("utf-8", "replace") not in known
        if untold or len(self._foreign) >= _ENOUGH_CHANNELS:
            yield from self._missing("call")

    def _follow_caller(self, message: bytes) -> Iterator[Finding]:
        if message.startswith(b"Event: DialBegin\r") and len(self._dialling) < _MAX_CALLERS:
            self._dialling.add(_uniqueid(message))
            self._dialling.discard(b"")
        elif message.startswith(b"Event: Hangup\r") and _uniqueid(message) in self._dialling:
            self._dialling.discard(_uniqueid(message))
            self._silent_callers += 1
            if self._silent_callers >= _ENOUGH_CALLERS:
                self._dialling.clear()
                yield from self._missing("dialplan")

    def _missing(self, name: str) -> Iterator[Finding]:
        if name in self._open:
            self._open.discard(name)
            sentence = (
                f"no events of class `{name}` reach us, so {_WHY[name]}: add `{name}` to `read` of"
                f" [{self._username}] in the PBX's manager.conf, then `manager reload`"
            )
            yield Trouble.READ_CLASS, sentence


_NO_TIMESTAMPS: Final = (
    "events carry no Timestamp: ring times are taken from their arrival and are wrong after any delay; set"
    " `timestampevents = yes` in the PBX's manager.conf, then `manager reload`"
)


def _privilege(message: bytes) -> bytes:
    """The first class of the event, e.g. ``call``; list items spell theirs with a capital and are none."""
    start = message.find(b"\r\nPrivilege: ")
    if start < 0:
        return b""
    return message[start + 13 : start + 32].partition(b"\r")[0].partition(b",")[0]


def _uniqueid(message: bytes) -> bytes:
    start = message.find(b"\r\nUniqueid: ")
    if start < 0:
        return b""
    return message[start + 12 : start + 112].partition(b"\r")[0]
