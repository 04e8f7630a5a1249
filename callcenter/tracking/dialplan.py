"""What our dialplan library says of a caller it routes, and of phones that dialled its codes.

The library (``dialplans/callcenter.conf``) sends a user event at each of its decisions, right before it
acts: a step of the duty chain is told before its phones are dialled. So a phone belongs to the last step
told before it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.facts import DutySigned, RoutingAlert, RoutingForced
from callcenter.terms import AgentId, HotlineNumber, Instant, Phone, RoutingMode, SignKind
from callcenter.tracking.arrivals import Arrivals
from callcenter.tracking.directory import Directory
from callcenter.tracking.handing import Touched
from callcenter.tracking.parts import moment
from callcenter.tracking.state import State
from callcenter.tracking.track import CallTrack, Step

FALLBACK: Final = "fallback"
"""The step in which nobody on duty is called, but the number for when there is nobody."""
_MOST_STEPS: Final = 64
"""A chain has a few; a dialplan that goes in circles must not fill the memory."""


class DialplanSays:
    """Applies the library's user events."""

    def __init__(self, state: State, names: Directory, arrivals: Arrivals) -> None:
        self._state = state
        self._names = names
        self._arrivals = arrivals
        self.handlers: dict[type[ev.Event], Callable[[Any], Touched]] = {ev.DialplanSaid: self._said}

    def _said(self, event: ev.DialplanSaid) -> Touched:
        """A phone that dials a code brings no caller; whoever is routed is known already."""
        match event.name:
            case "CallcenterSigned" | "CallcenterForced" | "CallcenterAlert":
                self._tell(event)
                return ()
        track = self._state.calls.get(event.uniqueid)
        if track is None:
            return ()
        match event.name:
            case "CallcenterRouted":
                self._routed(track, after_hours=event.mode != RoutingMode.OPEN)
            case "CallcenterUnstaffed":
                track.unstaffed, track.duty = True, replace(track.duty, staffed=False)
            case "CallcenterStep" if len(track.steps) < _MOST_STEPS:
                track.steps.append(_step(event))
        return (track,)

    def _routed(self, track: CallTrack, *, after_hours: bool) -> None:
        """What the PBX did with the caller stands above what the hours say it should have done."""
        hotline = self._names.hotline(track.hotline)
        if hotline is not None and not track.answered:
            target = hotline.after_hours_target_rings if after_hours else None
            track.duty = replace(track.duty, after_hours=after_hours, target_rings=target)

    def _tell(self, event: ev.DialplanSaid) -> None:
        at, pbx = moment(event.at), self._names.site.pbx
        hotline, phone = HotlineNumber(event.hotline), Phone(event.phone)
        match event:
            case ev.DialplanSaid(name="CallcenterSigned", sign=("in" | "out") as kind) if phone:
                self._arrivals.facts.append(DutySigned(at=at, pbx=pbx, phone=phone, kind=SignKind(kind)))
            case ev.DialplanSaid(name="CallcenterForced", mode=("open" | "closed" | "auto") as mode):
                forced = None if mode == "auto" else RoutingMode(mode)
                until = _until(event.until)
                self._arrivals.facts.append(
                    RoutingForced(at=at, pbx=pbx, hotline=hotline, mode=forced, until=until, phone=phone)
                )
            case ev.DialplanSaid(name="CallcenterAlert"):
                self._arrivals.facts.append(RoutingAlert(at=at, pbx=pbx, hotline=hotline, why=event.why))


def _step(event: ev.DialplanSaid) -> Step:
    number = int(event.step) if event.step.isdecimal() and len(event.step) < 4 else 0
    person = AgentId(event.person) if event.person and event.role != FALLBACK else None
    return Step(at=event.at, number=number, role=event.role, person=person)


def _until(text: str) -> datetime | None:
    """Unix seconds; 0, and what is none, is until further notice."""
    second = int(text) if text.isdecimal() and len(text) < 12 else 0
    return moment(Instant(second * 1_000_000)) if second else None
