"""What the link to a PBX hands on, and what a recording of it says: the same words for both.

Bytes stay bytes here: whoever takes them decides what is worth parsing.
"""

from dataclasses import dataclass
from enum import StrEnum

from callcenter.terms import Instant


class Trouble(StrEnum):
    """What is wrong with a link: a small fixed set, fit for a metric's label."""

    SECRET = "secret"  # noqa: S105 - the name of a trouble
    """User or secret refused, or the address not permitted."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NAME = "name"
    """The host name can't be resolved."""
    TLS = "tls"
    NOT_AMI = "not_ami"
    STALLED = "stalled"
    """Connected, and then silent before the login was done."""
    CLOSED = "closed"
    """Closed by the other side before the login was done."""
    DENIED = "denied"
    """An action we need is not permitted to this user."""
    TIMESTAMPS = "timestamps"
    """``timestampevents`` is off: only arrival times are left."""
    READ_CLASS = "read_class"
    """A class of events we need is not in the user's ``read``."""
    BROKEN_BYTES = "broken_bytes"
    """A part of the stream was no AMI and was skipped."""
    CAPTURE = "capture"
    """The stream can't be recorded any more; following it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The complete AMI messages of one read from the socket, in their order."""

    arrival: Instant | None
    """When the bytes reached us; None in a recording that does not say."""
    messages: list[bytes]
    starts: tuple[int, ...] = ()
    """Where each message starts in a raw recording; empty for a live link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened:
    """Logged in: from here on the PBX is heard."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    """An open link ended: from here on the PBX is not heard."""

    at: Instant
    reason: str
    """One sentence for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDoubted:
    """A part of an open link's stream was lost, and what goes on at the PBX is read back from here on."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTrouble:
    """Something an operator should know or mend, while there is no link or in spite of one."""

    at: Instant
    reason: str
    """One sentence: what is wrong and what to do. Never a secret, never a caller's number."""
    kind: Trouble


Received = Messages | LinkOpened | LinkLost | LinkDoubted | LinkTrouble
