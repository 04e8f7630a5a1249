"""A log entry as JSON, with as much of the numbers that people wrote into it as the asker may see."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from callcenter.kpi import instant_json
from callcenter.record_json import mask
from callcenter.roster.logbook import Entry
from callcenter.terms import AgentId
from callcenter.web.auth import Sight

_NUMBER: Final = re.compile(
    r"(?P<plain>(?<!\d)\d{4}-\d\d-\d\d(?!\d)|(?<!\d)\d{9,11}\.\d+(?!\d))"  # a date, a call's id
    r"|(?<![\w])\+?\d(?:[ ()/-]{0,2}\d){6,}(?!\d)"
)
"""Seven digits or more, however they are grouped: what may be somebody's number."""


def entry_json(entry: Entry, names: Mapping[AgentId, str], sight: Sight) -> dict[str, Any]:
    """The entry. Its hash is of what was written, masked or not."""
    return {
        "number": entry.number, "at": instant_json(entry.at), "hotline": entry.hotline,
        "shift_id": entry.shift_id, "author": entry.author,
        "author_name": names.get(entry.author, entry.author),
        "kind": str(entry.kind), "text": entry.text if sight == "full" else hide(entry.text),
        "call_id": entry.call_id, "follow_up": entry.follow_up, "refers_to": entry.refers_to,
        "hash": entry.hash,
    }  # fmt: skip


def hide(text: str) -> str:
    """The text with every number that may be a caller's masked."""
    return _NUMBER.sub(lambda found: found[0] if found["plain"] else mask(found[0]) or "…", text)


def numbers_in(entries: Iterable[Entry]) -> int:
    """How many of the entries hold a number that may be a caller's."""
    return sum(1 for entry in entries if hide(entry.text) != entry.text)
