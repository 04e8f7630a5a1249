"""The story of a call: read off recordings of a real PBX, and in cases made up where a recording has none."""

import json
from dataclasses import replace

import pytest

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import (
    Clock,
    Direction,
    HangupSide,
    HotlineNumber,
    Instant,
    Outcome,
    Source,
    Truncated,
    Uniqueid,
)
from callcenter.tracking.timeline import Entry, Story, What, sentence, story_of, story_to_json, verdict
from callcenter.tracking.timeline.verdict import _BECAME, _HUNG_UP, _MISSED, _UNSEEN
from callcenter.tracking.timeline.wording import _PLAIN, _TRANSFER, _TRY
from tests.support import traces
from tests.support.script import SITE, Pbx


def _story(name: str, number: int = 0) -> Story:
    call = traces.inbound(traces.follow(traces.events(name)))[number]
    story = story_of(traces.events(name), traces.SITE, call.uniqueid)
    assert story is not None
    return story


def _said(story: Story) -> list[str]:
    return [sentence(entry) for entry in story.entries]


def _only(story: Story, what: What) -> list[Entry]:
    return [entry for entry in story.entries if entry.what is what]


class Tape(Pbx):
    """A scripted PBX whose events are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[ev.Event] = []
        receive = self.tracker.receive

        def keep(event: ev.Event) -> tuple[object, ...]:
            self.heard.append(event)
            return receive(event)

        self.tracker.receive = keep  # type: ignore[assignment,method-assign]  # a spy in its place

    def story(self, caller: str) -> Story:
        story = story_of(self.heard, SITE, self.uniqueid(caller))
        assert story is not None
        return story


def test_a_ring_group_answered_on_the_second_ring_reads_from_arrival_to_hangup() -> None:
    story = _story("05-ringgroup-answer-2nd-ring")
    assert _said(story) == [
        "a caller reached hotline 4001",
        "recorded as 20261121/4001-1795277906.41.wav",
        "1001 was called",
        "1002 was called",
        "1003 was called",
        "1001 began to ring",
        "1002 began to ring",
        "1003 began to ring",
        "1002 was picked up",
        "answered by 1002, in ring 2",
        "1001 stopped ringing: another phone had answered (rang 7.0 s, 2 rings)",
        "1003 stopped ringing: another phone had answered (rang 7.0 s, 2 rings)",
        "1002 hung up",
        "the caller's line was cleared (cause 16)",
        "the caller and all the legs were gone",
    ]
    assert verdict(story) == (
        "Answered by 1002 after 7.0 s of waiting.",
        (
            "The first phone rang 0.026 s after the arrival and the answer came 7.002 s later: a ring is"
            " 5 s here (1, 4), so that was ring 2; the target is 3 rings, i.e. less than 15 s: in time."
        ),
        (
            "Tried: 1001 rang 7.0 s (2 rings), another phone was faster; 1002 rang 7.0 s (2 rings), answered;"
            " 1003 rang 7.0 s (2 rings), another phone was faster."
        ),
        "The agent's side hung up.",
    )


def test_each_entry_has_the_event_behind_it_with_its_ids_and_when_it_was() -> None:
    story = _story("05-ringgroup-answer-2nd-ring")
    (answered,) = _only(story, What.ANSWERED)
    (event,) = answered.evidence
    assert event.event == "BridgeEnter"
    assert set(event.ids) >= {"channel", "uniqueid", "bridge_uniqueid"}
    assert answered.offset_seconds == pytest.approx(7.028, abs=0.001)
    assert all(entry.evidence for entry in story.entries)
    assert story.events > len(story.entries)


def test_an_answer_on_the_fourth_ring_is_explained_as_late() -> None:
    """Each phone rang for less than three rings, the caller heard four."""
    story = _story("13-queue-rrmemory-rna-then-answer")
    assert "so that was ring 4; the target is 3 rings, i.e. less than 15 s: too late." in verdict(story)[1]
    assert verdict(story)[2] == (
        "Tried: 1001 rang 10.0 s (2 rings), not answered; 1002 rang 4.0 s (1 ring), answered."
    )
    assert "the caller joined the queue hot-rr" in _said(story)
    assert "1001 was not answered, and the PBX stopped it (rang 10.0 s, 2 rings)" in _said(story)
    assert "the caller left the queue hot-rr" in _said(story)


def test_a_caller_who_gave_up_is_explained_as_missed_with_who_was_called() -> None:
    story = _story("07-ringgroup-abandon-03s")
    told = verdict(story)
    assert told[0] == (
        "Missed: the caller hung up after 3.0 s of waiting, while 1001 and 1002 and 1003 were called."
        " Below 5 s the call counts as short and is left out of the rates."
    )
    assert told[1].endswith("it rang in vain for 2.978 s: a ring is 5 s here (1, 4), so into ring 1.")
    assert told[-1] == "The caller hung up."
    assert "1002 stopped ringing: the caller had given up (rang 3.0 s, 1 ring)" in _said(story)


def test_voicemail_is_explained_as_missed() -> None:
    story = _story("06-ringgroup-noanswer-voicemail")
    assert verdict(story)[0] == (
        "Missed: nobody had answered when voicemail took the caller, after 25.0 s of waiting."
    )
    assert "voicemail took the caller" in _said(story)


def test_a_transfer_says_who_sent_the_caller_on_and_who_took_him() -> None:
    said = _said(_story("22-blind-transfer-refer"))
    assert said[said.index("1002 sent the caller on to 1004") :] == [
        "1002 sent the caller on to 1004",
        "the caller was with nobody: parked, ringing elsewhere, or in the dialplan",
        "1004 was picked up",
        "talking again",
        "1004 took the caller",
        "the caller hung up",
        "the caller's line was cleared (cause 16)",
        "the caller and all the legs were gone",
    ]


def test_hold_pickup_parking_and_refusal_have_their_words() -> None:
    assert "the caller was put on hold" in _said(_story("25-attended-transfer-refer"))
    assert "1002 handed the caller over to 1004" in _said(_story("25-attended-transfer-refer"))
    assert "1005 picked the call up for another phone" in _said(_story("29-pickup-star8"))
    assert "1002 parked the caller" in _said(_story("31-park-retrieve"))
    assert "1001 declined the call (rang 3.0 s, 1 ring)" in _said(_story("10-ringgroup-one-rejects-603"))


def test_an_announcement_that_picks_up_is_no_answer() -> None:
    said = _said(_story("48-announcement-then-ringgroup"))
    assert said.index("the PBX itself picked up: an announcement, a menu or a queue, no answer") < said.index(
        "1001 was called"
    )


def test_a_lost_link_is_part_of_the_story_and_of_the_verdict() -> None:
    story = _story("45-ami-cut-and-reconnect")
    assert "the PBX could not be heard any more: cut" in _said(story)
    assert "the PBX could be heard again" in _said(story)
    assert any(line.endswith("the PBX could not be heard: cut.") for line in verdict(story))


def test_a_consultation_is_told_as_part_of_the_call_that_it_belonged_to() -> None:
    stream = traces.events("25-attended-transfer-refer")
    (caller,) = traces.inbound(traces.follow(stream))
    dialled_by_agents = {
        event.uniqueid
        for event in stream
        if isinstance(event, ev.Newchannel) and event.channel_state == ev.RING
    } - {caller.uniqueid}
    stories = [story_of(stream, traces.SITE, Uniqueid(uniqueid)) for uniqueid in dialled_by_agents]
    merged = [story for story in stories if story is not None and story.merged_into is not None]
    assert [story.merged_into for story in merged] == [caller.call_id]
    assert verdict(merged[0])[0] == f"This was no call of its own but a part of {caller.call_id}."
    assert f"this was part of another call: {caller.call_id}" in _said(merged[0])


def test_a_call_that_goes_on_is_told_so_far() -> None:
    stream = traces.events("05-ringgroup-answer-2nd-ring")
    (call,) = traces.inbound(traces.follow(stream))
    story = story_of(stream[:20], traces.SITE, call.uniqueid)
    assert story is not None
    assert not story.over
    assert verdict(story) == ("The call is not decided: it goes on, or the evidence ends here.",)


def test_a_call_that_is_not_in_the_stream_has_no_story() -> None:
    assert story_of(traces.events("05-ringgroup-answer-2nd-ring"), traces.SITE, Uniqueid("1.1")) is None


@pytest.mark.parametrize("name", traces.NAMES)
def test_a_story_ends_with_the_verdict_that_was_told(name: str) -> None:
    for call in traces.inbound(traces.follow(traces.events(name))):
        story = story_of(traces.events(name), traces.SITE, call.uniqueid)
        assert story is not None
        if story.over:
            assert replace(story.call, seq=0) == call
        assert json.loads(json.dumps(story_to_json(story)))["entries"][0]["kind"] == "arrived"
        assert all(a.at <= b.at for a, b in zip(story.entries, story.entries[1:], strict=False))
        assert verdict(story)


@pytest.mark.parametrize("name", ["05-ringgroup-answer-2nd-ring", "14-queue-abandon", "47-two-simultaneous"])
def test_the_caller_s_number_is_in_no_entry(name: str) -> None:
    story = _story(name)
    assert story.call.caller
    told = story_to_json(story, caller="none")
    assert story.call.caller not in json.dumps(told)


def test_a_hotline_named_by_the_dialplan() -> None:
    pbx = Tape()
    caller = pbx.at(0).caller(exten="999")
    pbx.at(1).variable(caller, "CC_HOTLINE", "4001")
    pbx.at(2).ring_off(caller)
    assert "the dialplan named hotline 4001" in _said(pbx.story(caller))
    assert verdict(pbx.story(caller))[0].startswith("Missed: the caller hung up after 1.0 s of waiting,")
    assert "before any phone was being tried" in verdict(pbx.story(caller))[0]
    assert "No phone was tried." in verdict(pbx.story(caller))


def test_a_call_between_phones_is_told_without_rings_to_keep() -> None:
    pbx = Tape()
    caller = pbx.at(0).new("PJSIP/1002", context="phones", exten="1001", number="1002")
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(4).connect(caller, leg)
    pbx.at(9).ring_off(caller, leg)
    story = pbx.story(caller)
    assert story.call.direction is Direction.INTERNAL
    assert _said(story)[0] == "an internal call to 1001 began"
    assert not [line for line in verdict(story) if "target" in line]


@pytest.mark.parametrize(
    ("cause", "status", "said"),
    [(17, "BUSY", "1001 was busy (rang 2.0 s, 1 ring)"), (20, "CHANUNAVAIL", "1001 could not be reached")],
)
def test_phones_that_were_not_to_be_had(cause: int, status: str, said: str) -> None:
    pbx = Tape()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    if status == "BUSY":
        pbx.ring(caller, leg)
    pbx.at(2).refuse(caller, leg, cause, status)
    pbx.at(3).hangup(caller)
    assert said in _said(pbx.story(caller))


def _call(**changes: object) -> Call:
    story = _story("05-ringgroup-answer-2nd-ring")
    return replace(story.call, **changes)  # type: ignore[arg-type]  # fields of a record


def _judged(**changes: object) -> str:
    return " ".join(verdict(Story(call=_call(**changes), entries=())))


def test_what_was_not_seen_is_said() -> None:
    assert "The call's beginning was not seen." in _judged(truncated=Truncated.START)
    assert "The call's end was not seen." in _judged(truncated=Truncated.END)
    assert "Neither the call's beginning nor its end was seen." in _judged(truncated=Truncated.BOTH)
    assert "those of the events' arrival here" in _judged(clock=Clock.ARRIVAL)
    assert "taken from the PBX's own records (cel)" in _judged(source=Source.CEL)


def test_a_phone_whose_ringing_could_not_be_seen_is_not_said_not_to_have_rung() -> None:
    """Whoever is told that she missed a call, and let it ring, must not read that it did not."""
    (attempt, *_) = _call().attempts
    silent = replace(attempt, ring_started_at=None, ring_seconds=None, rings=None)
    halfway = replace(silent, started_at=None)
    assert f"{attempt.phone} did not ring, " in _judged(attempts=(silent,))
    assert f"{attempt.phone} was not seen beginning to ring, " in _judged(attempts=(halfway,))
    assert f"{attempt.phone} was not seen beginning to ring, " in _judged(
        attempts=(silent,), source=Source.CEL
    )
    assert "No phone was tried." not in _judged(attempts=(), outcome=Outcome.LOST, on_time=None)


def test_the_verdict_is_that_of_the_call_as_it_is_told_now() -> None:
    """Completed from the PBX's records since; or told by another rule than that of now, which is said."""
    lost = Story(call=_call(outcome=Outcome.LOST, on_time=None, truncated=Truncated.END), entries=())
    completed = " ".join(verdict(lost, _call(source=Source.CEL)))
    assert completed.startswith("Answered by ")
    assert "The call's end was not seen." not in completed
    assert "taken from the PBX's own records (cel)" in completed
    by_another_rule = verdict(Story(call=_call(on_time=False, target_rings=1), entries=()), _call())
    assert "in time." in " ".join(by_another_rule)
    assert (
        by_another_rule[-1]
        == "By the present rules the PBX's events would be told otherwise: target_rings, on_time."
    )


def test_what_can_t_be_judged_is_not_guessed() -> None:
    unseen = {"caller_ring_seconds": None, "first_ring_at": None, "caller_rings": None}
    assert "less than 3 rings: in time." in _judged(**unseen, on_time=True)
    assert "whether 3 rings were kept to can't be told." in _judged(**unseen, on_time=None)
    missed = {"outcome": Outcome.UNREACHABLE, "on_time": None, "attempts": ()}
    assert "No phone was seen ringing." in _judged(**unseen, **missed)


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.ANSWERED])
def test_every_way_to_miss_a_call_has_its_sentence(outcome: Outcome) -> None:
    assert _judged(outcome=outcome, on_time=None, hotline=HotlineNumber("4001")).startswith("Missed: ")


def test_a_caller_who_gave_up_in_a_queue_waited_in_that_queue() -> None:
    told = _judged(outcome=Outcome.ABANDONED, attempts=(), queue="sales", on_time=None)
    assert "waiting in the queue sales." in told


@pytest.mark.parametrize("side", HangupSide)
def test_who_hung_up_is_said(side: HangupSide) -> None:
    assert _HUNG_UP[side] in _judged(hung_up_by=side)


def test_no_word_is_missing() -> None:
    """Whatever can happen has a sentence, and every placeholder of it is filled."""
    assert set(_MISSED) | {Outcome.ANSWERED, Outcome.ABANDONED} == set(Outcome)
    assert set(_UNSEEN) == set(Truncated)
    assert set(_TRANSFER) == {"blind", "attended", "blonde", "park"}
    assert set(_BECAME) - {None} == set(_TRY) | {"answered"}
    spoken = {What.ARRIVED, What.ANSWERED, What.TRY_ENDED, What.HANDED_ON, What.HANGUP_ASKED, What.MERGED}
    assert set(_PLAIN) | spoken == set(What)


def test_an_event_s_own_number_never_becomes_evidence() -> None:
    pbx = Tape()
    caller = pbx.at(0).caller(number="13912345678")
    pbx.at(2).ring_off(caller)
    assert "13912345678" not in repr([entry.evidence for entry in pbx.story(caller).entries])


def test_time_alone_is_no_event() -> None:
    pbx = Tape()
    caller = pbx.at(0).caller()
    pbx.dial(caller)
    pbx.at(3).hangup(caller)
    for second in range(4, 12):
        at = Instant(pbx.heard[0].at + second * 1_000_000)
        pbx.heard.append(ev.Tick(at=at, clock=Clock.PBX))
    (ended,) = _only(pbx.story(caller), What.ENDED)
    assert ended.evidence == ()
