"""Phones tried for a caller: rings, refusals, answers, and what ends a round of tries."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from tests.support.littlepbx.switch import Line, Switch

Story = Generator[float, None, None]
PHONES = tuple(f"100{number}" for number in range(1, 7))


@dataclass(slots=True)
class Leg:
    """One try: the phone's channel and the Local pairs before it, if any."""

    phone: Line
    source: Line
    pairs: list[tuple[Line, Line]] = field(default_factory=list)
    """The Local pairs between phone and caller, the phone's own first."""
    rings: bool = False
    done: bool = False

    def lines(self) -> list[Line]:
        """Every channel of it."""
        return [self.phone, *(half for pair in self.pairs for half in pair)]

    def dials(self, caller: Line) -> list[tuple[Line, Line]]:
        """Who dials which Local half, from the phone outwards."""
        diallers = [*(two for _, two in self.pairs[1:]), caller]
        return (
            [(dialler, one) for dialler, (one, _) in zip(diallers, self.pairs, strict=True)]
            if self.pairs
            else []
        )


@dataclass(slots=True)
class Visit:
    """A caller and where he stands."""

    caller: Line
    queue: str = ""
    with_phone: Leg | None = None
    """Who answered him."""
    gone: bool = False
    legs: list[Leg] = field(default_factory=list)


def place(switch: Switch, caller: Line, phone: str, how: str) -> Leg:
    """A leg to the phone: directly, through a Local pair, or over the trunk."""
    if how == "local":
        one, two = switch.pair(phone, caller)
        switch.dial(caller, one, f"{phone}@phones")
        leg = switch.line(f"PJSIP/{phone}", 0, "phones", "s", phone, beside=two)
        switch.dial(two, leg, phone)
        return Leg(leg, two, [(one, two)])
    device, string = ("PJSIP/trunk", f"139{phone}@trunk") if how == "trunk" else (f"PJSIP/{phone}", phone)
    leg = switch.line(device, 0, "from-trunk" if how == "trunk" else "phones", "s", phone, beside=caller)
    switch.dial(caller, leg, string)
    return Leg(leg, caller)


def alert(switch: Switch, caller: Line, leg: Leg) -> None:
    leg.rings = True
    switch.alert(leg.source, leg.phone)
    for dialler, half in leg.dials(caller):
        switch.alert(dialler, half)


def refuse(switch: Switch, visit: Visit, leg: Leg, cause: int, status: str) -> None:
    """The phone itself ends the try."""
    switch.ask(leg.phone, cause)
    switch.dialend(leg.source, leg.phone, status)
    _over(switch, visit, leg, cause)


def cancel(switch: Switch, visit: Visit, leg: Leg, cause: int) -> None:
    """The PBX ends the try."""
    if leg.done:
        return
    for dialler, half in reversed(leg.dials(visit.caller)):
        switch.dialend(dialler, half, "CANCEL")
    for _ in range(switch.random.randrange(1, 3)):
        switch.dialend(leg.source, leg.phone, "NOANSWER" if cause == 0 else "CANCEL")
    _over(switch, visit, leg, cause)


def _over(switch: Switch, visit: Visit, leg: Leg, cause: int) -> None:
    leg.done = True
    for line in switch.shuffled(leg.lines()):
        switch.hangup(line, cause)


def ringing(switch: Switch, visit: Visit, phones: list[str], how: str) -> Story:
    """Legs to all the phones, and what each says within the first tenths of a second."""
    random = switch.random
    visit.legs = [place(switch, visit.caller, phone, how) for phone in phones]
    yield 0.02
    for leg in visit.legs:
        match random.choice(("ring", "ring", "ring", "ring", "early", "late", "mute", "busy", "dead")):
            case "ring":
                alert(switch, visit.caller, leg)
            case "early":
                switch.dialstate(leg.source, leg.phone, "PROGRESS")
            case "late":
                switch.dialstate(leg.source, leg.phone, "PROGRESS")
                yield random.uniform(0.01, 0.5)
                alert(switch, visit.caller, leg)
            case "busy":
                refuse(switch, visit, leg, 17, random.choice(("BUSY", "NOANSWER")))
            case "dead":
                refuse(switch, visit, leg, random.choice((20, 18, 34)), "CHANUNAVAIL")


def open_legs(visit: Visit) -> list[Leg]:
    return [leg for leg in visit.legs if not leg.done]


def waited(switch: Switch, visit: Visit) -> Story:
    """Some seconds, in which a phone may decline or send the caller on."""
    random = switch.random
    yield random.choice((0.3, 1.0, 4.999, 5.0, 5.001, 9.0, 14.9995, 15.0, 20.0)) + random.uniform(0, 0.01)
    ringing_now = [leg for leg in open_legs(visit) if leg.rings]
    if ringing_now and random.random() < 0.25:
        leg = random.choice(ringing_now)
        if random.random() < 0.5:
            refuse(switch, visit, leg, 21, "NOANSWER")
        else:
            forward(switch, visit, leg)
        yield random.uniform(0.1, 3)


def forward(switch: Switch, visit: Visit, leg: Leg) -> None:
    """302: the caller's dial goes on to another phone through a Local channel."""
    here = {other.phone.number for other in visit.legs}
    to = switch.random.choice([phone for phone in PHONES if phone not in here])
    top = leg.source
    switch.ask(leg.phone, 23)
    one, two = switch.pair(to, top)
    switch.dialend(leg.source, leg.phone, "CANCEL", forward=to)
    switch.dial(top, one, f"{to}@phones")
    switch.hangup(leg.phone, 23)
    phone = switch.line(f"PJSIP/{to}", 0, "phones", "s", to, beside=two)
    switch.dial(two, phone, to)
    leg.done = True
    visit.legs.append(Leg(phone, two, [(one, two), *leg.pairs]))
    if switch.random.random() < 0.8:
        alert(switch, visit.caller, visit.legs[-1])


def pick_up(switch: Switch, visit: Visit, leg: Leg) -> Story:
    """The phone is picked up; the others are taken back, and the two are connected."""
    others = [other for other in open_legs(visit) if other is not leg]
    switch.state(leg.phone, 6)
    if not leg.pairs and switch.random.random() < 0.3:
        yield switch.random.choice((0.5, 2.5))  # an announcement to the agent
    for other in others:
        cancel(switch, visit, other, 26)
    connect(switch, visit, leg)


def connect(switch: Switch, visit: Visit, leg: Leg) -> None:
    caller = visit.caller
    switch.dialend(leg.source, leg.phone, "ANSWER")
    near = leg.phone
    for (one, two), (dialler, _) in zip(leg.pairs, leg.dials(caller), strict=True):
        switch.state(two, 6)
        switch.meet(near, two)
        switch.state(one, 6)
        switch.dialend(dialler, one, "ANSWER")
        near = one
    if caller.state != 6:
        switch.state(caller, 6)
    switch.meet(near, caller)
    if len(leg.pairs) == 1 and switch.random.random() < 0.5:
        _optimised(switch, visit, leg)
    leg.done = True
    visit.with_phone = leg


def _optimised(switch: Switch, visit: Visit, leg: Leg) -> None:
    """The Local pair is taken out: the caller goes into the phone's bridge."""
    ((one, two),) = leg.pairs
    room = leg.phone.bridge
    assert room is not None
    switch.enter(visit.caller, room, swap=two)
    switch.leave(two)
    leg.pairs = []
    for half in switch.shuffled([one, two]):
        switch.hangup(half)


def picked_by_other(switch: Switch, visit: Visit, leg: Leg) -> Story:
    """Another phone takes the call that rings here."""
    phone = switch.random.choice(PHONES)
    picker = switch.line(f"PJSIP/{phone}", 4, "phones", "*8", phone)
    switch.state(picker, 6)
    yield 0.4
    if leg.done or visit.gone:
        switch.hangup(picker)
        return
    switch.say("Pickup", picker.told(), **leg.phone.told("Target"))
    for other in [o for o in open_legs(visit) if o is not leg]:
        cancel(switch, visit, other, 26)
    switch.dialend(visit.caller, picker, "ANSWER")
    if visit.caller.state != 6:
        switch.state(visit.caller, 6)
    leg.done = True
    switch.hangup(leg.phone, switch.random.choice((16, 26)))
    switch.meet(picker, visit.caller)
    visit.with_phone = Leg(picker, visit.caller, done=True)


def give_up(switch: Switch, visit: Visit) -> None:
    """The caller hangs up; his legs' ends come before or after his own."""
    caller, cause = visit.caller, 0 if visit.queue else 127
    switch.ask(caller, cause)
    late = [leg for leg in open_legs(visit) if switch.random.random() < 0.5]
    for leg in open_legs(visit):
        if leg not in late:
            cancel(switch, visit, leg, cause)
    leave_queue(switch, visit)
    switch.hangup(caller, 127)
    for leg in late:
        cancel(switch, visit, leg, cause)
    visit.gone = True


def leave_queue(switch: Switch, visit: Visit) -> None:
    if visit.queue:
        if visit.with_phone is None:
            switch.say("QueueCallerAbandon", visit.caller.told(), Queue=visit.queue)
        switch.say("QueueCallerLeave", visit.caller.told(), Queue=visit.queue)
        visit.queue = ""
