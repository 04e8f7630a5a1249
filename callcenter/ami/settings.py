"""How to reach one PBX's manager interface. Built from the configuration; the secret is never shown."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

READ_CLASSES: Final = ("call", "agent", "system", "user", "dialplan")
"""Event classes that verdicts need: channels and bridges, queues, boot and shutdown, our own
UserEvents, and VarSet/Newexten, the only ones that name recordings and tell of voicemail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How the PBX's certificate is judged."""

    ca_file: Path | None = None
    """PEM file of the authority (or the certificate itself); None: the system's authorities."""
    server_name: str | None = None
    """The name the certificate must bear; None: the host."""
    verify: bool = True
    """False accepts any certificate: encrypted, but anyone may listen from the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """All waits of a link, in seconds."""

    connect: float = 10.0
    """TCP and TLS together."""
    answer: float = 10.0
    """The greeting, and each action's answer."""
    ping_after: float = 10.0
    """Silence before we ask whether anyone is there."""
    lost_after: float = 14.5
    """Silence that, Ping unanswered, is a lost link."""
    first_retry: float = 0.5
    last_retry: float = 30.0
    """The waits between attempts double from ``first_retry`` to this."""
    stable: float = 60.0
    """A link that lived so long begins again at ``first_retry``."""
    slow_retry: float = 60.0
    last_slow_retry: float = 300.0
    """As above where the login was refused: often enough, and too seldom for fail2ban."""
    recheck: float = 2.0
    """How long after broken bytes we read back what goes on: more of them may follow."""
    recheck_gap: float = 30.0
    """From one such reading back to the next."""
    probe: float = 10.0
    """How long after the login we first look for calls that no event told of; grows from there."""
    last_probe: float = 960.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """One PBX's manager interface. Raises ValueError for a value that can't be sent."""

    host: str
    port: int = 5038
    username: str
    secret: str = field(repr=False)
    tls: TlsSettings | None = None
    read_classes: tuple[str, ...] = READ_CLASSES
    filters: bool = True
    """Ask the PBX to leave out the events nobody reads, where its version and our rights allow it."""
    timings: Timings = Timings()

    def __post_init__(self) -> None:
        for name in ("username", "secret"):
            if any(c in getattr(self, name) for c in "\r\n\0"):
                raise ValueError(f"the AMI {name} contains a line break")

    @property
    def address(self) -> str:
        """``host:port`` as an operator would write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
