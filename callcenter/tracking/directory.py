"""Who is who: which channels come from outside, which number is which hotline, whose phone is whose.

Direction is told by the channel alone: the trunk it came in on, or the context that leads in from
outside. A number or a variable says *which* hotline, never that a call came from outside
(contract, section 1).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from callcenter.sites import DEFAULT_CONTEXTS, Hotline, Site
from callcenter.terms import AgentId, HotlineNumber, Phone
from callcenter.tracking.channels import Channel, dialled_number, endpoint

_WITHHELD: Final = frozenset(
    {"", "anonymous", "<unknown>", "unknown", "restricted", "private", "unavailable", "withheld"}
)
_CLASSES: Final = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}


def caller_number(number: str) -> str | None:
    """The caller's number, None where it was withheld."""
    return None if number.strip().lower() in _WITHHELD else number.strip()


def pattern(number: str) -> re.Pattern[str]:
    """A hotline's number as a regular expression; after ``_`` it is in Asterisk's syntax
    (Asterisk docs, "Pattern Matching"), where ``+`` is a plain character."""
    if not number.startswith("_"):
        return re.compile(re.escape(number))
    parts = re.findall(r"\[[^\]]*\]|.", number[1:])
    return re.compile("".join(_CLASSES.get(part.upper()) or _literal(part) for part in parts))


def _literal(part: str) -> str:
    if part.startswith("[") and len(part) > 2:
        return "[" + re.escape(part[1:-1]).replace(r"\-", "-") + "]"
    return re.escape(part)


class Directory:
    """A site's names, ready for looking up. Only whose phone is whose may change."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._hotlines = {hotline.number: hotline for hotline in site.hotlines}
        self._patterns = [(pattern(hotline.number), hotline) for hotline in site.hotlines]
        contexts = {context for hotline in site.hotlines for context in hotline.contexts}
        self._outside = contexts | set(DEFAULT_CONTEXTS) if site.any_number else contexts
        self._configured = {phone: agent.id for agent in site.agents for phone in agent.phones}
        self._agents = self._configured
        self._remembered = lru_cache(maxsize=4096)(self._whose)

    def employ(self, owners: Mapping[Phone, AgentId]) -> None:
        """Whose phones are whose from now on; what is configured stands above it."""
        self._agents = {**owners, **self._configured}
        self._remembered.cache_clear()

    def is_trunk(self, channel: Channel) -> bool:
        """Whether the channel leads to or from a configured trunk."""
        return endpoint(channel.name) in self.site.trunks

    def from_outside(self, channel: Channel) -> bool:
        """Whether an incoming channel brings somebody from outside."""
        return self.is_trunk(channel) or channel.context in self._outside

    def dialled(self, channel: Channel, number: str, *, anywhere: bool = False) -> Hotline | None:
        """The hotline that a caller on *channel* reached by dialling *number*. One who is first seen
        in mid call may be in any context by now (*anywhere*)."""
        anywhere = anywhere or self.is_trunk(channel)
        for form, hotline in self._patterns:
            if form.fullmatch(number) and (anywhere or channel.context in hotline.contexts):
                return hotline
        return self._any(number) if number != "s" else None

    def named(self, number: str) -> Hotline | None:
        """The hotline that the dialplan names by variable or user event."""
        if number in self._hotlines:
            return self._hotlines[HotlineNumber(number)]
        return next((h for form, h in self._patterns if form.fullmatch(number)), None) or self._any(number)

    def hotline(self, number: HotlineNumber | None) -> Hotline | None:
        """The hotline with this very configured number."""
        return None if number is None else self._hotlines.get(number) or self._any(number)

    def _any(self, number: str) -> Hotline | None:
        """Without a configuration each number dialled is a hotline with the usual rule."""
        if not self.site.any_number or not number:
            return None
        return Hotline(number=HotlineNumber(number), name=number, pbx=self.site.pbx)

    def target(self, leg: Channel) -> str:
        """What was dialled through the leg's endpoint: over a trunk, whom; of a phone, nothing, as each
        device registered as it has an address of its own (``1001/sip:1001@…`` by PJSIP_DIAL_CONTACTS)."""
        name, dialled = endpoint(leg.name), leg.dial_string
        device = dialled == name or dialled.startswith(f"{name}/sip")
        return "" if device and not self.is_trunk(leg) else dialled

    def whose(self, channel: Channel) -> tuple[Phone, AgentId | None]:
        """Which phone it is and whose. The phone is the agent's extension, or over a trunk the number that
        was dialled; its owner a configured agent, else the extension itself, and nobody over a trunk."""
        return self._remembered(channel.name, channel.dial_string, channel.number)

    def _whose(self, channel: str, dial_string: str, number: str) -> tuple[Phone, AgentId | None]:
        name = endpoint(channel)
        if name not in self.site.trunks:
            return Phone(name), self._agents.get(Phone(name)) or AgentId(name)
        phone = dialled_number(dial_string) or Phone(number or name)
        return phone, self._agents.get(phone)

    def phone(self, channel: Channel) -> Phone:
        """The agent's extension; over a trunk the number that was dialled."""
        return self.whose(channel)[0]

    def agent(self, channel: Channel) -> AgentId | None:
        """Whose phone it is: a configured agent's, else the extension itself; nobody's over a trunk."""
        return self.whose(channel)[1]
