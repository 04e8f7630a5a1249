"""Each entry of a story as one plain English sentence."""

from collections.abc import Mapping
from typing import Final

from callcenter.terms import AttemptOutcome, TransferKind
from callcenter.tracking.timeline.story import Entry, Scalar, What

_PLAIN: Final = {
    What.QUEUE_JOINED: "the caller joined the queue {queue}",
    What.QUEUE_LEFT: "the caller left the queue {queue}",
    What.LINE_OPENED: "the PBX itself picked up: an announcement, a menu or a queue, no answer",
    What.ROUTED: "the dialplan routed the caller: {mode} ({why})",
    What.UNSTAFFED: "nobody was on duty",
    What.STEP_BEGUN: "step {step} of the duty chain: {person} ({role})",
    What.STEP_SKIPPED: "step {step} of the duty chain was passed over: {person} ({role}) was talking",
    What.KEY_PRESSED: "{phone} pressed the key and takes the call",
    What.ALERTED: "the duty chain came to nothing: {why}",
    What.PHONE_TRIED: "{phone} was called",
    What.PHONE_RANG: "{phone} began to ring",
    What.PHONE_PICKED_UP: "{phone} was picked up",
    What.CALL_FETCHED: "{phone} picked the call up for another phone",
    What.VOICEMAIL: "voicemail took the caller",
    What.HELD: "the caller was put on hold",
    What.TALKING: "talking again",
    What.ALONE: "the caller was with nobody: parked, ringing elsewhere, or in the dialplan",
    What.HANDED_OVER: "{phone} took the caller",
    What.RECORDED: "recorded as {path}",
    What.CALLER_GONE: "the caller's line was cleared (cause {cause})",
    What.LINK_LOST: "the PBX could not be heard any more: {reason}",
    What.LINK_BACK: "the PBX could be heard again",
    What.HOTLINE_NAMED: "the dialplan named hotline {hotline}",
    What.ENDED: "the caller and all the legs were gone",
}
_TRY: Final = {
    AttemptOutcome.ANSWERED_ELSEWHERE: "{phone} stopped ringing: another phone had answered",
    AttemptOutcome.NO_ANSWER: "{phone} was not answered, and the PBX stopped it",
    AttemptOutcome.CALLER_GAVE_UP: "{phone} stopped ringing: the caller had given up",
    AttemptOutcome.UNCONFIRMED: "{phone} was picked up, but nobody took the call",
    AttemptOutcome.BUSY: "{phone} was busy",
    AttemptOutcome.REJECTED: "{phone} declined the call",
    AttemptOutcome.UNREACHABLE: "{phone} could not be reached",
    AttemptOutcome.FORWARDED: "{phone} forwarded the call",
    AttemptOutcome.LOST: "what became of {phone} was not seen",
}
_TRANSFER: Final = {
    TransferKind.BLIND: "{by} sent the caller on to {to}",
    TransferKind.ATTENDED: "{by} handed the caller over to {to}",
    TransferKind.BLONDE: "{by} handed the caller over to {to}, who still rang",
    TransferKind.PARK: "{by} parked the caller",
}


def sentence(entry: Entry) -> str:
    """What the entry says, in words."""
    about = {name: "somebody" if value is None else value for name, value in entry.about.items()}
    match entry.what:
        case What.ARRIVED:
            return _arrived(entry)
        case What.ANSWERED:
            return f"answered by {about['phone']}{_in_ring(entry.about)}"
        case What.TRY_ENDED:
            return _TRY[AttemptOutcome(str(about["outcome"]))].format_map(about) + _after(entry.about)
        case What.HANDED_ON:
            return _TRANSFER[TransferKind(str(about["kind"]))].format_map(about)
        case What.HANGUP_ASKED:
            who = entry.about["phone"]
            return "the caller hung up" if who is None else f"{who} hung up"
        case What.MERGED:
            return f"this was part of another call: {entry.about['into'] or 'which one was not seen'}"
    return _PLAIN[entry.what].format_map(about)


def _arrived(entry: Entry) -> str:
    if entry.about["hotline"] is not None:
        return f"a caller reached hotline {entry.about['hotline']}"
    return f"an {entry.about['direction']} call to {entry.about['dialled'] or 'somebody'} began"


def _in_ring(about: Mapping[str, Scalar]) -> str:
    rings = about["rings"]
    return f", in ring {rings}" if rings is not None else ""


def _after(about: Mapping[str, Scalar]) -> str:
    seconds, rings = about["seconds"], about["rings"]
    if not isinstance(seconds, float):
        return ""
    return f" (rang {seconds:.1f} s{f', {counted(rings)}' if isinstance(rings, int) else ''})"


def counted(rings: int) -> str:
    """``1 ring``, ``2 rings``."""
    return "1 ring" if rings == 1 else f"{rings} rings"
