"""Entries of a story while it is being written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from callcenter.ami import events as ev
from callcenter.record import Attempt, Call
from callcenter.terms import Phone
from callcenter.tracking.parts import moment
from callcenter.tracking.timeline.story import Entry, Evidence, Gap, Scalar, What

TryKey = tuple[Phone, int]
"""A phone, and the number of its try."""

_IDS: Final = (
    "channel", "uniqueid", "dest_channel", "dest_uniqueid", "channel_state", "dial_status", "cause",
    "bridge_uniqueid", "queue", "application", "variable", "value", "hotline", "extension", "result",
    "target_uniqueid", "transferer_uniqueid", "transferee_uniqueid", "orig_transferer_uniqueid",
    "second_transferer_uniqueid", "transfer_target_uniqueid", "parkee_uniqueid", "retriever_uniqueid",
    "parking_space", "newname", "reason",
)  # fmt: skip
"""What of an event is shown. Never a number that a channel carries."""


@dataclass(slots=True)
class Line:
    """One entry in the making."""

    what: What
    at: datetime
    about: dict[str, Scalar]
    evidence: list[Evidence] = field(default_factory=list)
    attempt: TryKey | None = None
    transfer: int | None = None


class Log:
    """What was written down so far."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self.events = 0
        """How many events concerned the call."""

    def add(
        self,
        what: What,
        event: ev.Event,
        about: Mapping[str, Scalar] = MappingProxyType({}),
        *,
        at: datetime | None = None,
    ) -> Line:
        """Write down what *event* shows. *at* is when it really was, where that is known better."""
        shown = [] if isinstance(event, ev.Tick) else [evidence_of(event)]
        line = Line(what=what, at=at or moment(event.at), about=dict(about), evidence=shown)
        self._lines.append(line)
        return line

    def gaps(self) -> tuple[Gap, ...]:
        """The times in which the PBX could not be heard."""
        found: list[Gap] = []
        for number, line in enumerate(self._lines):
            if line.what is What.LINK_LOST:
                later = (other.at for other in self._lines[number:] if other.what is What.LINK_BACK)
                reason = str(line.about["reason"])
                found.append(Gap(began_at=line.at, ended_at=next(later, None), reason=reason))
        return tuple(found)

    def entries(self, call: Call) -> tuple[Entry, ...]:
        """All lines in order of time, worded by the last telling of the *call*."""
        tries = dict(keyed(call.attempts))
        for line in self._lines:
            _complete(line, call, tries)
        ordered = sorted(self._lines, key=lambda line: (line.at, line.what is What.ENDED))
        lasting = [
            line
            for number, line in enumerate(ordered)
            if not _is_passing(line, ordered, ordered[number + 1 :])
        ]
        return tuple(
            Entry(
                at=line.at,
                offset_seconds=None if call.clock is None else (line.at - call.arrived_at).total_seconds(),
                what=line.what,
                about=line.about,
                evidence=tuple(line.evidence),
            )
            for line in lasting
        )


_STANDING: Final = frozenset({What.HELD, What.TALKING, What.ALONE})
_OVER: Final = frozenset({What.CALLER_GONE, What.ENDED})
_TAKEN: Final = frozenset({What.ANSWERED, What.VOICEMAIL})
_PASSING: Final = timedelta(milliseconds=250)


def _is_passing(line: Line, lines: list[Line], later: list[Line]) -> bool:
    """Whether what the line says lasted no time: channels leave and enter bridges one by one, and the
    caller's line is opened because somebody, or voicemail, took him."""
    if line.what in _STANDING:
        return any(o.what in _STANDING | _OVER and o.at - line.at < _PASSING for o in later)
    if line.what is What.LINE_OPENED:
        return any(o.what in _TAKEN and abs(o.at - line.at) < _PASSING for o in lines)
    return False


def keyed(attempts: tuple[Attempt, ...]) -> list[tuple[TryKey, Attempt]]:
    """Each try by its phone, and how many times that phone was tried before."""
    seen: dict[Phone, int] = {}
    found = []
    for attempt in attempts:
        seen[attempt.phone] = number = seen.get(attempt.phone, 0) + 1
        found.append(((attempt.phone, number), attempt))
    return found


def evidence_of(event: ev.Event) -> Evidence:
    """*event* as a story shows it."""
    known = ((name, getattr(event, name, None)) for name in _IDS)
    ids = {name: str(value) for name, value in known if value not in (None, "")}
    return Evidence(event=type(event).__name__, at=moment(event.at), ids=ids)


def _complete(line: Line, call: Call, tries: dict[TryKey, Attempt]) -> None:
    """Take what is known for sure only at the end from the last telling."""
    attempt = tries.get(line.attempt) if line.attempt is not None else None
    if attempt is not None and line.what is What.TRY_ENDED:
        line.about |= {"outcome": attempt.outcome, "seconds": attempt.ring_seconds, "rings": attempt.rings}
    if line.transfer is not None and line.transfer < len(call.transfers):
        line.about |= {"kind": call.transfers[line.transfer].kind, "to": call.transfers[line.transfer].to}
