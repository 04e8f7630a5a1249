"""Whole calls, and days of them."""

from __future__ import annotations

import heapq
from random import Random

from tests.support.littlepbx import talking, trying
from tests.support.littlepbx.switch import Switch
from tests.support.littlepbx.trying import PHONES, Leg, Story, Visit

HOTLINES = ("4001", "4002")


def hotline(switch: Switch) -> Story:
    """A caller from outside."""
    random = switch.random
    number = random.choice((f"13{random.randrange(10**9):09}", "anonymous"))
    trunk = switch.line("PJSIP/trunk", 4, "from-trunk", random.choice(HOTLINES), number)
    visit = Visit(trunk)
    if random.random() < 0.3:
        switch.say("UserEvent", trunk.told(), UserEvent="CallcenterOffered", Hotline=trunk.exten)
    if random.random() < 0.4:
        switch.state(trunk, 6)
        yield random.uniform(0.1, 6)  # an announcement
        if random.random() < 0.1:
            trying.give_up(switch, visit)
            return
    if random.random() < 0.3:
        visit.queue = "sales"
        switch.say("QueueCallerJoin", trunk.told(), Queue="sales")
    yield from rounds(switch, visit)
    if visit.with_phone is not None and not visit.gone:
        yield from talking.talk(switch, visit)
    elif not visit.gone:
        yield from given_up(switch, visit)


def rounds(switch: Switch, visit: Visit) -> Story:
    """One round of tries after another until somebody answers, the caller hangs up, or the route ends."""
    random = switch.random
    for _ in range(random.randrange(4)):
        phones = random.sample(PHONES, random.randrange(1, 4))
        how = random.choice(("phone", "phone", "local", "trunk"))
        yield from trying.ringing(switch, visit, phones, how)
        yield from trying.waited(switch, visit)
        yield from came_of_it(switch, visit)
        if visit.gone or visit.with_phone is not None:
            if not visit.gone:
                trying.leave_queue(switch, visit)
            return
        yield random.uniform(0.05, 2)  # a pause that no slack for reordered events covers
        if random.random() < 0.15:
            trying.give_up(switch, visit)
            return
    if visit.queue:
        trying.leave_queue(switch, visit)


def came_of_it(switch: Switch, visit: Visit) -> Story:
    """How the round ends."""
    random = switch.random
    ready = trying.open_legs(visit)
    end = random.choice(("answer", "answer", "answer", "caller", "timeout", "pickup", "late"))
    ringing = [leg for leg in ready if leg.rings and not leg.pairs]
    if end == "answer" and ready:
        yield from trying.pick_up(switch, visit, random.choice(ready))
    elif end == "caller":
        trying.give_up(switch, visit)
    elif end == "pickup" and ringing:
        yield from trying.picked_by_other(switch, visit, random.choice(ringing))
    elif end == "late" and ready:
        too_late(switch, visit, random.choice(ready))
    else:
        for leg in trying.open_legs(visit):
            trying.cancel(switch, visit, leg, 0)


def too_late(switch: Switch, visit: Visit, leg: Leg) -> None:
    """The caller's hang-up crosses the phone's answer."""
    switch.ask(visit.caller, 127)
    switch.state(leg.phone, 6)
    for other in trying.open_legs(visit):
        if other is not leg:
            trying.cancel(switch, visit, other, 127)
    switch.dialend(leg.source, leg.phone, "NOANSWER")
    switch.dialend(leg.source, leg.phone, "ANSWER")
    trying.leave_queue(switch, visit)
    for line in switch.shuffled([*leg.lines(), visit.caller]):
        switch.hangup(line)
    visit.gone = True


def given_up(switch: Switch, visit: Visit) -> Story:
    """After the last try: voicemail, a closing announcement, or nothing."""
    random = switch.random
    match random.choice(("voicemail", "announcement", "nothing")):
        case "voicemail":
            if visit.caller.state != 6:
                switch.state(visit.caller, 6)
            switch.say("Newexten", visit.caller.told(), Application="VoiceMail", AppData="4001@default",
                       Extension="4001")  # fmt: skip
            yield random.uniform(1, 9)
        case "announcement":
            yield random.uniform(1, 5)
    if random.random() < 0.5:
        yield 0.1
        switch.ask(visit.caller)
    switch.hangup(visit.caller)


def internal(switch: Switch) -> Story:
    """One phone calls another, or a hotline."""
    random = switch.random
    mine, other = random.sample(PHONES, 2)
    exten = random.choice((other, other, "4001"))
    visit = Visit(switch.line(f"PJSIP/{mine}", 4, "phones", exten, mine))
    yield from trying.ringing(switch, visit, [other], "phone")
    yield random.uniform(0.5, 6)
    ready = trying.open_legs(visit)
    if ready and random.random() < 0.7:
        yield from trying.pick_up(switch, visit, ready[0])
        yield random.uniform(0.5, 6)
        yield from talking.end(switch, visit)
    else:
        trying.give_up(switch, visit)


def outbound(switch: Switch) -> Story:
    """A phone calls out."""
    mine = switch.random.choice(PHONES)
    visit = Visit(switch.line(f"PJSIP/{mine}", 4, "phones", "0123456", mine))
    yield from call_out(switch, visit)


def click(switch: Switch) -> Story:
    """The PBX calls a phone, and for it the far end."""
    mine = switch.random.choice(PHONES)
    line = switch.line(f"PJSIP/{mine}", 0, "phones", "s", mine)
    switch.dial(None, line, mine)
    yield 0.02
    switch.alert(None, line)
    yield switch.random.uniform(0.5, 3)
    if switch.random.random() < 0.3:
        switch.dialend(None, line, "NOANSWER")
        switch.hangup(line, 0)
        return
    switch.state(line, 6)
    switch.dialend(None, line, "ANSWER")
    yield from call_out(switch, Visit(line))


def call_out(switch: Switch, visit: Visit) -> Story:
    random = switch.random
    leg = switch.line("PJSIP/trunk", 0, "from-trunk", "s", "<unknown>", beside=visit.caller)
    switch.dial(visit.caller, leg, "0123456@trunk")
    visit.legs = [Leg(leg, visit.caller)]
    yield 0.02
    switch.alert(visit.caller, leg)
    yield random.uniform(0.5, 6)
    if random.random() < 0.7:
        switch.state(leg, 6)
        trying.connect(switch, visit, visit.legs[0])
        yield random.uniform(0.5, 6)
        yield from talking.end(switch, visit)
    else:
        trying.give_up(switch, visit)


def merged(switch: Switch) -> Story:
    """An agent with an older call of his own joins the hotline's caller into it, whose Linkedid changes."""
    random = switch.random
    agent, friend = random.sample(PHONES, 2)
    older = switch.line(f"PJSIP/{agent}", 4, "phones", friend, agent)
    target = switch.line(f"PJSIP/{friend}", 0, "phones", "s", friend, beside=older)
    switch.dial(older, target, friend)
    yield 0.02
    switch.alert(older, target)
    yield random.uniform(0.5, 3)
    switch.state(target, 6)
    switch.dialend(older, target, "ANSWER")
    switch.state(older, 6)
    room = switch.meet(target, older)
    yield 1.0
    visit = Visit(switch.line("PJSIP/trunk", 4, "from-trunk", "4001", "13800"))
    leg = trying.place(switch, visit.caller, agent, "phone")
    visit.legs = [leg]
    yield 0.02
    trying.alert(switch, visit.caller, leg)
    yield random.uniform(0.5, 6)
    switch.state(leg.phone, 6)
    trying.connect(switch, visit, leg)
    yield random.uniform(0.5, 3)
    talking.replace(switch, visit, older, target, room)
    yield random.uniform(0.5, 3)
    yield from talking.end(switch, visit)


STORIES = (hotline, hotline, hotline, hotline, internal, outbound, click, merged)


def day(random: Random, count: int) -> list[bytes]:
    """Every message of a day with so many calls side by side."""
    switch = Switch(random)
    agenda: list[tuple[int, int, Story]] = []
    for number in range(count):
        begin = switch.now + random.choice((0, 300_000, 4_000_000, 30_000_000))
        heapq.heappush(agenda, (begin, number, random.choice(STORIES)(switch)))
    while agenda:
        at, number, story = heapq.heappop(agenda)
        switch.now = max(switch.now, at)
        wait = next(story, None)
        if wait is not None:
            heapq.heappush(agenda, (switch.now + round(wait * 1_000_000), number, story))
    return switch.wire
