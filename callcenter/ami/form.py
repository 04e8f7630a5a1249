"""How one kind of AMI message is read: a few headers out of many, quickly.

Theory of operation. Asterisk writes the headers of each kind of message always in one order (measured
on 16 and 22), so one regular expression that knows this order walks once through the message and has
all of them; searching for each name anywhere takes three times as long. A message that is written in
another way, by another version or with headers of somebody's own among them, is searched; the answer
is the same, and a test holds the two together.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.terms import Clock, Instant

Parsed = ev.Event | ev.Malformed | None
Build = Callable[..., ev.Event | ev.Malformed]
"""Makes the event of its instant, its clock, and the headers asked for: empty where there is none."""
Wanted = Callable[[bytes], object | None]
"""Looks at a message before it is read; None where nobody needs it."""

_PBX: Final = Clock.PBX
_PRELUDE: Final = r"Event: [^\r]*+\r\nPrivilege: [^\r]*+\r\nTimestamp: ([0-9]{1,10}+)\.([0-9]{6})"


class Form:
    """How messages of one name are read: which headers, what is made of them, and which are *wanted*.

    *names* are the headers that *build* takes, in the order of the message; without the *needed* ones it
    is broken. *order* is every header that Asterisk writes after the Timestamp, up to the last of *names*;
    where it does not hold all of them every message is searched. Only what is *closed* (nothing follows)
    may lack some, which are then empty. Of the header *each* every value is wanted: *build* gets them last.
    """

    __slots__ = ("_build", "_each", "_in_order", "_names", "_needed", "_search", "wanted")

    def __init__(
        self,
        build: Build,
        names: Sequence[str],
        *,
        needed: Collection[str] = (),
        order: Sequence[str] = (),
        closed: bool = False,
        each: str = "",
        wanted: Wanted | None = None,
    ) -> None:
        self._build = build
        self._names = names
        self._needed = needed
        self._each = each
        searched = "|".join(filter(None, ("Timestamp", *names, each)))
        self._search = re.compile(f"\r\n({searched}): ([^\r]++)").findall
        ordered = order and not each and (closed or set(names) <= set(order))
        self._in_order = re.compile(_pattern(names, needed, order, closed=closed)).match if ordered else None
        self.wanted = wanted

    def read(self, text: str, arrival: Instant | None, fallback: Clock | None) -> Parsed:
        """The event in *text*; *arrival* and *fallback* are its time and clock if it says none."""
        found = self._in_order(text) if self._in_order is not None else None
        if found is None:
            return self._anywhere(text, arrival, fallback)
        groups = found.groups()
        return self._build(int(groups[0] + groups[1]), _PBX, groups[2:])

    def _anywhere(self, text: str, arrival: Instant | None, fallback: Clock | None) -> Parsed:
        pairs = self._search(text)
        found = dict(reversed(pairs))  # of two headers with one name the first is read
        for name in self._needed:
            if name not in found:
                event = text.partition("\r\n")[0].removeprefix("Event: ")
                return ev.Malformed(name=event, missing=name)
        values: list[Any] = [found.get(name, "") for name in self._names]
        if self._each:
            values.append(tuple(value for name, value in pairs if name == self._each))
        at = _micro(found.get("Timestamp", ""))
        if at is None:
            return self._build(arrival or Instant(0), fallback, values)
        return self._build(at, _PBX, values)


def _pattern(names: Sequence[str], needed: Collection[str], order: Sequence[str], *, closed: bool) -> str:
    def line(header: str) -> str:
        value = "[^\r]++" if header in needed else "[^\r]*+"
        return f"\r\n{header}: ({value})" if header in names else f"\r\n{header}: {value}"

    absent = "()" * sum(name not in order for name in names)
    return _PRELUDE + "".join(map(line, order)) + absent + (r"\Z" if closed else "")


def _micro(timestamp: str) -> Instant | None:
    """``1795277913.932406`` in microseconds; None where it is no number, or beyond the year 2286."""
    second, _, fraction = timestamp.partition(".")
    digits = second + fraction[:6].ljust(6, "0")
    return Instant(int(digits)) if 1 <= len(second) <= 10 and digits.isdecimal() else None
