"""SIP messages: taking them apart and reading their addresses."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

SHORT_NAMES = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    302: "Moved Temporarily",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    600: "Busy Everywhere",
    603: "Decline",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP request or response."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines if ":" in line)
        named = tuple((SHORT_NAMES.get(n.strip().lower(), n.strip().lower()), v.strip()) for n, _, v in pairs)
        return cls(first, named, body)

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def status(self) -> int | None:
        """The response's code, None for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """What is asked, or what was asked where this is the response."""
        return self.get("cseq").split()[-1]

    @property
    def transaction(self) -> tuple[str, str]:
        return self.get("via"), self.get("cseq")


def uri_in(header: str) -> str:
    """The address of a From, To or Contact header."""
    found = re.search(r"<([^>]+)>", header)
    return found.group(1) if found else header.split(";", maxsplit=1)[0].strip()


def user_in(header: str) -> str:
    """The user part of that address."""
    found = re.search(r"sips?:([^@>;]+)@", header)
    return found.group(1) if found else ""


def tag_in(header: str) -> str:
    found = re.search(r";tag=([^;>\s]+)", header)
    return found.group(1) if found else ""


def token() -> str:
    return secrets.token_hex(8)
