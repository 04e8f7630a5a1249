"""The phones and the carrier of the tests' PBX: they act out scripts and write down what they saw.

A phone finds out which script an INVITE belongs to by the number shown to it, which is the caller's: it
stays the same through groups, queues, Local channels and blind transfers. While a phone is in a call that
it may hand on, INVITEs that show the phone's own number belong to that call too (consultations).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field

from tests.support.asterisk.layout import CARRIER, DEVICES, TRUNK, UNPLUGGED
from tests.support.asterisk.message import user_in
from tests.support.asterisk.plans import Leg, Plan, Script, Step, Truth
from tests.support.asterisk.rtp import Sound
from tests.support.asterisk.sip import Dialog, UserAgent

LONGEST_CALL = 150.0
REGISTERED_FOR = 86_400
BEAT = 0.01
USUAL = 0.005
"""Seconds by which a sleep may be too long on an idle machine."""
HOPS = 3
"""Threads that one SIP message wakes, one after the other, until AMI tells of it."""
SETTLE = 0.2
"""Legs end a few ms after the caller; what was still cancelled then belongs into the truth."""


@dataclass(slots=True, eq=False)
class Running:
    """One script being acted out."""

    script: Script
    truth: Truth
    caller: Dialog | None = None
    talking: Dialog | None = None
    """The leg that the caller was last connected to, as far as the phones know."""
    open_legs: set[Dialog] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pick_up: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    """Set when the test tells a phone to be picked up now."""
    rang: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def plan_for(self, phone: str) -> Plan:
        plans = self.script.phones.get(phone, ())
        listed = plans if isinstance(plans, tuple) else (plans,)
        turn = self.tries[phone]
        self.tries[phone] += 1
        return listed[min(turn, len(listed) - 1)] if listed else Plan()


class Phones:
    """All phones of one PBX."""

    def __init__(self, phones: tuple[str, ...]) -> None:
        self._agents = {phone: UserAgent(phone, self) for phone in phones}
        more = {device: phone for device, phone in DEVICES.items() if phone in phones}
        self._agents |= {device: UserAgent(phone, self) for device, phone in more.items()}
        self._agents[TRUNK] = UserAgent(TRUNK, self)
        self._running: dict[str, Running] = {}
        self._aliases: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._plugged: set[str] = {*phones, *more} - UNPLUGGED

    async def open(self) -> None:
        """Binds every socket."""
        for name, agent in self._agents.items():
            await agent.open(CARRIER[1] if name == TRUNK else 0)

    async def register_all(self) -> None:
        """Registers whatever is plugged in. Raises if the PBX does not take it."""
        await asyncio.gather(
            *(self._agents[phone].register(REGISTERED_FOR) for phone in sorted(self._plugged))
        )

    async def plug(self, phone: str, *, on: bool) -> None:
        """Registers one phone, or takes its registration back."""
        (self._plugged.add if on else self._plugged.discard)(phone)
        await self._agents[phone].register(REGISTERED_FOR if on else 0)

    def pbx_died(self) -> None:
        """Nothing more will be heard of any call."""
        for agent in self._agents.values():
            for dialog in list(agent.dialogs.values()):
                dialog.reason = "lost"
                dialog.end()

    # --- calls

    async def call(self, script: Script) -> Truth:
        """Acts the script out, to its end."""
        truth = Truth(caller=script.caller, dials=script.dials, origin=script.origin, t_invite=time.time())
        running = Running(script, truth)
        if script.caller in self._running:
            raise ValueError("two calls at once would show the same number")
        self._running[script.caller] = running
        watching = asyncio.create_task(_watch_the_machine(truth))
        try:
            async with asyncio.timeout(LONGEST_CALL):
                if script.origin:
                    await self._dial(running)
                else:
                    await running.answered.wait()
                while running.open_legs:
                    await next(iter(running.open_legs)).ended.wait()
                    await asyncio.sleep(SETTLE)
        except TimeoutError:
            raise RuntimeError(f"{script.caller} to {script.dials} did not end: {truth}") from None
        finally:
            watching.cancel()
            self._forget(running)
        return truth

    def find(self, caller: str) -> Running:
        """The call that goes on under this number. Raises KeyError."""
        return self._running[caller]

    def tell(self, caller: str, who: str, what: str) -> None:
        """Has a ringing phone picked up, or the caller or a talking phone hang up, now. Raises KeyError."""
        running = self._running[caller]
        if what == "pick_up":
            running.pick_up[who].set()
            return
        talking = [dialog for dialog in running.open_legs if dialog.state == "up"]
        parties = {"caller": running.caller, **{dialog.agent.user: dialog for dialog in talking}}
        if (dialog := parties[who]) is not None:
            dialog.hang_up()

    def _forget(self, running: Running) -> None:
        running.over.set()
        self._running = {number: r for number, r in self._running.items() if r is not running}
        self._aliases = {number: r for number, r in self._aliases.items() if r is not running}
        for dialog in [running.caller, *running.open_legs]:
            if dialog:
                dialog.hang_up()

    async def _dial(self, running: Running) -> None:
        script, truth = running.script, running.truth
        agent = self._agents[script.origin]
        shown = script.caller if script.origin == TRUNK else script.origin
        if script.origin != TRUNK:
            self._aliases[script.origin] = running
        truth.t_invite = time.time()
        dialog = running.caller = await agent.dial(script.dials, shown=shown, media=script.media)
        ways = [
            self._give_up(running, dialog),
            self._hang_up_after_talk(running, dialog),
            self._act(running, dialog),
        ]
        tasks = [asyncio.create_task(way) for way in ways]
        tasks.append(asyncio.create_task(self._note_connected(truth, dialog)))
        try:
            await dialog.ended.wait()
        finally:
            for task in tasks:
                task.cancel()
        truth.t_end, truth.final = time.time(), dialog.final
        truth.ended_by = _ended_by(running, dialog)
        await asyncio.sleep(SETTLE)

    async def _note_connected(self, truth: Truth, dialog: Dialog) -> None:
        await dialog.answered.wait()
        if dialog.state == "up":
            truth.t_connected = time.time()

    async def _give_up(self, running: Running, dialog: Dialog) -> None:
        if running.script.gives_up is not None:
            await asyncio.sleep(running.truth.t_invite + running.script.gives_up - time.time())
            if not running.answered.is_set():
                dialog.hang_up()

    async def _hang_up_after_talk(self, running: Running, dialog: Dialog) -> None:
        if running.script.hangs_up is not None:
            await running.answered.wait()
            await asyncio.sleep(running.script.hangs_up)
            dialog.hang_up()

    async def _act(self, running: Running, dialog: Dialog) -> None:
        await dialog.answered.wait()
        await self._steps(running, dialog, running.script.then)

    # --- being called

    def invited(self, dialog: Dialog) -> None:
        assert dialog.invite
        shown = user_in(dialog.invite.get("from"))
        originated = next((r for r in self._running.values() if not r.script.origin), None)
        running = self._running.get(shown) or self._aliases.get(shown) or originated
        task = asyncio.create_task(self._serve(dialog, running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, dialog: Dialog, running: Running | None) -> None:
        leg = Leg(phone=_called(dialog, running), t_invite=time.time())
        if running is None:  # a call nobody wrote a script for: it rings until it is stopped
            await self._meet(dialog, Plan(), leg, None)
            return
        running.truth.legs.append(leg)
        running.open_legs.add(dialog)
        try:
            dialog.sound = await Sound.open() if running.script.media else None
            await self._meet(dialog, running.plan_for(leg.phone), leg, running)
            await dialog.ended.wait()
        finally:
            leg.t_end = leg.t_end or time.time()
            leg.hung_up_here = dialog.hung_up_here and leg.outcome == "answered"
            if dialog.reason == "lost":
                leg.outcome = "lost"
            running.open_legs.discard(dialog)

    async def _meet(self, dialog: Dialog, plan: Plan, leg: Leg, running: Running | None) -> None:
        assert dialog.invite
        if plan.alert and not await _ends_within(dialog, plan.alert_after):
            for code in plan.alert:
                dialog.agent.reply(dialog.invite, code, dialog, body=dialog.sdp() if code == 183 else "")
                leg.t_ring, leg.ring_code = leg.t_ring or time.time(), leg.ring_code or code
            if running:
                running.rang.set()
        since = leg.t_ring or leg.t_invite
        patience = None if plan.ring is None else max(0.0, since + plan.ring - time.time())
        told = running.pick_up[dialog.agent.user] if running else asyncio.Event()
        if plan.crosses:
            dialog.deaf, told = True, dialog.cancelled
        if await _ends_within(dialog, patience, told):
            leg.t_end, leg.outcome = time.time(), "cancelled"
            leg.elsewhere = "cause=200" in dialog.reason or "cause=26" in dialog.reason
            return
        dialog.agent.reply(
            dialog.invite, plan.final, dialog, contact=plan.contact, body=_answer_body(plan, dialog)
        )
        if plan.final != 200:
            leg.outcome, leg.code, leg.t_end = "refused", plan.final, time.time()
            dialog.end()
            return
        leg.t_answer, leg.outcome = time.time(), "answered"
        dialog.up(dialog.invite)
        if running:
            await self._answered(running, dialog, plan, leg)

    async def _answered(self, running: Running, dialog: Dialog, plan: Plan, leg: Leg) -> None:
        running.talking = dialog
        running.answered.set()
        if plan.then and dialog.agent.user not in self._aliases:
            self._aliases[dialog.agent.user] = running
        await self._steps(running, dialog, plan.then, leg)

    # --- what a connected party does

    async def _steps(
        self, running: Running, dialog: Dialog, steps: tuple[Step, ...], leg: Leg | None = None
    ) -> None:
        consulting: Dialog | None = None
        for word, *rest in steps:
            if dialog.state != "up":
                break
            match word, *rest:
                case "wait", float(seconds) | int(seconds):
                    await _ends_within(dialog, float(seconds))
                case "hold" | "unhold", *_:
                    dialog.hold(on=word == "hold")
                case "dtmf", str(keys):
                    await _press(dialog, keys)
                case "refer", str(extension):
                    await self._refer(dialog, leg, extension)
                case "consult", str(extension):
                    dialog.hold(on=True)
                    consulting = await dialog.agent.dial(
                        extension, shown=dialog.agent.user, media=running.script.media
                    )
                    running.open_legs.add(consulting)
                    await consulting.answered.wait()
                case "complete", *_ if consulting:
                    await self._refer(dialog, leg, user_in(consulting.peer), consulting)
                    consulting.hang_up()
                case "pull", str(device), float(talk) | int(talk):
                    await self._pull(running, dialog, leg, device, talk)
                case "bye", *_:
                    dialog.hang_up()
                case _:
                    raise ValueError(f"unknown step {word}")
        if consulting:
            await consulting.ended.wait()
            running.open_legs.discard(consulting)

    async def _pull(
        self, running: Running, dialog: Dialog, leg: Leg | None, device: str, talk: float
    ) -> None:
        """Another device takes the call over (INVITE with Replaces), and hangs up after *talk* seconds."""
        took = Leg(phone=device, t_invite=time.time(), outcome="answered", by_pickup=True)
        agent = self._agents[device]
        taken = await agent.dial(dialog.agent.user, shown=device, media=False, replaces=dialog.id)
        running.open_legs.add(taken)
        await taken.answered.wait()
        took.t_answer, running.talking = time.time(), taken
        running.truth.legs.append(took)
        if leg:
            leg.handed_on = True
        await _ends_within(taken, talk)
        taken.hang_up()
        await taken.ended.wait()
        took.t_end, took.hung_up_here = time.time(), taken.hung_up_here
        running.open_legs.discard(taken)

    async def _refer(self, dialog: Dialog, leg: Leg | None, to: str, replacing: Dialog | None = None) -> None:
        if leg:
            leg.handed_on = True
        dialog.refer(to, replacing)
        waits = [asyncio.create_task(dialog.referred.wait()), asyncio.create_task(dialog.ended.wait())]
        await asyncio.wait(waits, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        dialog.hang_up()


async def _press(dialog: Dialog, keys: str) -> None:
    for key in keys:
        dialog.press(key)
        await asyncio.sleep(0.2)


def _called(dialog: Dialog, running: Running | None) -> str:
    """The phone; of an outside number that the script names, the number."""
    assert dialog.invite
    number = user_in(dialog.invite.get("to"))
    return number if running and number in running.script.phones else dialog.agent.user


async def _watch_the_machine(truth: Truth) -> None:
    """Notes by how much a short sleep is too long: whatever the PBX has to do waits as long, hop by hop."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await asyncio.sleep(BEAT)
        late = loop.time() - began - BEAT
        if late > USUAL:
            truth.late = max(truth.late, HOPS * late)


def _ended_by(running: Running, dialog: Dialog) -> str:
    if dialog.hung_up_here:
        return "caller"
    talking = running.talking
    if (
        talking
        and talking.hung_up_here
        and not any(leg.handed_on and leg.phone == talking.agent.user for leg in running.truth.legs)
    ):
        return "agent"
    return "pbx"


def _answer_body(plan: Plan, dialog: Dialog) -> str:
    return dialog.sdp() if plan.final == 200 else ""


async def _ends_within(dialog: Dialog, seconds: float | None, told: asyncio.Event | None = None) -> bool:
    """Waits for the dialog's end, at most so long (None: for ever) or until told; whether it came."""
    waits = [asyncio.create_task(event.wait()) for event in (dialog.ended, told) if event]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return dialog.state == "down"
