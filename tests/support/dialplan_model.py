"""What ``dialplans/callcenter.conf`` makes of AstDB, line for line: ``callcenter-decide`` and what it asks.

Written after the dialplan's text and not after the service's, with the dialplan's own means: CUT, REGEX,
integer arithmetic on strings. A test on the real Asterisk holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

STEP = r"(primary|backup|supervisor);[A-Za-z0-9._+-]+;[1-9][0-9]{0,2}(;[dm][A-Za-z0-9._+-]+)+"
INTERVAL = rf"^[0-9]{{1,12}},(open|closed)(,{STEP})*$"
DANGEROUS = "\"$&'()/:<>[\\]{|}"


class DialplanModel:
    """Evaluates the database of one PBX: names below ``callcenter/`` and their values."""

    def __init__(self, database: Mapping[str, str]) -> None:
        self._database = database
        self.alerts: list[str] = []

    def decide(self, hotline: str, epoch: int) -> list[str]:
        """[callcenter-decide]: mode, why and the steps."""
        forced = self._forced(hotline, epoch)
        if forced == "open":
            return ["open", "forced"]
        found = self._interval(hotline, epoch)
        if found in {"malformed", "expired"}:
            return ["fallback", found]
        steps = cut(found, ",", 3, rest=True)
        if forced != "closed" and cut(found, ",", 2) == "open":
            return ["open", "schedule"]
        if not steps:
            return ["fallback", "nobody"]
        return ["closed", "forced" if forced else "schedule", *steps.split(",")]

    def _forced(self, hotline: str, epoch: int) -> str:
        force = self._get(f"{hotline}/force")
        if not force:
            return ""
        if not matches(r"^(open|closed),[0-9]{1,12},[A-Za-z0-9._+-]*$", force):
            self.alerts.append("malformed")
            return ""
        until = int(cut(force, ",", 2))
        return "" if until > 0 and until <= epoch else cut(force, ",", 1)

    def _interval(self, hotline: str, epoch: int) -> str:
        index = self._get(f"{hotline}/index")
        if not index:
            return "expired"
        if not matches(r"^2,[0-9]{1,7}(,[0-9a-f]{12}){1,21}$", index):
            return "malformed"
        field = (epoch - epoch % 86400) // 86400 - int(cut(index, ",", 2)) + 3
        if field < 3:
            return "malformed"
        day = cut(index, ",", field)
        if not day:
            return "expired"
        for i in range(1, 97):
            interval = self._get(f"{hotline}/{day}/{i}")
            if not matches(INTERVAL, interval):
                return "malformed"
            if epoch < int(cut(interval, ",", 1)):
                return interval
        return "malformed"

    def _get(self, key: str) -> str:
        value = self._database.get(f"{key}", "")
        return value.translate(dict.fromkeys(map(ord, DANGEROUS), "!"))


def cut(text: str, separator: str, field: int, *, rest: bool = False) -> str:
    """CUT(): fields from 1; nothing where there is none."""
    fields = text.split(separator)
    return separator.join(fields[field - 1 :] if rest else fields[field - 1 : field])


def matches(pattern: str, text: str) -> bool:
    """REGEX(): POSIX, where ``$`` is the very end."""
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None
