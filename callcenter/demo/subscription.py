"""What a session wants to hear: event classes and filters, in Asterisk 22's syntax and the older one."""

import re
from collections.abc import Callable
from typing import Final

from callcenter.ami.parse import headers

Matcher = Callable[[str], bool]

_OFF: Final = frozenset({"off", "no", "false", "0", ""})
_ON: Final = frozenset({"on", "yes", "true", "all", "-1"})
_CRITERION: Final = re.compile(r"(\w+)\(([^)]*)\)")


class Subscription:
    """Starts with everything off, as before a login."""

    def __init__(self) -> None:
        self._classes: frozenset[str] | None = frozenset()
        self._include: list[Matcher] = []
        self._exclude: list[Matcher] = []

    def mask(self, events: str) -> bool:
        """Take ``Events: …`` or ``EventMask: …``; whether any event is wanted now."""
        word = events.strip().lower()
        if word in _ON:
            self._classes = None
            return True
        self._classes = frozenset() if word in _OFF else frozenset(part.strip() for part in word.split(","))
        return bool(self._classes)

    def add_filter(self, criteria: str, value: str) -> bool:
        """Take a ``Filter`` action; whether it was understood."""
        try:
            exclude, matcher = _bracket(criteria, value) if criteria else _regex(value)
        except (ValueError, re.error):
            return False
        (self._exclude if exclude else self._include).append(matcher)
        return True

    def wants(self, message: bytes) -> bool:
        """Whether the session is sent *message*."""
        text = message.decode("utf-8", "replace")
        told = re.search(r"^Privilege: (\w+)", text, re.MULTILINE)
        if self._classes is not None and (told is None or told[1] not in self._classes):
            return False
        if any(matches(text) for matches in self._exclude):
            return False
        return not self._include or any(matches(text) for matches in self._include)


def _regex(value: str) -> tuple[bool, Matcher]:
    exclude = value.startswith("!")
    pattern = re.compile(value.removeprefix("!"), re.DOTALL)
    return exclude, lambda text: pattern.search(text) is not None


def _bracket(criteria: str, value: str) -> tuple[bool, Matcher]:
    """``action(include),name(VarSet),header(Variable),method(exact)`` and what to match."""
    parts = dict(_CRITERION.findall(criteria))
    if not parts or parts.keys() - {"action", "name", "header", "method"}:
        raise ValueError(criteria)
    name = parts.get("name")
    header = parts.get("header")
    compare = _METHODS[parts.get("method", "none")]

    def matches(text: str) -> bool:
        if name is not None and not text.startswith(f"Event: {name}\r\n"):
            return False
        subject = headers(text.encode()).get(header) if header else text
        return subject is not None and compare(subject, value)

    return parts.get("action") == "exclude", matches


_METHODS: Final[dict[str, Callable[[str, str], bool]]] = {
    "none": lambda subject, value: not value or value in subject,
    "exact": lambda subject, value: subject == value,
    "starts_with": lambda subject, value: subject.startswith(value),
    "ends_with": lambda subject, value: subject.endswith(value),
    "contains": lambda subject, value: value in subject,
    "regex": lambda subject, value: re.search(value, subject, re.DOTALL) is not None,
}
