"""Why a call was judged as it was, in a few plain English sentences."""

from collections.abc import Iterator
from typing import Final

from callcenter.record import Attempt, Call
from callcenter.rings import period_us
from callcenter.terms import AttemptOutcome, Clock, HangupSide, Outcome, Source, Truncated
from callcenter.tracking.retelling import differences
from callcenter.tracking.timeline.story import Story
from callcenter.tracking.timeline.wording import counted

_BECAME: Final = {
    AttemptOutcome.ANSWERED: "answered",
    AttemptOutcome.ANSWERED_ELSEWHERE: "another phone was faster",
    AttemptOutcome.NO_ANSWER: "not answered",
    AttemptOutcome.CALLER_GAVE_UP: "the caller gave up",
    AttemptOutcome.UNCONFIRMED: "picked up, and nobody took the call",
    AttemptOutcome.BUSY: "busy",
    AttemptOutcome.REJECTED: "declined",
    AttemptOutcome.UNREACHABLE: "not reachable",
    AttemptOutcome.FORWARDED: "forwarded",
    AttemptOutcome.LOST: "not seen to its end",
    None: "still being tried",
}
_MISSED: Final = {
    Outcome.VOICEMAIL: "nobody had answered when voicemail took the caller",
    Outcome.NO_ANSWER: "phones rang, nobody answered, and the PBX gave up",
    Outcome.BUSY: "every phone that could be tried was busy or refused",
    Outcome.UNREACHABLE: "no phone could be tried, or the queue took nobody",
    Outcome.UNSTAFFED: "nobody was on duty, so nobody was tried",
    Outcome.LOST: "what became of the caller was not seen and could not be found out",
}
_UNSEEN: Final = {
    Truncated.START: "The call's beginning was not seen.",
    Truncated.END: "The call's end was not seen.",
    Truncated.BOTH: "Neither the call's beginning nor its end was seen.",
}
_HUNG_UP: Final = {
    HangupSide.CALLER: "The caller hung up.",
    HangupSide.AGENT: "The agent's side hung up.",
    HangupSide.PBX: "The PBX ended the call.",
}


def verdict(story: Story, stored: Call | None = None) -> tuple[str, ...]:
    """Sentences: the outcome and why, who was on duty, in time or not and why, who had the chance, who hung
    up, what was not seen.

    *stored*: the call as it is told now, where that is known. It may have been completed from the PBX's own
    records, or judged by another rule: then it is what counts, and what the events show otherwise is said.
    """
    if story.merged_into is not None or not (story.over or story.call.outcome):
        return (_unfinished(story), *_unseen(story, story.call))
    call = stored if stored is not None and stored.final else story.call
    told = (_outcome(call), _duty(call), _in_time(call), _chances(call), _ended(call), *_unseen(story, call))
    return (*filter(None, told), *_otherwise(story, call))


def _unfinished(story: Story) -> str:
    if story.merged_into is not None:
        return f"This was no call of its own but a part of {story.merged_into}."
    return "The call is not decided: it goes on, or the evidence ends here."


def _outcome(call: Call) -> str:
    if call.outcome is Outcome.ANSWERED:
        return f"Answered by {call.answered_by or 'a phone that was not seen'}{_waited(call, ' after')}."
    if call.outcome is Outcome.ABANDONED:
        return f"Missed: the caller hung up{_waited(call, ' after')}, {_while(call)}.{_short(call)}"
    return f"Missed: {_MISSED[call.outcome]}{_waited(call, ', after')}." if call.outcome else ""


def _waited(call: Call, word: str) -> str:
    return f"{word} {call.wait_seconds:.1f} s of waiting" if call.wait_seconds is not None else ""


def _while(call: Call) -> str:
    rang = [a.phone for a in call.attempts if a.outcome is AttemptOutcome.CALLER_GAVE_UP]
    if rang:
        return f"while {' and '.join(dict.fromkeys(rang))} {'was' if len(set(rang)) == 1 else 'were'} called"
    return f"waiting in the queue {call.queue}" if call.queue else "before any phone was being tried"


def _short(call: Call) -> str:
    if not call.short_abandoned or call.short_abandon_seconds is None:
        return ""
    return f" Below {call.short_abandon_seconds:g} s the call counts as short and is left out of the rates."


def _duty(call: Call) -> str:
    """Who was on duty, and that the rule was another."""
    people = [f"{one.person} ({one.role})" for one in call.on_duty]
    when = " after hours" if call.after_hours else ""
    if people:
        return f"On duty{when} when the call was offered: {', '.join(people)}."
    return "The call was offered after hours." if call.after_hours else ""


def _in_time(call: Call) -> str:
    """Why so many rings, and on which side of the target."""
    if call.cadence is None or call.hotline is None:
        return ""
    rang = call.caller_ring_seconds
    if rang is None or call.first_ring_at is None or call.caller_rings is None:
        return _not_known(call)
    period = period_us(call.cadence) / 1_000_000
    began = (call.first_ring_at - call.arrived_at).total_seconds()
    first = f"The first phone rang {began:.3f} s after the arrival"
    rule = f"a ring is {period:g} s here ({', '.join(f'{part:g}' for part in call.cadence)})"
    if call.outcome is not Outcome.ANSWERED:
        return f"{first} and it rang in vain for {rang:.3f} s: {rule}, so into ring {call.caller_rings}."
    return (
        f"{first} and the answer came {rang:.3f} s later: {rule}, so that was ring {call.caller_rings};"
        f" the target is {counted(call.target_rings or 0)}, i.e. less than"
        f" {(call.target_rings or 0) * period:g} s: {'in time' if call.on_time else 'too late'}."
    )


def _not_known(call: Call) -> str:
    if call.outcome is not Outcome.ANSWERED:
        return "No phone was seen ringing." if not call.attempts else ""
    target = counted(call.target_rings or 0)
    if call.on_time:
        return f"When it began to ring was not seen, but all in all it was less than {target}: in time."
    return f"When it began to ring was not seen: whether {target} were kept to can't be told."


def _chances(call: Call) -> str:
    """Who had the chance, and for how long."""
    if not call.attempts:
        return "No phone was tried." if call.outcome not in {Outcome.ANSWERED, Outcome.LOST} else ""
    return f"Tried: {'; '.join(_chance(attempt, call) for attempt in call.attempts)}."


def _chance(attempt: Attempt, call: Call) -> str:
    return f"{attempt.phone} {_rang(attempt, call)}{_BECAME[attempt.outcome]}"


def _rang(attempt: Attempt, call: Call) -> str:
    """How long it rang. A try first seen in its middle, or told by records alone, may have rung."""
    if attempt.ring_seconds is not None:
        rings = f" ({counted(attempt.rings)})" if attempt.rings is not None else ""
        return f"rang {attempt.ring_seconds:.1f} s{rings}, "
    if attempt.ring_started_at is not None:
        return ""
    unseen = attempt.started_at is None or call.source is not Source.AMI
    return "was not seen beginning to ring, " if unseen else "did not ring, "


def _ended(call: Call) -> str:
    return _HUNG_UP[call.hung_up_by] if call.hung_up_by is not None else ""


def _otherwise(story: Story, call: Call) -> Iterator[str]:
    """Where the events that are kept, judged by the rules of now, say otherwise than the call as told."""
    differs = differences(call, story.call) if story.over else ()
    if differs and call.source is Source.AMI:
        yield f"By the present rules the PBX's events would be told otherwise: {', '.join(differs)}."


def _unseen(story: Story, call: Call) -> Iterator[str]:
    if call.truncated is not None:
        yield _UNSEEN[call.truncated]
    for gap in story.gaps:
        until = f" until {gap.ended_at:%H:%M:%S}" if gap.ended_at is not None else ""
        yield f"From {gap.began_at:%H:%M:%S}{until} (UTC) the PBX could not be heard: {gap.reason}."
    if call.clock is Clock.ARRIVAL:
        yield "Times are those of the events' arrival here, not of the PBX: they are wrong after any delay."
    if call.source is not Source.AMI:
        yield f"What was not heard was taken from the PBX's own records ({call.source})."
