"""AstDB over the manager interface: what a PBX holds, and bringing it to what it should hold.

Theory of operation. A schedule becomes valid by one ``DBPut``, that of ``index``; so a caller's dialplan
reads the old one or the new one, wherever a push is cut off. :meth:`Pusher.push` reads what is there,
writes the days that are missing (a day's key is the hash of its contents, so none in use is ever
written over), reads back, switches the index, reads back. Days that no index names any more go later, when
every dialplan that began with the old index is through with it. A push that was cut off is simply done
again: what is there already is not written twice. The PBX confirms before its disk has it: after each
new connection all is read and compared.

Reading is one ``DBGetTree``; Asterisk before 16.27 has none, there each key is asked for. ``DBGet`` cuts a
value after 255 bytes in Asterisk 16, and what can't be read whole is written again. ``DBGetTree`` matches
like SQL's LIKE, in which a hotline such as ``_400X`` has a wild card: names are compared here, and trees are
never deleted.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from callcenter.routing.words import FAMILY, Content, Index, Keys
from callcenter.terms import HotlineNumber

KEEP: Final = 6.0
"""Seconds that days of a schedule that was replaced are kept."""
CUT: Final = 255
"""Bytes after which an old ``DBGet`` cuts."""
_ROOT: Final = f"/{FAMILY}/"
_SINGLE: Final = ("index", "fallback", "settings", "force", "seen")
_DAY_KEY: Final = re.compile(r"[0-9a-f]{12}/\d{1,3}")
_ID: Final = re.compile(r"[0-9a-f]{12}")
_ABSENT: Final = "not found"
_UNKNOWN: Final = "unknown command"


class Ami(Protocol):
    """A link to a PBX. What it raises when that is gone is passed on."""

    async def action(self, action: Mapping[str, str], /) -> list[dict[str, str]]:
        """The answer: the response, and the items of a list."""


class AstdbError(Exception):
    """A PBX's database can't be used. One sentence for an operator."""


class Denied(AstdbError):
    """The account has not the right."""


class NotKept(AstdbError):
    """The PBX confirmed a value and does not hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did."""

    written: int = 0
    deleted: int = 0
    left: int = 0
    """Keys that nobody reads any more, to be deleted by a push in :data:`KEEP` seconds."""


class Astdb:
    """One PBX's database below our family."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._tree = True

    async def read(self, hotlines: Collection[HotlineNumber]) -> Content:
        """What is held of *hotlines*; where the PBX can list its keys, also of hotlines nobody asked for.

        Raises AstdbError, and what the link raises.
        """
        if self._tree and (items := await self._list({})) is not None:
            return _by_hotline(items, hotlines)
        return {number: await self._one_by_one(number) for number in hotlines}

    async def read_one(self, hotline: HotlineNumber) -> Keys:
        """What is held of *hotline*. Raises as :meth:`read`."""
        if self._tree and (items := await self._list({"Key": hotline})) is not None:
            return _by_hotline(items, [hotline])[hotline]
        return await self._one_by_one(hotline)

    async def put(self, hotline: HotlineNumber, key: str, value: str) -> None:
        """Write one value. Raises AstdbError, and what the link raises."""
        name = f"{hotline}/{key}"
        answer = await self._ask({"Action": "DBPut", "Family": FAMILY, "Key": name, "Val": value})
        if not _done(answer):
            raise NotKept(f"the PBX does not take {FAMILY}/{name}: {_said(answer)}")

    async def delete(self, hotline: HotlineNumber, key: str) -> None:
        """Delete one key, if it is there. Raises Denied, and what the link raises."""
        await self._ask({"Action": "DBDel", "Family": FAMILY, "Key": f"{hotline}/{key}"})

    def agree(self, got: str | None, wanted: str) -> bool:
        """Whether *got* is *wanted*, as far as this PBX can tell."""
        cut = not self._tree and got is not None and len(got.encode()) == CUT
        return got == wanted or (cut and wanted.startswith(got or ""))

    async def _list(self, below: dict[str, str]) -> list[tuple[str, str]] | None:
        """Every key of the family, or of one branch; None where the PBX can't list them."""
        answer = await self._ask({"Action": "DBGetTree", "Family": FAMILY, **below})
        if _UNKNOWN in _said(answer).lower():
            self._tree = False
            return None
        if not _done(answer):
            raise AstdbError(f"the PBX does not list its database: {_said(answer)}")
        return [(item["Key"], item.get("Val", "")) for item in answer[1:] if "Key" in item]

    async def _one_by_one(self, hotline: HotlineNumber) -> Keys:
        keys: Keys = {}
        for name in _SINGLE:
            await self._get(hotline, name, keys)
        index = Index.read(keys.get("index"))
        for day in sorted({*(index.ids if index else ()), *await self._days(hotline)}):
            number = 1
            while await self._get(hotline, f"{day}/{number}", keys):
                number += 1
        return keys

    async def _days(self, hotline: HotlineNumber) -> Iterable[str]:
        """Days that are there, listed or not; as many as the PBX tells in one line."""
        variable = f"DB_KEYS({FAMILY}/{hotline})"
        answer = await self._ami.action({"Action": "Getvar", "Variable": variable})
        return [name for name in answer[0].get("Value", "").split(",") if _ID.fullmatch(name)]

    async def _get(self, hotline: HotlineNumber, key: str, into: Keys) -> bool:
        answer = await self._ask({"Action": "DBGet", "Family": FAMILY, "Key": f"{hotline}/{key}"})
        if not _done(answer):
            if _ABSENT in _said(answer):
                return False
            raise AstdbError(f"the PBX does not tell {FAMILY}/{hotline}/{key}: {_said(answer)}")
        values = [item["Val"] for item in answer[1:] if "Val" in item]
        if values:
            into[key] = values[0]
        return bool(values)

    async def _ask(self, action: dict[str, str]) -> list[dict[str, str]]:
        answer = await self._ami.action(action)
        if "permission denied" in _said(answer).lower():
            name = action["Action"]
            right = "reporting" if name.startswith("DBGet") else "system"
            raise Denied(
                f"the PBX does not permit {name}: add {right} to the account's write classes in manager.conf"
            )
        return answer


class Pusher:
    """Brings one PBX to what it should hold. *monotonic*: seconds that only grow."""

    def __init__(self, ami: Ami, monotonic: Callable[[], float]) -> None:
        self.astdb = Astdb(ami)
        self._monotonic = monotonic
        self._since: dict[HotlineNumber, tuple[str, float]] = {}

    async def push(self, wanted: Content) -> tuple[Pushed, Content]:
        """Make the schedules *wanted* those that are in force; also what the PBX held before.

        Forced modes are left alone. Raises AstdbError, and what the link raises; what was done until
        then is harmless, and the next push goes on from there.
        """
        held = await self.astdb.read(wanted)
        done = Pushed()
        for hotline, keys in wanted.items():
            written = await self._write(hotline, keys, held[hotline])
            deleted, left = await self._tidy(hotline, keys, held[hotline])
            done = Pushed(
                written=done.written + written, deleted=done.deleted + deleted, left=done.left + left
            )
        return done, held

    async def force(self, hotline: HotlineNumber, value: str | None, held: Keys) -> int:
        """Make *value* the forced mode (None: as the schedule says), and read it back; how many were
        written. Raises as :meth:`push`."""
        written = 0
        for key in ("force", "seen"):
            if value is None and key in held:
                await self.astdb.delete(hotline, key)
            elif value is not None and held.get(key) != value:
                await self.astdb.put(hotline, key, value)
            else:
                continue
            written += 1
        if written:
            found = await self.astdb.read_one(hotline)
            if found.get("force") != value:
                raise NotKept(f"the PBX confirmed a forced mode of {hotline} and does not hold it")
        return written

    async def _write(self, hotline: HotlineNumber, keys: Keys, held: Keys) -> int:
        changed = sorted(key for key, value in keys.items() if held.get(key) != value)
        for key in changed:
            if key != "index":
                await self.astdb.put(hotline, key, keys[key])
        if "fallback" in held and "fallback" not in keys:
            await self.astdb.delete(hotline, "fallback")
        if changed and changed != ["index"]:
            await self._verify(hotline, {k: v for k, v in keys.items() if k != "index"})
        if "index" in changed:
            await self.astdb.put(hotline, "index", keys["index"])
            await self._verify(hotline, keys)
        return len(changed)

    async def _verify(self, hotline: HotlineNumber, keys: Keys) -> None:
        found = await self.astdb.read_one(hotline)
        lost = [key for key, value in keys.items() if not self.astdb.agree(found.get(key), value)]
        if lost:
            raise NotKept(
                f"the PBX confirmed {FAMILY}/{hotline}/{lost[0]} and holds something else: is another program"
                " writing there?"
            )

    async def _tidy(self, hotline: HotlineNumber, keys: Keys, held: Keys) -> tuple[int, int]:
        """Delete what nobody reads any more, once the schedule has been in force for a while."""
        now = self._monotonic()
        index, since = self._since.setdefault(hotline, (keys["index"], now))
        if index != keys["index"]:
            self._since[hotline] = (keys["index"], now)
            since = now
        idle = [key for key in held if _DAY_KEY.fullmatch(key) and key not in keys]
        if not idle or now - since < KEEP:
            return 0, len(idle)
        for key in idle:
            await self.astdb.delete(hotline, key)
        return len(idle), 0


def _by_hotline(items: Iterable[tuple[str, str]], hotlines: Collection[HotlineNumber]) -> Content:
    found: Content = {number: {} for number in hotlines}
    for name, value in items:
        hotline, _, key = name.removeprefix(_ROOT).partition("/")
        if key:
            found.setdefault(HotlineNumber(hotline), {})[key] = value
    return found


def _done(answer: list[dict[str, str]]) -> bool:
    return answer[0].get("Response", "").lower() == "success"


def _said(answer: list[dict[str, str]]) -> str:
    return answer[0].get("Message", "")
