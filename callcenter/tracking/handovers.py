"""The caller handed on after the first answer: what was announced, and who took him in the end.

The PBX announces blind and attended transfers and parking by events of their own; a redirect by AMI
it does not announce at all: nobody hung up, and the caller leaves the bridge for another extension, or
dials again. A transfer is *resolved* when the caller is connected to a phone that was not the
transferer's.
"""

from typing import Final

from callcenter.terms import Instant, Phone, TransferKind, Uniqueid
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack, Handover

_SAME_US: Final = 3_000_000
"""A transfer into the parking lot and its ParkedCall event are one act when this close."""
_SWAP_US: Final = 2_000
"""Where a Local channel gives way to the phone behind it, that phone is in no bridge for so long at most."""
_CONSULTED: Final = frozenset({TransferKind.ATTENDED, TransferKind.BLONDE})
_SEEN_BEFORE: Final = frozenset({TransferKind.PARK, TransferKind.BLIND})
"""What may be seen of a blind transfer before it is announced."""


def open_handover(track: CallTrack) -> Handover | None:
    """The last transfer, while nobody has taken the caller."""
    last = track.handovers[-1] if track.handovers else None
    return last if last is not None and not last.answered else None


def blind(track: CallTrack, at: Instant, by: Channel | None, extension: str, names: Directory) -> None:
    """A blind transfer was announced; the caller may have been seen parked, or leaving, before."""
    last = open_handover(track)
    phone = names.phone(by) if by is not None else None
    to = Phone(extension) if extension else None
    if last is None or abs(at - last.at) >= _SAME_US or last.kind not in _SEEN_BEFORE:
        _add(track, TransferKind.BLIND, at, phone, transferer=by, extension=to)
        return
    last.by = phone or last.by
    if last.kind is TransferKind.BLIND:
        last.extension = to or last.extension


def left(mirror: Mirror, track: CallTrack, at: Instant, extension: str) -> None:
    """The caller was taken out of a talk and goes on at *extension*: whoever did it may announce it yet."""
    last = open_handover(track)
    if last is None or abs(at - last.at) >= _SAME_US:
        _redirected(mirror, track, at).extension = Phone(extension)


def attended(
    track: CallTrack, at: Instant, by: Channel | None, *, ringing: bool, names: Directory
) -> Handover:
    """An attended transfer was completed, perhaps while the target still rang."""
    kind = TransferKind.BLONDE if ringing else TransferKind.ATTENDED
    kind = TransferKind.PARK if track.parked else kind
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


def enters_parking(track: CallTrack, at: Instant) -> None:
    """The caller takes the place in the parking lot of an agent who consulted with it."""
    last = open_handover(track)
    if last is not None and last.kind in _CONSULTED and abs(at - last.at) < _SAME_US:
        last.kind, last.tried = TransferKind.PARK, None


def dialled_on(mirror: Mirror, track: CallTrack, leg: Channel, at: Instant, names: Directory) -> None:
    """The answered caller is being connected to somebody else: a transfer's target, or a redirect."""
    last = open_handover(track)
    if last is None and track.agent_left_at is None and track.partners:
        last = _redirected(mirror, track, at)
    if last is not None and last.kind is not TransferKind.PARK:
        last.tried = names.phone(leg)


def _redirected(mirror: Mirror, track: CallTrack, at: Instant) -> Handover:
    """By whom the caller was with last, whose channel may be gone and forgotten by now."""
    last = track.partners[-1]
    agent = mirror.channels.get(last)
    return _add(track, TransferKind.BLIND, at, track.shares[last].phone, transferer=agent)


def resolve(track: CallTrack, persons: list[Channel], names: Directory) -> None:
    """Somebody is connected to the caller: the open transfer has found its target."""
    last = open_handover(track)
    if last is None:
        return
    for person in persons:
        if person.uniqueid != last.transferer and _is_new(track, last, person):
            last.answered, last.to = True, names.phone(person)
            return


def pass_on(mirror: Mirror, track: CallTrack, persons: list[Channel], at: Instant, names: Directory) -> None:
    """None of those whom the caller is with is the phone that had him: another has him now. Whoever left
    him with a colleague, or did not hang up, handed him on; else the dialplan did."""
    phones = [names.phone(person) for person in persons]
    last = track.passed_on[-1] if track.passed_on else None
    if last is not None and last.by in phones and at - last.at <= _SWAP_US:
        track.passed_on.pop()
        track.with_phone = last.by
    before = track.with_phone
    if before in phones:
        return
    track.with_phone = phones[0]
    if before is None:
        return
    left = [mirror.channels.get(uniqueid) for uniqueid in track.partners]
    stayed = [
        leg for leg in left if leg is not None and names.phone(leg) == before and leg.requested_at is None
    ]
    shared = persons[0].uniqueid in track.partners
    by = before if shared or stayed else None
    passed = Handover(kind=TransferKind.BLIND, at=at, by=by, transferer=None, extension=None)
    passed.to, passed.answered = phones[0], True
    track.passed_on.append(passed)


def all_told(track: CallTrack) -> list[Handover]:
    """The transfers, and after them whoever had the caller later without one: a supervisor's panel connected
    the two, or the dialplan went on when the first had hung up. Certain in the end only, as the event that
    announces a transfer may come after the target is connected."""
    if not track.passed_on:
        return track.handovers
    announced = [handover.to for handover in track.handovers if handover.answered]
    silent: list[Handover] = []
    for passed in track.passed_on:
        if passed.to in announced:
            announced.remove(passed.to)
        else:
            silent.append(passed)
    return [*track.handovers, *silent]


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
