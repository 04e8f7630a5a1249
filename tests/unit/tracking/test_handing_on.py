"""Callers handed on in the rarer ways: unannounced, through Local channels, into queues and parking lots."""

from typing import Any

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import Direction
from tests.support.script import Pbx

LOT = {"name": "lot", "kind": "parking", "technology": "holding_bridge"}


def _answered(pbx: Pbx, caller: str, phone: str = "PJSIP/1001") -> str:
    """*caller* talks with the phone from the fourth second on."""
    leg = pbx.dial(caller, phone)
    pbx.ring(caller, leg)
    pbx.at(4).connect(caller, leg)
    return leg


def _transfers(call: Call) -> list[tuple[str, str | None, str | None, bool]]:
    return [(t.kind, t.by, t.to, t.answered) for t in call.transfers]


def _told(pbx: Pbx) -> list[Call]:
    """Every call that ended, in the order of their arrival."""
    calls = [fact.call for fact in pbx.facts if getattr(fact, "call", None) is not None]
    ended = {call.call_id: call for call in calls if call.final}
    return sorted(ended.values(), key=lambda call: call.arrived_at)


def _attended(pbx: Pbx, first: str, second: str, target: str | None = None) -> None:
    pbx.say(
        ev.AttendedTransfer,
        orig_transferer_uniqueid=pbx.uniqueid(first),
        second_transferer_uniqueid=pbx.uniqueid(second),
        transferee_uniqueid=None,
        transfer_target_uniqueid=pbx.uniqueid(target) if target else None,
        transfer_target_channel=target,
        dest_bridge_uniqueid=None,
        result="Success",
    )


def _taken_out(pbx: Pbx, caller: str, leg: str, **to: Any) -> None:
    """A redirect by AMI: the caller leaves the bridge for another extension, and nobody hung up."""
    pbx.channel(ev.BridgeLeave, caller, bridge_uniqueid="b1", **to)
    pbx.leave(leg)
    pbx.hangup(leg)


def test_a_redirect_to_a_phone_that_is_unplugged_is_a_transfer_in_vain() -> None:
    """Nobody is dialled, so only the extension can be told."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    _taken_out(pbx.at(8), caller, leg, context="phones", exten="1008")
    pbx.variable(caller, "DIALSTATUS", "CHANUNAVAIL")
    pbx.hangup(caller, 3)

    call = pbx.told()
    assert _transfers(call) == [("blind", "1001", "1008", False)]
    assert (call.talk_seconds, call.hung_up_by) == (4.0, "pbx")


def test_what_the_dialplan_does_after_a_hangup_is_no_redirect() -> None:
    """The PBX takes a call down: the caller's channel runs through extension h."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    _taken_out(pbx.at(8), caller, leg, exten="h")
    pbx.hangup(caller)

    assert _transfers(pbx.told()) == []


def test_a_transfer_announced_after_the_caller_left_is_one_transfer() -> None:
    """Who did it and where to is known only then."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    pbx.at(8).channel(ev.BridgeLeave, caller, bridge_uniqueid="b1", exten="1004", context="phones")
    pbx.transfer_blind(leg, caller, "1004")
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.at(20).ring_off(caller)

    assert _transfers(pbx.told()) == [("blind", "1001", "1004", False)]


def test_an_agent_who_is_sent_away_hands_no_caller_on() -> None:
    """The wrong one of the two was transferred: the caller is gone, and the agent rings a colleague."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    pbx.at(8).transfer_blind(caller, leg, "1004")
    pbx.leave(caller)
    pbx.leave(leg)
    target = pbx.dial(leg, "PJSIP/1004")
    pbx.hangup(caller)
    pbx.at(9).hangup(target)
    pbx.hangup(leg)

    assert _transfers(_told(pbx)[0]) == []


def _consulted_through_local(pbx: Pbx, leg: str, *, answered_by_queue: bool) -> tuple[str, str, str]:
    """1001 consults by keys: a Local channel, behind which 1004 rings."""
    pbx.leave(leg)
    one = pbx.new("Local/4003@phones-1;1", state=ev.DOWN, exten="4003", context="phones", of=leg)
    two = pbx.new("Local/4003@phones-1;2", state=ev.RING, exten="4003", context="phones", of=leg)
    pbx.bridge(leg, one, name="b2")
    if answered_by_queue:
        pbx.state(two, ev.UP)
        pbx.state(one, ev.UP)
    target = pbx.dial(two, "PJSIP/1004")
    pbx.ring(two, target)
    return one, two, target


def test_a_caller_handed_to_a_phone_that_rings_is_told_with_the_phone_not_with_a_channel() -> None:
    """He gives up before 1004 is picked up."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    one, two, target = _consulted_through_local(pbx.at(8), leg, answered_by_queue=False)
    pbx.at(10).ask_hangup(leg)
    pbx.leave(leg, "b2")
    pbx.leave(one, "b2")
    pbx.bridge(one)
    _attended(pbx, leg, leg, one)
    pbx.hangup(leg)
    pbx.at(15).ask_hangup(caller)
    pbx.end_dial(two, target, "CANCEL")
    for channel in (caller, one, two, target):
        pbx.hangup(channel)

    assert _transfers(pbx.told()) == [("blonde", "1001", "1004", False)]


def test_a_transfer_told_before_the_target_came_to_the_caller_is_blonde_as_well() -> None:
    """Events of different channels come in either order; the target is not named."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    one, two, target = _consulted_through_local(pbx.at(8), leg, answered_by_queue=False)
    pbx.at(10).ask_hangup(leg)
    pbx.leave(leg, "b2")
    pbx.leave(one, "b2")
    _attended(pbx, leg, leg)
    pbx.at(10.001).bridge(one)
    pbx.hangup(leg)
    pbx.at(15).ask_hangup(caller)
    pbx.end_dial(two, target, "CANCEL")
    for channel in (caller, one, two, target):
        pbx.hangup(channel)

    assert _transfers(pbx.told()) == [("blonde", "1001", "1004", False)]


def test_a_queue_that_answered_for_a_colleague_is_no_colleague() -> None:
    """Completed while the queue's phone still rings: blonde, and taken by whoever picks it up."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    one, two, target = _consulted_through_local(pbx.at(8), leg, answered_by_queue=True)
    pbx.at(10).ask_hangup(leg)
    pbx.leave(leg, "b2")
    pbx.leave(one, "b2")
    pbx.bridge(one)
    _attended(pbx, leg, leg)
    pbx.hangup(leg)
    pbx.at(13).state(target, ev.UP)
    pbx.bridge(target, two, name="b3")
    pbx.at(16).ask_hangup(caller)
    for channel in (caller, one, two, target):
        pbx.hangup(channel)

    call = pbx.told()
    assert _transfers(call) == [("blonde", "1001", "1004", True)]


def test_a_caller_parked_in_the_shape_of_a_local_channel_is_parked() -> None:
    """The agent spoke to him through one that stays, so the PBX parks that; a colleague fetches it."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one = pbx.dial(caller, "Local/1001@phones-1;1")
    two = pbx.new("Local/1001@phones-1;2", state=ev.RING, exten="1001", context="phones", of=caller)
    leg = pbx.dial(two, "PJSIP/1001")
    pbx.ring(two, leg)
    pbx.at(4).connect(two, leg, "b2")
    pbx.connect(caller, one)
    pbx.at(8).say(
        ev.ParkedCall, parkee_uniqueid=pbx.uniqueid(two), parker_dial_string="PJSIP/1001", parking_space="701"
    )
    pbx.leave(two, "b2")
    pbx.bridge(two, **LOT)
    pbx.leave(leg, "b2")
    pbx.hangup(leg)
    fetching = pbx.at(12).new("PJSIP/1004", exten="701", context="phones", number="1004")
    pbx.state(fetching, ev.UP)
    pbx.say(ev.UnParkedCall, parkee_uniqueid=pbx.uniqueid(two), retriever_uniqueid=pbx.uniqueid(fetching))
    pbx.leave(two, "lot")
    pbx.bridge(two, fetching, name="b3")
    pbx.at(15).ask_hangup(caller)
    for channel in (caller, one, two, fetching):
        pbx.hangup(channel)

    (call,) = _told(pbx)
    assert _transfers(call) == [("park", "1001", "1004", True)]
    assert (call.talk_seconds, call.hold_seconds) == (7.0, 0.0)


def test_a_caller_handed_to_the_parking_lot_after_asking_for_a_place_is_parked() -> None:
    """1001 calls the lot, hears the place, and completes: one park, and no attended transfer besides."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    second = pbx.at(6).new("PJSIP/1001", exten="700", context="phones", number="1001")
    pbx.bridge(second, **LOT)
    pbx.at(9).leave(caller)
    pbx.leave(second, "lot")
    pbx.bridge(caller, **LOT)
    _attended(pbx, leg, second)
    pbx.hangup(leg)
    pbx.hangup(second)
    pbx.at(20).ring_off(caller)

    assert _transfers(_told(pbx)[0]) == [("park", "1001", None, False)]


def test_a_colleague_handed_on_by_a_colleague() -> None:
    """A call between phones is handed on like any other, and its consultation is no call besides."""
    pbx = Pbx()
    caller = pbx.at(0).new("PJSIP/1006", exten="1001", context="phones", number="1006")
    leg = _answered(pbx, caller)
    second = pbx.at(6).new("PJSIP/1001", exten="1004", context="phones", number="1001")
    target = pbx.dial(second, "PJSIP/1004")
    pbx.at(8).connect(second, target, name="b2")
    pbx.at(10).leave(caller)
    pbx.leave(second, "b2")
    pbx.bridge(caller, name="b2")
    _attended(pbx, leg, second, target)
    pbx.hangup(second)
    pbx.hangup(leg)
    pbx.at(15).ring_off(caller)
    pbx.hangup(target)

    (call,) = _told(pbx)
    assert (call.direction, call.answered_by) == (Direction.INTERNAL, "1001")
    assert _transfers(call) == [("attended", "1001", "1004", True)]


def test_an_agent_whom_the_pbx_calls_back_places_no_call() -> None:
    """Nobody took the caller whom 1001 handed on, so the PBX calls 1001 and connects the two again."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    one, two, target = _consulted_through_local(pbx.at(8), leg, answered_by_queue=False)
    pbx.at(10).ask_hangup(leg)
    pbx.leave(leg, "b2")
    pbx.leave(one, "b2")
    pbx.bridge(one)
    _attended(pbx, leg, leg, one)
    pbx.at(13).refuse(two, target, 21)
    pbx.hangup(two)
    pbx.hangup(one)
    again = pbx.originate("PJSIP/1001")
    pbx.at(15).state(again, ev.UP)
    pbx.bridge(again)
    pbx.hangup(leg)
    pbx.at(20).ring_off(caller)
    pbx.hangup(again)

    (call,) = _told(pbx)
    assert _transfers(call) == [("blonde", "1001", "1001", True)]


def test_the_number_of_another_caller_is_not_told_as_a_phone() -> None:
    """1001 has two callers and joins them: whom the first one is with then is no phone of ours."""
    pbx = Pbx()
    first = pbx.at(0).caller()
    one = _answered(pbx, first)
    second = pbx.at(6).caller(number="13700137000")
    two = pbx.dial(second, "PJSIP/1001")
    pbx.at(8).connect(second, two, name="b2")
    pbx.at(10).leave(first)
    pbx.leave(two, "b2")
    pbx.bridge(first, name="b2")
    _attended(pbx, one, two, second)
    pbx.hangup(one)
    pbx.hangup(two)
    pbx.at(15).ring_off(first)
    pbx.hangup(second)

    assert [_transfers(call) for call in _told(pbx)] == [[("attended", "1001", None, False)], []]


def test_a_program_that_parks_a_caller_is_not_told_by_the_name_of_his_trunk() -> None:
    """Asterisk names the caller's own channel as the parker; he was with 1001."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    pbx.at(8).leave(caller)
    pbx.say(
        ev.ParkedCall,
        parkee_uniqueid=pbx.uniqueid(caller),
        parker_dial_string="PJSIP/trunk",
        parking_space="701",
    )
    pbx.bridge(caller, **LOT)
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.at(20).ring_off(caller)

    assert _transfers(pbx.told()) == [("park", "1001", None, False)]


def test_whoever_fetches_the_far_end_of_an_outgoing_call_places_no_call() -> None:
    """1001 called out and parked the other side; a colleague fetches it."""
    pbx = Pbx()
    caller = pbx.at(0).new("PJSIP/1001", exten="900", context="phones", number="1001")
    far = _answered(pbx, caller, "PJSIP/trunk")
    pbx.at(8).leave(far)
    pbx.say(
        ev.ParkedCall, parkee_uniqueid=pbx.uniqueid(far), parker_dial_string="PJSIP/1001", parking_space="701"
    )
    pbx.bridge(far, **LOT)
    pbx.ring_off(caller)
    fetching = pbx.at(10).new("PJSIP/1004", exten="701", context="phones", number="1004")
    pbx.state(fetching, ev.UP)
    pbx.say(ev.UnParkedCall, parkee_uniqueid=pbx.uniqueid(far), retriever_uniqueid=pbx.uniqueid(fetching))
    pbx.leave(far, "lot")
    pbx.bridge(far, fetching, name="b2")
    pbx.at(12).hangup(far)
    pbx.hangup(fetching)

    assert [call.direction for call in _told(pbx)] == [Direction.OUTBOUND]


def test_three_in_one_call_are_no_transfer_back_and_forth() -> None:
    """1001 joins the caller and 1004 and stays; the Local channel between gives way to 1004 itself."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = _answered(pbx, caller)
    one, two, target = _consulted_through_local(pbx.at(8), leg, answered_by_queue=False)
    pbx.at(10).state(target, ev.UP)
    pbx.bridge(target, two, name="b3")
    pbx.at(12).leave(one, "b2")
    pbx.bridge(one)
    pbx.leave(leg, "b2")
    pbx.bridge(leg)
    _attended(pbx, leg, leg, one)
    pbx.at(13).leave(target, "b3")
    pbx.leave(one)
    pbx.bridge(target)
    pbx.hangup(one)
    pbx.hangup(two)
    pbx.at(16).ask_hangup(leg)
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.at(20).ring_off(caller)
    pbx.hangup(target)

    assert _transfers(pbx.told()) == [("attended", "1001", "1004", True)]
