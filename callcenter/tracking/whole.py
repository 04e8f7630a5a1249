"""Whether the channel event log tells a call without holes.

Theory of operation. While its database is down Asterisk drops rows, and which events it logs is configured.
A call is *not answered* by what its rows lack, so rows that are missing would make a missed call of one that
was answered. What holds of whole rows, in every release: a channel begins, and ends by a ``HANGUP`` that says
why; whoever leaves a bridge has entered it; what an application began it ended; a ``dialstatus`` has phones
to show for it, and one that was picked up and stayed until the caller was gone was in a bridge with
somebody. Where that does not hold something is missing, and what is missing can't be known.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from callcenter.terms import Linkedid, Uniqueid
from callcenter.tracking.records import CelRow

_ENDS: Final = frozenset({"HANGUP", "CHAN_END"})
_TRIED: Final = frozenset({"ANSWER", "NOANSWER", "BUSY", "CANCEL"})
"""What a Dial says only where a phone was tried."""
_TOGETHER_US: Final = 1_000_000
"""Who stays up so long, and ends so near to the caller, was talking to him."""

Channels = Mapping[Uniqueid, list[CelRow]]


def doubtful(rows: Iterable[CelRow]) -> set[Uniqueid]:
    """The channels of calls of which rows are missing. *rows* are in order of time."""
    channels: dict[Uniqueid, list[CelRow]] = {}
    for row in rows:
        channels.setdefault(row.uniqueid, []).append(row)
    logged = {row.eventtype for own in channels.values() for row in own}
    found: set[Uniqueid] = set()
    for mine in _families(channels):
        applications = "APP_END" in logged and any(_runs_on(own) for own in mine.values())
        bridges = "BRIDGE_ENTER" not in logged and _picked_up(mine)
        holes = applications or bridges or any(_has_hole(own) for own in mine.values())
        if holes or _outlived(mine) or _misses_phones(mine):
            found |= mine.keys()
    return found


def _families(channels: Channels) -> Iterable[Channels]:
    """The channels that had a Linkedid in common, directly or through others."""
    leader: dict[Linkedid, Linkedid] = {}

    def find(link: Linkedid) -> Linkedid:
        while leader.setdefault(link, link) != link:
            link = leader[link]
        return link

    for own in channels.values():
        first = find(own[0].linkedid)
        for row in own:
            leader[find(row.linkedid)] = first
    families: dict[Linkedid, dict[Uniqueid, list[CelRow]]] = {}
    for uniqueid, own in channels.items():
        families.setdefault(find(own[0].linkedid), {})[uniqueid] = own
    return families.values()


def _has_hole(own: list[CelRow]) -> bool:
    kinds = [row.eventtype for row in own]
    ended = any(kind in _ENDS for kind in kinds)
    if "CHAN_START" not in kinds:
        return True
    if ended and not any("hangupcause" in row.extra for row in own if row.eventtype == "HANGUP"):
        return True
    bridges = [row for row in own if row.eventtype in {"BRIDGE_ENTER", "BRIDGE_EXIT"}]
    alternate = all(one.eventtype != other.eventtype for one, other in pairwise(bridges))
    first_enters = not bridges or bridges[0].eventtype == "BRIDGE_ENTER"
    stays = ended and len(bridges) % 2 == 1
    return not alternate or not first_enters or stays


def _outlived(mine: Channels) -> bool:
    """Whether a channel has no end, although the last of its call was gone."""
    over = {row.linkedid for own in mine.values() for row in own if row.eventtype == "LINKEDID_END"}
    going_on = (own for own in mine.values() if not any(row.eventtype in _ENDS for row in own))
    return any(own[-1].linkedid in over for own in going_on)


def _runs_on(own: list[CelRow]) -> bool:
    """Whether an application that it began goes on after its end, or the other way round."""
    kinds = [row.eventtype for row in own]
    return any(kind in _ENDS for kind in kinds) and kinds.count("APP_START") != kinds.count("APP_END")


def _picked_up(mine: Channels) -> bool:
    """Whether somebody was called, answered and stayed."""
    legs = [own for own in mine.values() if str(own[0].linkedid) != own[0].uniqueid]
    return any(_stayed(own) for own in legs)


def _stayed(leg: list[CelRow]) -> bool:
    picked_up = next((row.at for row in leg if row.eventtype == "ANSWER"), None)
    return picked_up is not None and leg[-1].at - picked_up >= _TOGETHER_US


def _misses_phones(mine: Channels) -> bool:
    """Whether a channel's ``dialstatus`` says of phones what their rows don't."""
    for own in mine.values():
        status = next((row.extra.get("dialstatus", "") for row in own if row.eventtype == "HANGUP"), "")
        if status not in _TRIED:
            continue
        others = [rows for rows in mine.values() if rows is not own]
        if not others:
            return True
        if status == "ANSWER" and (
            not any(row.eventtype == "ANSWER" for rows in others for row in rows)
            or any(_talked_unseen(rows, own, mine) for rows in others)
        ):
            return True
    return False


def _talked_unseen(leg: list[CelRow], caller: list[CelRow], mine: Channels) -> bool:
    """Whether the phone was up until the caller was gone, and shows in no bridge with anybody."""
    if not _stayed(leg) or abs(leg[-1].at - caller[-1].at) > _TOGETHER_US:
        return False
    others = (rows for rows in mine.values() if rows is not leg)
    return not _bridges(leg) & {bridge for rows in others for bridge in _bridges(rows)}


def _bridges(own: list[CelRow]) -> set[str]:
    return {row.extra.get("bridge_id", "") for row in own if row.eventtype == "BRIDGE_ENTER"}
