"""From channel event log rows to the events that the tracker reads.

Theory of operation. CEL and AMI tell of the same channels in different words, so a call that ended
unseen is told by the very tracker that would have told it live, from events made of rows. Three things
CEL does not say and are found here: who dialled a leg (the channel with its Linkedid whose running Dial
names it, else the one that gave the Linkedid), when a far end *asked* to hang up (``hangupsource`` names
it on every row of those who hung up because of it; the first trace of it is the best time), and that a
phone alerted at all. There is no RINGING in CEL: a leg's ring has no beginning here, and nothing after
this module can count it. Hold shows as music that a channel in a bridge hears, where the PBX logs streams
(``STREAM_BEGIN``, newer releases); elsewhere it counts as talk.

Rows may be missing, and may come in any order: what they don't say is not said here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.hangup import is_unreachable, told_by_cause
from callcenter.terms import AttemptOutcome, Clock, Instant, Linkedid, Uniqueid
from callcenter.tracking.channels import endpoint, is_local
from callcenter.tracking.records import CelRow

_VOICEMAIL: Final = frozenset({"VoiceMail", "MinivmRecord"})
_OUTGOING: Final = frozenset({"AppDial", "AppDial2", "AppQueue"})
"""What Asterisk says that a channel runs which it made itself."""
_DIALS: Final = frozenset({"Dial", "Queue", "FollowMe", "Page", "RetryDial"})
_ENDS: Final = ("HANGUP", "CHAN_END")
_CLEARING_US: Final = 200_000
"""How long before a channel's end the first trace of what ended it may be."""
_RACE_US: Final = 50_000
"""A caller gone so soon after his phones stopped ringing is why they stopped."""
_ALERTING_US: Final = 200_000
"""A leg that was over sooner has hardly rung."""


def events(
    rows: Iterable[CelRow], hotlines: Mapping[Uniqueid, tuple[str, Instant]] | None = None
) -> list[ev.Event]:
    """The events that *rows* stand for, in order of time.

    *hotlines*: for callers known already, the hotline that was reached and when: a dialplan may have
    named it by a variable, which CEL does not show.
    """
    return _Translation(sorted(rows, key=attrgetter("at")), hotlines or {}).events()


class _Translation:
    """One set of rows being read, in order of time."""

    def __init__(self, rows: list[CelRow], hotlines: Mapping[Uniqueid, tuple[str, Instant]]) -> None:
        self._rows = rows
        self._hotlines = hotlines
        self._by_channel: dict[Uniqueid, list[CelRow]] = {}
        self._bearers: dict[str, list[CelRow]] = {}
        """The first rows of the channels that had a name, in order."""
        for row in rows:
            own = self._by_channel.setdefault(row.uniqueid, [])
            if all(row.channame != earlier.channame for earlier in own[:1]):
                self._bearers.setdefault(row.channame, []).append(row)
            own.append(row)
        self._ends = {row.uniqueid: row for row in reversed(rows) if row.eventtype in _ENDS}
        self._exits: dict[str, list[Instant]] = {}
        for row in rows:
            if row.eventtype == "BRIDGE_EXIT" and (bridge := row.extra.get("bridge_id")):
                self._exits.setdefault(bridge, []).append(row.at)
        self._running: dict[Uniqueid, CelRow] = {}
        """The last row of each channel so far."""
        self._linked: dict[Linkedid, dict[Uniqueid, None]] = {}
        """The channels that have had a Linkedid, the last one to show it last."""
        self._dialled: dict[Uniqueid, Uniqueid] = {}
        self._legs: dict[Uniqueid, list[Uniqueid]] = {}
        self._queued: set[Uniqueid] = set()
        self._mailed: set[Uniqueid] = set()
        self._bridged: set[Uniqueid] = set()
        self._hearing: set[Uniqueid] = set()
        """Those to whom music is played."""
        self._handlers: Mapping[str, Callable[[CelRow], Iterator[ev.Event]]] = {
            "CHAN_START": self._chan_start,
            "ANSWER": self._answer,
            "APP_START": self._app_start,
            "BRIDGE_ENTER": self._bridge_enter,
            "BRIDGE_EXIT": self._bridge_exit,
            "BLINDTRANSFER": self._blind_transfer,
            "ATTENDEDTRANSFER": self._attended_transfer,
            "PICKUP": self._pickup,
            "PARK_START": self._park_start,
            "PARK_END": self._park_end,
            "STREAM_BEGIN": self._stream_begin,
            "STREAM_END": self._stream_end,
        }

    def events(self) -> list[ev.Event]:
        told: list[ev.Event] = []
        for row in self._rows:
            told += self._applications(row)
            if row.eventtype in _ENDS:
                told += self._end(row)
            elif row.eventtype in self._handlers:
                told += self._handlers[row.eventtype](row)
            self._running[row.uniqueid] = row
            family = self._linked.setdefault(row.linkedid, {})
            family.pop(row.uniqueid, None)
            family[row.uniqueid] = None
        asked = [self._hangup_request(row, at) for row, at in self._requests()]
        return sorted([*asked, *told], key=attrgetter("at"))

    def _chan_start(self, row: CelRow) -> Iterator[ev.Event]:
        own = str(row.linkedid) == row.uniqueid
        made = own and row.exten in {"", "s"} and self._is_outgoing(row.uniqueid)
        if own and not made:
            yield ev.Newchannel(**_channel(row, ev.DOWN if is_local(row.channame) else ev.RING))
            yield from self._named(row)
            return
        yield ev.Newchannel(**_channel(row, ev.RINGING if self._may_have_rung(row) else ev.DOWN))
        dialler = None if own else self._dialler(row)
        if (made or dialler is not None) and not row.channame.endswith(";2"):
            yield self._dial_begin(row, dialler)

    def _named(self, row: CelRow) -> Iterator[ev.Event]:
        if row.uniqueid in self._hotlines:
            number, at = self._hotlines[row.uniqueid]
            told = _channel(row, ev.RING) | {"at": max(at, row.at)}
            yield ev.VarSet(**told, variable="CC_HOTLINE", value=number)

    def _dial_begin(self, row: CelRow, dialler: Uniqueid | None) -> ev.Event:
        if dialler is not None:
            self._dialled[row.uniqueid] = dialler
            self._legs.setdefault(dialler, []).append(row.uniqueid)
        return ev.DialBegin(
            at=row.at,
            clock=Clock.PBX,
            uniqueid=dialler,
            dest_uniqueid=row.uniqueid,
            dest_channel=row.channame,
            dest_linkedid=row.linkedid,
            dest_channel_state=ev.DOWN,
            dest_caller_id_num=row.cid_num,
            dest_context=row.context,
            dest_exten=row.exten,
            dial_string=self._dial_string(row, dialler),
        )

    def _is_outgoing(self, uniqueid: Uniqueid) -> bool:
        return any(row.appname in _OUTGOING for row in self._by_channel[uniqueid])

    def _may_have_rung(self, row: CelRow) -> bool:
        """Whether the leg may be taken to have alerted, from an unknown moment on."""
        end = self._ends.get(row.uniqueid)
        if end is None:
            return True
        return not is_unreachable(_cause(end)) and end.at - row.at >= _ALERTING_US

    def _dialler(self, leg: CelRow) -> Uniqueid | None:
        """Who dialled the leg, among those who had its Linkedid at that moment."""
        family = (self._running[uniqueid] for uniqueid in reversed(self._linked.get(leg.linkedid, {})))
        linked = [
            row
            for row in family
            if row.linkedid == leg.linkedid
            and row.uniqueid not in self._dialled
            and row.eventtype not in _ENDS
        ]
        dialling = [row for row in linked if row.appname in _DIALS and row.eventtype != "APP_END"]
        naming = next((row.uniqueid for row in dialling if _names_leg(row.appdata, leg.channame)), None)
        root = Uniqueid(str(leg.linkedid))
        if naming is not None:
            return naming
        if root in self._by_channel:
            return root if root not in self._bridged else None  # who is connected dials nobody
        return next((row.uniqueid for row in [*dialling, *linked]), None)

    def _dial_string(self, leg: CelRow, dialler: Uniqueid | None) -> str:
        running = self._running.get(dialler) if dialler is not None else None
        if running is None or running.appname != "Dial":
            return ""
        targets = running.appdata.split(",")[0].split("&")
        return next((target for target in targets if _names_leg(target, leg.channame)), "")

    def _answer(self, row: CelRow) -> Iterator[ev.Event]:
        yield ev.Newstate(**_channel(row, ev.UP))

    def _app_start(self, row: CelRow) -> Iterator[ev.Event]:
        if row.appname == "MixMonitor":
            path = row.appdata.split(",")[0]
            yield ev.VarSet(**_channel(row, ev.UP), variable="MIXMONITOR_FILENAME", value=path)
        elif row.appname == "StopMixMonitor":
            yield ev.MixMonitorStop(**_channel(row, ev.UP))

    def _applications(self, row: CelRow) -> Iterator[ev.Event]:
        """Queue and voicemail show in any row of a channel, not only where their own events are logged."""
        queues = row.appname == "Queue" and row.eventtype != "APP_END"
        if queues and row.uniqueid not in self._queued:
            self._queued.add(row.uniqueid)
            yield ev.QueueCallerJoin(**_channel(row, ev.UP), queue=row.appdata.split(",")[0])
        elif not queues and row.uniqueid in self._queued and row.eventtype not in _ENDS:
            self._queued.discard(row.uniqueid)
            left = self._running[row.uniqueid].appdata.split(",")[0]
            yield ev.QueueCallerLeave(**_channel(row, ev.UP), queue=left)
        if row.appname in _VOICEMAIL and row.uniqueid not in self._mailed:
            self._mailed.add(row.uniqueid)
            yield ev.Newexten(**_channel(row, ev.UP), application=row.appname)

    def _bridge_enter(self, row: CelRow) -> Iterator[ev.Event]:
        if bridge := row.extra.get("bridge_id"):
            self._bridged.add(row.uniqueid)
            technology = row.extra.get("bridge_technology", "")
            yield ev.BridgeEnter(
                **_channel(row, ev.UP), bridge_uniqueid=bridge, bridge_type="", bridge_technology=technology
            )

    def _bridge_exit(self, row: CelRow) -> Iterator[ev.Event]:
        if bridge := row.extra.get("bridge_id"):
            self._bridged.discard(row.uniqueid)
            yield ev.BridgeLeave(**_channel(row, ev.UP), bridge_uniqueid=bridge)

    def _blind_transfer(self, row: CelRow) -> Iterator[ev.Event]:
        yield ev.BlindTransfer(
            at=row.at,
            clock=Clock.PBX,
            transferer_uniqueid=row.uniqueid,
            transferee_uniqueid=_id(row, "transferee_channel_uniqueid"),
            extension=row.extra.get("extension", ""),
            result="Success",
        )

    def _attended_transfer(self, row: CelRow) -> Iterator[ev.Event]:
        yield ev.AttendedTransfer(
            at=row.at,
            clock=Clock.PBX,
            orig_transferer_uniqueid=row.uniqueid,
            second_transferer_uniqueid=_id(row, "channel2_uniqueid"),
            transferee_uniqueid=_id(row, "transferee_channel_uniqueid"),
            transfer_target_uniqueid=_id(row, "transfer_target_channel_uniqueid"),
            transfer_target_channel=row.extra.get("transfer_target_channel_name") or None,
            dest_bridge_uniqueid=row.extra.get("bridge2_id") or None,
            result="Success",
        )

    def _pickup(self, row: CelRow) -> Iterator[ev.Event]:
        picker = _id(row, "pickup_channel_uniqueid")
        known = self._by_channel.get(picker) if picker is not None else None
        if known:
            told = _channel(known[0], ev.UP) | {"at": row.at}
            yield ev.Pickup(**told, target_uniqueid=row.uniqueid)

    def _park_start(self, row: CelRow) -> Iterator[ev.Event]:
        yield ev.ParkedCall(
            at=row.at,
            clock=Clock.PBX,
            parkee_uniqueid=row.uniqueid,
            parker_dial_string=row.extra.get("parker_dial_string", ""),
            parking_space="",
        )

    def _park_end(self, row: CelRow) -> Iterator[ev.Event]:
        retriever = self._bearer(row.extra.get("retriever", ""), row.at)
        if retriever is not None:
            yield ev.UnParkedCall(
                at=row.at, clock=Clock.PBX, parkee_uniqueid=row.uniqueid, retriever_uniqueid=retriever
            )

    def _stream_begin(self, row: CelRow) -> Iterator[ev.Event]:
        if "class" in row.extra:
            self._hearing.add(row.uniqueid)
            yield ev.Hold(**_channel(row, ev.UP))

    def _stream_end(self, row: CelRow) -> Iterator[ev.Event]:
        """The end of music, or of a sound, which is nobody's hold: the row does not say of which."""
        if row.uniqueid in self._hearing:
            self._hearing.discard(row.uniqueid)
            yield ev.Unhold(**_channel(row, ev.UP))

    def _end(self, row: CelRow) -> Iterator[ev.Event]:
        if self._ends[row.uniqueid] is not row:
            return
        if status := row.extra.get("dialstatus"):
            yield ev.VarSet(**_channel(row, ev.UP), variable="DIALSTATUS", value=status)
        yield ev.Hangup(**_channel(row, ev.DOWN), cause=0 if _is_borrowed(row) else _cause(row))

    def _requests(self) -> Iterator[tuple[CelRow, Instant]]:
        """Whose far end asked to hang up, and when that first shows."""
        first: dict[Uniqueid, CelRow] = {}
        for row in self._rows:
            if row.eventtype != "HANGUP":
                continue
            source = self._bearer(row.extra.get("hangupsource", ""), row.at)
            if source is not None and source not in first:
                first[source] = row
        for source, row in first.items():
            yield self._ends.get(source, row), self._first_trace(source, row.at)

    def _bearer(self, name: str, at: Instant) -> Uniqueid | None:
        """The channel that had the name then: a PBX that was restarted begins to count them anew."""
        known = [row.uniqueid for row in self._bearers.get(name, ()) if row.at <= at]
        return known[-1] if known else None

    def _first_trace(self, source: Uniqueid, at: Instant) -> Instant:
        own = self._by_channel[source]
        bridges = [row.extra.get("bridge_id", "") for row in own if row.eventtype == "BRIDGE_EXIT"]
        exits = self._exits.get(bridges[-1], ()) if bridges else ()
        left = [exit_at for exit_at in exits if 0 <= at - exit_at <= _CLEARING_US]
        status = self._ends[source].extra.get("dialstatus") if source in self._ends else ""
        within = {"CANCEL": _CLEARING_US, "NOANSWER": 0}.get(status or "", _RACE_US)
        ends = (self._ends.get(leg) for leg in self._legs.get(source, ()))
        stopped = [end.at for end in ends if end is not None and 0 <= at - end.at <= within]
        return min([at, *left, *stopped])

    def _hangup_request(self, row: CelRow, at: Instant) -> ev.Event:
        return ev.HangupRequest(**_channel(row, ev.UP) | {"at": at})


def _channel(row: CelRow, state: int) -> dict[str, Any]:
    """What every event of a channel holds."""
    return {
        "at": row.at,
        "clock": Clock.PBX,
        "uniqueid": row.uniqueid,
        "channel": row.channame,
        "linkedid": Linkedid(row.linkedid),
        "channel_state": state,
        "caller_id_num": row.cid_num,
        "context": row.context,
        "exten": row.exten,
    }


def _cause(row: CelRow) -> int:
    cause = row.extra.get("hangupcause", "")
    return int(cause) if cause.isdecimal() else 0


def _is_borrowed(row: CelRow) -> bool:
    """Whether the cause is another phone's: PJSIP names as the source whoever hung up or refused, and a leg
    that the PBX itself ends shows the cause it heard last. chan_sip never names any."""
    nobody = row.extra.get("hangupsource") == "" and row.channame.startswith("PJSIP/")
    return nobody and told_by_cause(_cause(row)) is not AttemptOutcome.ANSWERED_ELSEWHERE


def _id(row: CelRow, name: str) -> Uniqueid | None:
    value = row.extra.get(name)
    return Uniqueid(value) if value else None


def _names_leg(appdata: str, channame: str) -> bool:
    """Whether a Dial's arguments name the phone of a leg."""
    return re.search(rf"(?:/|@){re.escape(endpoint(channame))}(?=[&,@/-]|$)", appdata) is not None
