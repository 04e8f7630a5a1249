"""Looks at a call anew after something touched it, and says what is new.

Theory of operation. The judge keeps no history: it reads the mirror and the call's track, works out
where the call stands, and compares that with what was told last. So it does not matter which of two
near events came first, or that one came twice. A call goes

    waiting -> ringing -> talking <-> held, moving -> ended     (and from waiting or ringing to voicemail)

and is *answered* at the moment a person's phone and the caller are connected; every other outcome is
decided when the caller and all the legs are gone, because a leg's cause, which comes a few
milliseconds after the caller's end, tells busy from unanswered. What the PBX takes down between a caller's
hanging up and his Hangup is no news of its own: that is told with his end.
"""

from typing import Final

from callcenter.ami.events import UP
from callcenter.facts import (
    CallAnswered,
    CallChanged,
    CallEnded,
    CallMissed,
    CallOffered,
    CallTransferred,
    Fact,
    PhoneRang,
)
from callcenter.record import Call
from callcenter.terms import CallState, Direction, Instant, Outcome, Phone
from callcenter.tracking import attempts, handovers, talk
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.parts import moment
from callcenter.tracking.quick import changer
from callcenter.tracking.state import State
from callcenter.tracking.telling import Teller
from callcenter.tracking.track import Activity, CallTrack, Share, Tape

PATIENCE_US: Final = 5_000_000
"""How long a call whose caller is gone waits for its legs; really they follow within milliseconds."""

_with_seq: Final = changer(Call, "seq")

_BY_ACTIVITY: Final = {
    Activity.TALK: CallState.TALKING,
    Activity.HOLD: CallState.HELD,
    Activity.NONE: CallState.MOVING,
}


class Judge:
    """Turns touched calls into facts."""

    def __init__(self, state: State, names: Directory) -> None:
        self._state = state
        self._names = names
        self._teller = Teller(state.mirror, names)

    def look(self, track: CallTrack, at: Instant) -> list[Fact]:
        """What is new about the call at *at*."""
        caller = self._state.mirror.channels.get(track.uniqueid)
        if caller is None or track.uniqueid not in self._state.calls:
            return []
        if caller.bridge is not None or track.answered_by is not None:  # outside one nobody hears anybody
            self._observe(track, caller, at)
        over = caller.ended_at is not None or caller.gone
        if over or track.end_lost:
            if self._is_final(track, caller):
                return self.close(track, caller, at)
            self._state.await_legs(track, Instant(at + PATIENCE_US))
        return self._news(track, caller, at, over=over) if track.counts else []

    def _observe(self, track: CallTrack, caller: Channel, at: Instant) -> None:
        """Bring the track up to date with who is connected to the caller."""
        mirror = self._state.mirror
        persons = talk.persons(mirror, caller, self._state.is_caller)
        if persons and (track.answered or not _went_before(caller, at)):
            self._meet(track, persons, at)
        elif not track.answered and track.voicemail_at is None and talk.reached_voicemail(mirror, caller):
            track.voicemail_at = at
        self._part(track, persons, at)
        now = talk.activity(mirror, track, caller, persons)
        whom = talk.company(track, now, persons)
        if now is not track.activity or whom != track.company:
            unseen = track.activity_at is None and track.answer_read_back
            since = talk.began(track, caller) if unseen else None
            talk.account(track, now, whom, at if since is None else since)

    def _part(self, track: CallTrack, persons: list[Channel], at: Instant) -> None:
        """Note since when the caller is with nobody, and whom he was with until then."""
        if persons:
            track.alone_since = None
        elif track.alone_since is None:
            track.alone_since = at
            last = self._state.mirror.channels.get(track.company[-1]) if track.company else None
            if last is not None:
                last.parted_from = track.uniqueid

    def _meet(self, track: CallTrack, persons: list[Channel], at: Instant) -> None:
        if not track.answered:
            self._answer(track, persons, at)
        handovers.resolve(track, persons, self._names)  # who is new is told from the partners before
        if track.direction is Direction.INBOUND:
            handovers.pass_on(self._state.mirror, track, persons, at, self._names)
        for person in persons:
            if person.uniqueid not in track.partners:
                track.partners.append(person.uniqueid)
                track.shares[person.uniqueid] = self._share(track, person)
                track.agent_left_at = None

    def _share(self, track: CallTrack, person: Channel) -> Share:
        first = person.uniqueid == track.answered_by
        agent = track.answer_agent if first else self._names.agent(person)
        return Share(phone=self._names.phone(person), agent=agent)

    def _answer(self, track: CallTrack, persons: list[Channel], at: Instant) -> None:
        """The first person connected: the phone that was picked up first."""
        picked_up = {person.uniqueid: self._picked_up(track, person, at) for person in persons}
        first = min(persons, key=lambda person: picked_up[person.uniqueid] or at)
        track.answered_by = first.uniqueid
        track.answered_at = picked_up[first.uniqueid]
        track.answer_noted_at = at
        track.answer_read_back = first.up_read or self._state.mirror.channels[track.uniqueid].up_read
        track.answer_phone = self._names.phone(first)
        step = track.step_at(first.dialled_at)
        track.answer_agent = self._names.agent(first) or (step.person if step else None)
        track.voicemail_at = None

    def _picked_up(self, track: CallTrack, person: Channel, at: Instant) -> Instant | None:
        """When the person took this call; None where that was before we could see it."""
        if person.picked is not None:
            return person.picked_at
        if person.is_leg and self._state.call_of(person) is track:
            return person.up_at
        return at if person.born and person.up_at is not None else None

    def _is_final(self, track: CallTrack, caller: Channel) -> bool:
        """Whether nothing is to come any more of a call whose caller is gone."""
        if track.end_lost:
            return True
        for leg in self._state.mirror.dialled(caller):
            if leg.ended_at is None and not leg.gone:
                return False
        return not any(self._records_still(tape) for tape in track.tapes)

    def _records_still(self, tape: Tape) -> bool:
        channel = self._state.mirror.channels.get(tape.channel)
        return tape.ended_at is None and channel is not None and not channel.over

    def close(self, track: CallTrack, caller: Channel, at: Instant) -> list[Fact]:
        """Tell the call for the last time, and forget it."""
        track.end_lost = track.end_lost or (caller.over and caller.ended_at is None)
        facts: list[Fact] = []
        if track.counts and not track.told.offered:
            facts += self._news(track, caller, at, over=caller.over)
        track.told.seq += 1
        phones = self._state.mirror.phones(caller)
        final = self._teller.tell(track, caller, CallState.ENDED, at, phones, final=True)
        if track.counts and final.outcome is not Outcome.ANSWERED:
            facts.append(CallMissed(at=moment(at), call=final))
            track.told.seq += 1
            final = _with_seq(final, track.told.seq)
        self._state.forget(track)
        return [*facts, CallEnded(at=moment(at), call=final)]

    def _news(self, track: CallTrack, caller: Channel, at: Instant, *, over: bool) -> list[Fact]:
        """What has to be said, in the order in which it happened."""
        waits = not over and track.answered_by is None  # later, what rings is a transfer's
        phones = self._state.mirror.phones(caller) if waits else []
        ringing = self._ringing(phones) if phones else []
        state = _where(track, over=over, ringing=bool(ringing))
        if not _is_news(track, state, ringing) or _is_clearing(track, caller, ringing):
            return []  # as after most events
        if not waits:
            phones = self._state.mirror.phones(caller)
        when, told = moment(at), track.told
        facts: list[Fact] = []
        if not told.offered:
            told.offered = True
            facts.append(CallOffered(at=when, call=self._tell(track, caller, state, at, phones)))
        facts += [
            PhoneRang(at=when, call=self._tell(track, caller, state, at, phones), phone=phone)
            for phone in ringing
            if phone not in told.ringing
        ]
        if track.answered_by is not None and not told.answered:
            told.answered = True
            facts.append(CallAnswered(at=when, call=self._tell(track, caller, state, at, phones)))
        for _ in range(told.transfers, len(track.handovers)):
            told.transfers += 1
            call = self._tell(track, caller, state, at, phones)
            facts.append(CallTransferred(at=when, call=call, transfer=call.transfers[told.transfers - 1]))
        if not facts:
            facts.append(CallChanged(at=when, call=self._tell(track, caller, state, at, phones)))
        told.state, told.queue, told.hotline, told.ringing = state, track.queue, track.hotline, ringing
        told.resolved = _resolved(track)
        told.known_answer = track.answered_at is not None
        return facts

    def _ringing(self, phones: list[Channel]) -> list[Phone]:
        """Which of the *phones* ring for the caller now."""
        return [
            self._names.phone(leg)
            for leg in phones
            if leg.state != UP
            and leg.up_at is None
            and leg.dial_ended_at is None
            and leg.ended_at is None
            and attempts.alerted(leg)
        ]

    def _tell(
        self, track: CallTrack, caller: Channel, state: CallState, at: Instant, phones: list[Channel]
    ) -> Call:
        track.told.seq += 1
        return self._teller.tell(track, caller, state, at, phones)


def _went_before(caller: Channel, at: Instant) -> bool:
    """Whether the caller had hung up when, at *at*, the PBX came round to connecting him."""
    return caller.requested_at is not None and caller.requested_at < at


def _is_news(track: CallTrack, state: CallState, ringing: list[Phone]) -> bool:
    """Whether anything differs from what was told last."""
    told = track.told
    answered = track.answered_by is not None
    return (
        told.state is not state
        or told.ringing != ringing
        or told.answered != answered
        or not told.offered
        or told.transfers != len(track.handovers)
        or told.resolved != _resolved(track)
        or told.queue != track.queue
        or told.hotline != track.hotline
        or told.known_answer != (track.answered_at is not None)
    )


def _is_clearing(track: CallTrack, caller: Channel, ringing: list[Phone]) -> bool:
    """Whether all that is new is how the PBX takes down the call of a caller who hung up: phones stop
    ringing one by one, the agent leaves the bridge. His own Hangup ends that, and what it left is told
    then. Whatever still comes about, a ring, an answer, a transfer, is told at once."""
    told = track.told
    return (
        caller.requested_at is not None
        and not caller.over
        and told.offered
        and told.answered == track.answered
        and told.transfers == len(track.handovers)
        and all(phone in told.ringing for phone in ringing)
    )


def _resolved(track: CallTrack) -> int:
    """How many transfers found their target."""
    return sum(handover.answered for handover in track.handovers) if track.handovers else 0


def _where(track: CallTrack, *, over: bool, ringing: bool) -> CallState:
    """Where the call stands."""
    if over:
        return CallState.ENDED
    if track.answered_by is not None:
        return _BY_ACTIVITY[track.activity]
    if ringing:
        return CallState.RINGING
    return CallState.VOICEMAIL if track.voicemail_at is not None else CallState.WAITING
