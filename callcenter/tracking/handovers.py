"""The caller handed on after the first answer: what was announced, and who took him in the end.

The PBX announces blind and attended transfers and parking by events of their own; a redirect by AMI
it does not announce at all: the caller, left by an agent who did not hang up, dials again. A transfer
is *resolved* when the caller is connected to a phone that was not the transferer's.
"""

from typing import Final

from callcenter.terms import Instant, Phone, TransferKind, Uniqueid
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack, Handover

_SAME_US: Final = 3_000_000
"""A transfer into the parking lot and its ParkedCall event are one act when this close."""


def open_handover(track: CallTrack) -> Handover | None:
    """The last transfer, while nobody has taken the caller."""
    last = track.handovers[-1] if track.handovers else None
    return last if last is not None and not last.answered else None


def blind(track: CallTrack, at: Instant, by: Channel | None, extension: str, names: Directory) -> None:
    """A blind transfer was announced; parking may have been told first."""
    last = open_handover(track)
    phone = names.phone(by) if by is not None else None
    if last is not None and last.kind is TransferKind.PARK and abs(at - last.at) < _SAME_US:
        last.by = phone or last.by
        return
    _add(
        track, TransferKind.BLIND, at, phone, transferer=by, extension=Phone(extension) if extension else None
    )


def attended(
    track: CallTrack, at: Instant, by: Channel | None, *, ringing: bool, names: Directory
) -> Handover:
    """An attended transfer was completed, perhaps while the target still rang."""
    kind = TransferKind.BLONDE if ringing else TransferKind.ATTENDED
    last = open_handover(track)
    phone = names.phone(by) if by is not None else None
    if (
        last is not None
        and last.kind is TransferKind.BLIND
        and last.by == phone
        and abs(at - last.at) < _SAME_US
    ):
        last.kind = kind
        return last
    return _add(track, kind, at, phone, transferer=by)


def parked(track: CallTrack, at: Instant, parker: Phone | None) -> None:
    """The caller was put into a parking lot: a blind transfer into it is the same act."""
    track.parked = True
    last = open_handover(track)
    if last is not None and last.kind is TransferKind.BLIND and abs(at - last.at) < _SAME_US:
        last.kind, last.extension, last.tried = TransferKind.PARK, None, None
        return
    _add(track, TransferKind.PARK, at, parker)


def dialled_on(mirror: Mirror, track: CallTrack, leg: Channel, at: Instant, names: Directory) -> None:
    """The answered caller is being connected to somebody else: a transfer's target, or a redirect."""
    last = open_handover(track)
    if last is None and track.agent_left_at is None and track.partners:
        agent = mirror.channels.get(track.partners[-1])
        phone = names.phone(agent) if agent is not None else track.answer_phone
        last = _add(track, TransferKind.BLIND, at, phone, transferer=agent)
    if last is not None and last.kind is not TransferKind.PARK:
        last.tried = names.phone(leg)


def resolve(track: CallTrack, persons: list[Channel], names: Directory) -> None:
    """Somebody is connected to the caller: the open transfer has found its target."""
    last = open_handover(track)
    if last is None:
        return
    for person in persons:
        if person.uniqueid != last.transferer and _is_new(track, last, person):
            last.answered, last.to = True, names.phone(person)
            return


def _is_new(track: CallTrack, last: Handover, person: Channel) -> bool:
    """An agent still in the bridge while he hands over is not the target; in a park nobody is yet."""
    if track.parked:
        return False
    return last.transferer is not None or person.uniqueid not in track.partners


def _add(
    track: CallTrack,
    kind: TransferKind,
    at: Instant,
    by: Phone | None,
    *,
    transferer: Channel | None = None,
    extension: Phone | None = None,
) -> Handover:
    uniqueid: Uniqueid | None = transferer.uniqueid if transferer is not None else None
    handover = Handover(kind=kind, at=at, by=by, transferer=uniqueid, extension=extension)
    track.handovers.append(handover)
    return handover
