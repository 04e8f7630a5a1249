"""Makes the demo's recordings from recordings of a PBX: `python -m tests.support.distil OUT TRACE…`

Each TRACE is a folder with a `wire.ami` of one scenario. Kept are the events that callcenter reads,
byte for byte but for the monitor directory. Three scenarios are made of others by hand, see `DERIVED`.
"""

import gzip
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from callcenter.ami.filters import kept_names
from callcenter.ami.parse import event_name, parse
from callcenter.ami.wire import Framer
from callcenter.terms import Instant

LEFT_OUT = {b"FullyBooted", b"QueueMemberStatus", b"Reload"}
"""The player says these itself."""
END = b"\r\n\r\n"


def distil(wire: bytes) -> list[bytes]:
    """The events of *wire* that are worth playing."""
    kept = {name.encode() for name in kept_names()} | {b"VarSet", b"Newexten"}
    messages = Framer().feed(wire)
    read = (m for m in messages if event_name(m) in kept - LEFT_OUT and parse(m, Instant(0)) is not None)
    return [m.replace(b"/lab/var/spool/monitor/", b"/var/spool/asterisk/monitor/") for m in read]


def header(message: bytes, name: str) -> bytes:
    found = re.search(rb"\r\n" + name.encode() + rb": ([^\r]*)", message)
    return found[1] if found else b""


def of_caller(message: bytes, caller: bytes) -> bool:
    return header(message, "Uniqueid") == caller


def never_up(message: bytes, at: bytes, cause: bytes) -> bytes:
    """The caller's Hangup as it is where nobody, not even voicemail, took the call."""
    message = re.sub(rb"Timestamp: [\d.]+", b"Timestamp: " + at, message)
    message = re.sub(
        rb"\r\nChannelState: 6\r\nChannelStateDesc: Up",
        b"\r\nChannelState: 4\r\nChannelStateDesc: Ring",
        message,
    )
    return re.sub(
        rb"\r\nCause: \d+\r\nCause-txt: [^\r]*", b"\r\nCause: " + cause + b"\r\nCause-txt: ", message
    )


def without_voicemail(messages: list[bytes], cause: bytes) -> list[bytes]:
    """The PBX hangs up where it went to voicemail."""
    caller = header(messages[0], "Uniqueid")
    at = next(n for n, m in enumerate(messages) if event_name(m) == b"Newexten")
    before = messages[:at]
    legs = [m for m in messages[at:] if event_name(m) == b"Hangup" and not of_caller(m, caller)]
    last = header((before + legs)[-1], "Timestamp")
    end = next(m for m in messages if event_name(m) == b"Hangup" and of_caller(m, caller))
    stamp = b"%.6f" % (float(last) + 0.0012)
    return [*before, *legs, never_up(end, stamp, cause)]


def all_busy(messages: list[bytes]) -> list[bytes]:
    """Every phone answers 486 instead of ringing: no Newstate 5, DialEnd BUSY, Cause 17, and no voicemail."""
    start = float(header(messages[0], "Timestamp"))
    silent = (b"Newstate", b"DialState", b"MixMonitorStop")
    told = (m for m in without_voicemail(messages, b"17") if event_name(m) not in silent)
    return [m if float(header(m, "Timestamp")) < start + 20 else refused(m) for m in told]


def refused(message: bytes) -> bytes:
    """What came of the time-out after 25 s, as if it came of a 486 after 20 ms."""
    at = float(header(message, "Timestamp")) - 24.98
    message = re.sub(rb"Timestamp: [\d.]+", b"Timestamp: %.6f" % at, message)
    message = message.replace(b"DialStatus: NOANSWER", b"DialStatus: BUSY").replace(
        b"Value: NOANSWER", b"Value: BUSY"
    )
    message = re.sub(
        rb"ChannelState: 5\r\nChannelStateDesc: Ringing",
        b"ChannelState: 0\r\nChannelStateDesc: Down",
        message,
    )
    return re.sub(rb"Cause: 0\r\nCause-txt: [^\r]*", b"Cause: 17\r\nCause-txt: User busy", message)


DERIVED: dict[str, tuple[str, Callable[[list[bytes]], Iterable[bytes]]]] = {
    "ringgroup-noanswer-hangup": ("06-", lambda m: without_voicemail(m, b"0")),
    "ringgroup-all-busy": ("06-", all_busy),
    "ringgroup-unreachable-hangup": ("21-", lambda m: without_voicemail(m, b"3")),
}


def write(path: Path, messages: Iterable[bytes]) -> None:
    raw = b"Asterisk Call Manager/11.0.0\r\n" + b"".join(m + END for m in messages)
    path.write_bytes(gzip.compress(raw, mtime=0))


def main(out: Path, traces: list[Path]) -> None:
    for trace in traces:
        messages = distil((trace / "wire.ami").read_bytes())
        write(out / (trace.name.partition("-")[2] + ".ami.gz"), messages)
        for name, (source, change) in DERIVED.items():
            if trace.name.startswith(source):
                write(out / f"{name}.ami.gz", change(messages))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(arg) for arg in sys.argv[2:]])
