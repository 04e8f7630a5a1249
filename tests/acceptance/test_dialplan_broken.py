"""Whatever AstDB holds, a caller after hours reaches somebody or is told that nobody is there.

Never silence, and never a phone that nobody meant. Each value is met by a caller of its own.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest

from tests.support.asterisk.duty import ID, about, closed, schedule, step, today, user_events, write
from tests.support.asterisk.night import LAST_WORDS
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth, answers
from tests.support.asterisk.recorder import recorded

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(180), pytest.mark.slow]

BROKEN, MANGLED = 4600, 4520
"""The first hotline of each test; a value has one of its own."""
AT_ONCE = 8
"""So many callers at a time: the phones send each request once, and a PBX that is flooded loses some."""
FALLBACK = "1391"
NOBODY_MEANS = "1901"
"""A phone that only a value taken at its word, or for dialplan, would ring."""
FAR = 4_000_000_000

NOT_AN_INDEX = (
    "x", "2", "2,", "2,{day}", "2,{day},", "1,{day},{id}", "3,{day},{id}", "2,{day},zzzzzzzzzzzz",
    "2,{day},{id}0", "2,{day},{id},", "2,{day},,{id}", "2 ,{day},{id}", "2,-1,{id}", "2,1e4,{id}",
    "2,99999999,{id}", "2,{later},{id}", "2,{day},{id};", "2,{day},{id})", "2,{day},{id}):0:1", "):0:1", '"',
    '2,{day},"{id}"', "${{EPOCH}}", "$[1/0]", "2,{day},${{CC_PIN}}", "\\", "2,{day},{id}\\", "'",
    "2|{day}|{id}", "二,{day},{id}", "2,{day},../../pin", "{long}", "2,{day}" + 22 * ",{id}",
)  # fmt: skip
OVER = ("2,{yesterday},{id}", "2,0,{id}", "2,0000001,{id},{id}")

PERSON = f"{FAR},closed,primary;x;9;"
NOT_AN_INTERVAL = (
    "x", "0", str(FAR), f"{FAR},", f"{FAR},shut", f"{FAR},closed,", f"{FAR},closed,,", f"{FAR}.5,closed",
    "1e99,closed", "-1,closed", "9999999999999,closed", "0x7fffffff,closed", f"{FAR},closed,primary",
    f"{FAR},closed,boss;x;9;d1901", f"{FAR},closed,primary;;9;d1901", f"{FAR},closed,primary;x;0;d1901",
    f"{FAR},closed,primary;x;1000;d1901", f"{FAR},closed,primary;x;-9;d1901",
    f"{FAR},closed,primary;x;;d1901",
    f"{FAR},closed,primary;x;9", PERSON, f"{PERSON}1901", f"{PERSON}x1901", f"{PERSON}d", f"{PERSON}d1901;",
    f"{PERSON}d1901&PJSIP/1901", f"{PERSON}d1901/sip:1901@127.0.0.1", f"{PERSON}d1901^x", f"{PERSON}d1901)",
    f"{PERSON}d1901):0:1", f"{PERSON}d1901,", f"{PERSON}d1901,x", f"{PERSON}d${{CC_DESK_PREFIX}}1901",
    f'{PERSON}d"1901"', f"{PERSON}d1901\\,9", f"{PERSON}d1901|9", f"{PERSON}d 1901", f"{PERSON}d１９０１",
    "1,closed",
)  # fmt: skip
NOT_A_FORCE = (
    "x",
    "open",
    "open,",
    "open,x,li",
    "shut,0,li",
    "open,0",
    "open,0,li;x",
    'open,0,"',
    "open,0,):0:1",
)
NOT_A_PHONE = (
    "x",
    "1901",
    "d",
    "m",
    "d1901&PJSIP/1901",
    "d1901/x",
    "d):0:1",
    "d${CC_PIN}",
    'd"1901"',
    "d1901,9",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One value and how the dialplan must call it."""

    key: str
    value: str
    why: str


def filled(text: str) -> str:
    day = today()
    return text.format(day=day, yesterday=day - 1, later=day + 1, id=ID, long="2," * 450)


def cases() -> list[Case]:
    return [
        *(Case("index", filled(text), "malformed") for text in NOT_AN_INDEX),
        *(Case("index", filled(text), "expired") for text in OVER),
        *(Case(f"{ID}/1", text, "malformed") for text in NOT_AN_INTERVAL),
        *(Case("force", text, "nobody") for text in NOT_A_FORCE),
        *(Case("fallback", text, "nobody") for text in NOT_A_PHONE),
    ]


def keys_of(hotline: str, case: Case) -> dict[str, str]:
    """A night without anybody on duty and one broken value in it."""
    whole = schedule(hotline, closed(), fallback=f"d{FALLBACK}")
    return {**whole, f"{hotline}/{case.key}": case.value}


async def met(pbx: Pbx, turn: asyncio.Semaphore, hotline: str, keys: dict[str, str]) -> Truth:
    """One caller at one hotline."""
    phones = {FALLBACK: answers(0.2, talk=0.5), NOBODY_MEANS: answers(0.2, talk=0.5)}
    async with turn:
        await write(pbx, keys)
        return await pbx.call(hotline, caller=f"861380015{hotline}", phones=phones)


def faults(case: Case, truth: Truth, said: list[tuple[object, ...]]) -> list[str]:
    """What was not as it must be."""
    alert = "exhausted" if case.key == "fallback" else "expired" if case.why == "expired" else "malformed"
    checks = {
        "rang whom it should": [leg.phone for leg in truth.legs] == [FALLBACK] * (case.key != "fallback"),
        "the caller heard something": truth.t_connected is not None,
        f"said why, {said}": ("Routed", truth.dials, "fallback", case.why) in said,
        f"alerted {alert}, {said}": ("Alert", truth.dials, alert) in said,
    }
    return [f"{case.key} = {case.value!r}: not: {check}" for check, held in checks.items() if not held]


async def test_a_broken_value_leads_to_the_fallback_number_and_an_alert(pbx: Pbx):
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> tuple[Case, Truth]:
        hotline = str(BROKEN + number)
        return case, await met(pbx, turn, hotline, keys_of(hotline, case))

    async with recorded(pbx.ami) as wire:
        played = await asyncio.gather(*(one(number, case) for number, case in enumerate(cases())))
        await asyncio.sleep(LAST_WORDS)
    events = user_events(bytes(wire.data))
    told = (faults(case, truth, about(events, truth.caller)) for case, truth in played)
    assert not [fault for found in told for fault in found]


def mangled(chance: random.Random, value: str) -> str:
    """The value with some characters lost, doubled, or turned into ones that mean something to a dialplan."""
    letters = list(value)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(letters))
        letters[place : place + chance.randint(0, 2)] = chance.choice("${}[]()\"'\\,;:&|/^!?=<>é \t0aZ")
    return "".join(letters).strip()


async def test_a_value_mangled_at_random_leaves_nobody_in_silence(pbx: Pbx):
    """Some stay readable: then whoever they name rings, else the fallback number, else a sentence plays."""
    chance = random.Random(19)
    whole = closed(step("wang", 2, f"d{FALLBACK}"), step("li", 2, "d1151")).value()

    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, value: str) -> tuple[str, Truth]:
        hotline = str(MANGLED + number)
        keys = {**schedule(hotline, fallback=f"d{FALLBACK}"), f"{hotline}/{ID}/1": value}
        return value, await met(pbx, turn, hotline, keys)

    values = [mangled(chance, whole) for _ in range(60)]
    played = await asyncio.gather(*(one(number, value) for number, value in enumerate(values)))
    assert not [value for value, truth in played if truth.t_connected is None or truth.final != 200]
