"""What a caller and an agent do once they are connected, and how it ends."""

from __future__ import annotations

from tests.support.littlepbx.switch import Line, Room, Switch
from tests.support.littlepbx.trying import PHONES, Leg, Story, Visit


def talk(switch: Switch, visit: Visit) -> Story:
    """Some acts, then an end."""
    yield switch.random.uniform(0.5, 5)
    for _ in range(switch.random.randrange(3)):
        if visit.gone or visit.with_phone is None:
            return
        act = switch.random.choice((hold, blind, attended, by_keys, redirect, park, rename))
        yield from act(switch, visit)
        yield switch.random.uniform(0.5, 3)
    if not visit.gone:
        yield from end(switch, visit)


def end(switch: Switch, visit: Visit) -> Story:
    """The caller hangs up, the agent does, or the PBX cuts them off."""
    leg = visit.with_phone
    match switch.random.choice(("caller", "agent", "pbx")):
        case "caller":
            switch.ask(visit.caller)
        case "agent" if leg is not None:
            switch.ask(leg.phone)
        case _:
            pass
    lines = [visit.caller, *(gone(leg) if leg else [])]
    for line in switch.shuffled(lines):
        switch.leave(line)
    yield 0.001
    for line in switch.shuffled(lines):
        switch.hangup(line)
    visit.gone = True


def gone(leg: Leg) -> list[Line]:
    return leg.lines()


def release(switch: Switch, leg: Leg) -> None:
    """The agent's side is taken down; the caller goes on."""
    for line in switch.shuffled(gone(leg)):
        switch.hangup(line)


def hold(switch: Switch, visit: Visit) -> Story:
    leg = visit.with_phone
    assert leg is not None
    switch.say("Hold", leg.phone.told())
    yield switch.random.uniform(0.1, 4)
    switch.say("Unhold", leg.phone.told())


def rename(switch: Switch, visit: Visit) -> Story:
    """The agent's phone goes on under another channel's name, as a masquerade leaves it."""
    leg = visit.with_phone
    assert leg is not None
    base = leg.phone.name.rpartition("-")[0]
    switch.rename(leg.phone, f"{base}-{switch.random.randrange(1 << 31, 1 << 32):08x}")
    yield 0.1


def dial_on(switch: Switch, visit: Visit) -> Story:
    """The caller, without an agent, is connected to another phone, or to nobody."""
    random = switch.random
    phone = random.choice(PHONES)
    leg = switch.line(f"PJSIP/{phone}", 0, "phones", "s", phone, beside=visit.caller)
    switch.dial(visit.caller, leg, phone)
    yield 0.02
    if random.random() < 0.8:
        switch.alert(visit.caller, leg)
    yield random.choice((0.5, 5.0, 7.0))
    if random.random() < 0.7:
        switch.state(leg, 6)
        switch.dialend(visit.caller, leg, "ANSWER")
        switch.meet(leg, visit.caller)
        visit.with_phone = Leg(leg, visit.caller, done=True)
        return
    gives_up = random.random() < 0.5
    if gives_up:
        switch.ask(visit.caller)
    switch.dialend(visit.caller, leg, "CANCEL" if gives_up else "NOANSWER")
    for line in switch.shuffled([leg, visit.caller]):
        switch.hangup(line, 16 if line is visit.caller else 0)
    visit.gone = True


def blind(switch: Switch, visit: Visit) -> Story:
    """REFER: the event comes before or after the two leave."""
    leg, random = visit.with_phone, switch.random
    assert leg is not None
    if leg.pairs:
        return  # behind a Local pair another channel than the caller's is sent on
    first = random.random() < 0.5
    agent = leg.phone
    if first:
        switch.leave(visit.caller)
    switch.say("BlindTransfer", agent.told("Transferer"), visit.caller.told("Transferee"),
               Extension=random.choice(PHONES), Result="Success", Context="phones")  # fmt: skip
    switch.leave(visit.caller)
    release(switch, leg)
    visit.with_phone = None
    yield 0.001
    yield from dial_on(switch, visit)


def redirect(switch: Switch, visit: Visit) -> Story:
    """By AMI: no event says so."""
    leg = visit.with_phone
    assert leg is not None
    switch.leave(visit.caller)
    release(switch, leg)
    visit.with_phone = None
    yield 0.001
    yield from dial_on(switch, visit)


def attended(switch: Switch, visit: Visit) -> Story:
    """Hold, a call of the agent's own to another phone, then REFER with Replaces, or back to the caller."""
    leg, random = visit.with_phone, switch.random
    assert leg is not None
    name = leg.phone.name.rpartition("-")[0]
    if name == "PJSIP/trunk" or leg.pairs:
        return
    number = name.partition("/")[2]
    target_phone = random.choice([phone for phone in PHONES if phone != number])
    switch.say("Hold", leg.phone.told())
    yield 0.5
    mine = switch.line(name, 4, "phones", target_phone, number)
    target = switch.line(f"PJSIP/{target_phone}", 0, "phones", "s", target_phone, beside=mine)
    switch.dial(mine, target, target_phone)
    yield 0.02
    switch.alert(mine, target)
    yield random.uniform(0.5, 6)
    if random.random() < 0.3:
        switch.ask(mine)
        switch.dialend(mine, target, "CANCEL")
        for line in switch.shuffled([mine, target]):
            switch.hangup(line, 127)
        switch.say("Unhold", leg.phone.told())
        return
    switch.state(target, 6)
    switch.dialend(mine, target, "ANSWER")
    switch.state(mine, 6)
    consult = switch.meet(target, mine)
    yield random.uniform(0.5, 3)
    replace(switch, visit, mine, target, consult)


def replace(switch: Switch, visit: Visit, mine: Line, target: Line, consult: Room) -> None:
    """REFER with Replaces: the caller takes the place of the agent's second call."""
    leg = visit.with_phone
    assert leg is not None
    switch.say("Unhold", leg.phone.told())
    switch.leave(visit.caller)
    switch.leave(mine)
    switch.enter(visit.caller, consult, swap=mine)
    if switch.random.random() < 0.5:
        switch.leave(leg.phone)
    _attended_event(switch, visit, first=leg.phone, second=mine, target=target, dest=consult)
    for line in switch.shuffled([mine, leg.phone]):
        switch.hangup(line)
    visit.with_phone = Leg(target, mine, done=True)


def _attended_event(
    switch: Switch, visit: Visit, *, first: Line, second: Line, target: Line, dest: Room
) -> None:
    switch.say("AttendedTransfer", first.told("OrigTransferer"), second.told("SecondTransferer"),
               visit.caller.told("Transferee"), target.told("TransferTarget"),
               Result="Success", DestType="Bridge", DestBridgeUniqueid=dest.ident)  # fmt: skip


def by_keys(switch: Switch, visit: Visit) -> Story:
    """*2: a Local channel to another phone, completed once it answered, while it rings, or not at all."""
    leg, random = visit.with_phone, switch.random
    assert leg is not None
    room = leg.phone.bridge
    if leg.pairs or room is None:
        return
    phone = random.choice(PHONES)
    held = random.random() < 0.7
    if held:
        switch.say("Hold", leg.phone.told())
        yield 1.5
    one, two = switch.pair(phone, leg.phone)
    consult = switch.room()
    switch.enter(one, consult)
    switch.enter(leg.phone, consult)
    target = switch.line(f"PJSIP/{phone}", 0, "phones", "s", phone, beside=two)
    switch.dial(two, target, phone)
    yield 0.02
    switch.alert(two, target)
    switch.alert(None, one)
    yield random.uniform(0.5, 4)
    match random.choice(("attended", "blonde", "back")):
        case "attended":
            _answers(switch, one, two, target)
            yield random.uniform(0.5, 2)
            yield from _merged(switch, visit, (one, two), target, room)
        case "blonde":
            yield from _merged(switch, visit, (one, two), target, room)
        case _:
            switch.ask(target, 21)
            switch.dialend(two, target, "NOANSWER")
            for line in switch.shuffled([target, one, two]):
                switch.hangup(line, 21)
            switch.enter(leg.phone, room)
            if held:
                switch.say("Unhold", leg.phone.told())


def _answers(switch: Switch, one: Line, two: Line, target: Line) -> None:
    switch.state(target, 6)
    switch.dialend(two, target, "ANSWER")
    switch.state(two, 6)
    switch.meet(target, two)
    switch.state(one, 6)
    switch.dialend(None, one, "ANSWER")


def _merged(switch: Switch, visit: Visit, pair: tuple[Line, Line], target: Line, room: Room) -> Story:
    """The agent hangs up in the consultation: both bridges become one. A target that rings may not answer."""
    leg = visit.with_phone
    assert leg is not None
    one, two = pair
    ringing = target.state != 6
    consult = leg.phone.bridge
    switch.ask(leg.phone)
    switch.leave(leg.phone)
    switch.say("BridgeMerge", ToBridgeUniqueid=room.ident,
               FromBridgeUniqueid=consult.ident if consult else "")  # fmt: skip
    switch.enter(one, room)
    _attended_event(switch, visit, first=leg.phone, second=leg.phone, target=one, dest=room)
    if not ringing or switch.random.random() < 0.5:
        switch.hangup(leg.phone)
    visit.with_phone = Leg(target, two, [pair], done=True)
    if ringing:
        yield switch.random.uniform(0.5, 4)
        if switch.random.random() < 0.7:
            _answers(switch, one, two, target)
        else:
            yield from _in_vain(switch, visit, target, pair)
    switch.hangup(leg.phone)


def _in_vain(switch: Switch, visit: Visit, target: Line, pair: tuple[Line, Line]) -> Story:
    """Nobody takes the caller who was handed on."""
    switch.dialend(pair[1], target, "NOANSWER")
    for line in (target, *pair):
        switch.hangup(line, 0)
    yield 0.001
    switch.hangup(visit.caller)
    visit.gone = True


def park(switch: Switch, visit: Visit) -> Story:
    """Into the parking lot, by a transfer or by a key; fetched by another phone, or given up."""
    leg, random = visit.with_phone, switch.random
    assert leg is not None
    if leg.pairs:
        return
    agent, caller = leg.phone, visit.caller
    if random.random() < 0.5:
        switch.say("BlindTransfer", agent.told("Transferer"), caller.told("Transferee"),
                   Extension="700", Result="Success", Context="parking")  # fmt: skip
    parker = agent.name.rpartition("-")[0]
    switch.say("ParkedCall", caller.told("Parkee"), ParkerDialString=parker, ParkingSpace="701")
    switch.enter(caller, switch.parking)
    release(switch, leg)
    visit.with_phone = None
    yield random.uniform(0.5, 5)
    if random.random() < 0.4:
        switch.ask(caller)
        switch.say("ParkedCallGiveUp", caller.told("Parkee"), ParkerDialString=parker, ParkingSpace="701")
        switch.hangup(caller)
        visit.gone = True
        return
    phone = random.choice(PHONES)
    fetcher = switch.line(f"PJSIP/{phone}", 4, "phones", "701", phone)
    switch.state(fetcher, 6)
    yield 0.5
    switch.say("UnParkedCall", caller.told("Parkee"), fetcher.told("Retriever"), ParkerDialString=parker,
               ParkingSpace="701")  # fmt: skip
    room = switch.room()
    switch.enter(caller, room)
    switch.enter(fetcher, room)
    visit.with_phone = Leg(fetcher, caller, done=True)
