"""From an error to one sentence an operator can act on: what is wrong, and what to do."""

import errno
import re
import socket
import ssl
from collections.abc import Mapping
from typing import Final

from callcenter.ami.received import Trouble
from callcenter.ami.settings import AmiSettings
from callcenter.ami.wire import Fault


class LinkFailure(Exception):
    """An attempt to open or keep a link failed. Its text is the sentence for the operator."""

    def __init__(self, kind: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    @property
    def slow(self) -> bool:
        """Whether trying again soon only provokes the PBX's intrusion guard."""
        return self.kind is Trouble.SECRET


def connecting(settings: AmiSettings, error: Exception) -> LinkFailure:
    """Why the connection could not be opened."""
    where = settings.address
    match error:
        case ssl.SSLError():
            return _tls(settings, error)
        case TimeoutError():
            return LinkFailure(
                Trouble.UNREACHABLE,
                f"no answer from {where} within {settings.timings.connect:g} s: is the PBX up, and does a"
                " firewall drop the port?",
            )
        case socket.gaierror():
            return LinkFailure(
                Trouble.NAME, f"the host name {settings.host} can't be resolved: check `host` and the DNS"
            )
        case ConnectionRefusedError():
            return LinkFailure(
                Trouble.REFUSED,
                f"{where} refuses the connection: is Asterisk running, and does manager.conf say"
                " `enabled = yes` with this bindaddr and port?",
            )
        case ConnectionResetError() | BrokenPipeError():
            return LinkFailure(Trouble.CLOSED, f"{where} closed the connection at once")
        case _:
            return _other(settings, error)


def _other(settings: AmiSettings, error: Exception) -> LinkFailure:
    """A host with several addresses gives one error of all their errors, told in its text only."""
    numbers = {int(number) for number in re.findall(r"\[Errno (\d+)\]", str(error))}
    if numbers == {errno.ECONNREFUSED}:
        return connecting(settings, ConnectionRefusedError())
    names = ", ".join(sorted(errno.errorcode.get(number, str(number)) for number in numbers))
    return LinkFailure(
        Trouble.UNREACHABLE, f"{settings.address} can't be reached ({names or type(error).__name__})"
    )


def _tls(settings: AmiSettings, error: ssl.SSLError) -> LinkFailure:
    where = settings.address
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "").rstrip(".") or "not trusted"
        return LinkFailure(
            Trouble.TLS,
            f"the certificate of {where} is not accepted ({why}): name who signed it in"
            " tls_ca, or the name that is on it in tls_name",
        )
    why = getattr(error, "reason", None) or "handshake failed"
    return LinkFailure(
        Trouble.TLS,
        f"{where} does not speak TLS as we do ({why}): is it the port of tlsbindaddr, and not the plain one?",
    )


def greeting_stalled(settings: AmiSettings) -> LinkFailure:
    """Connected, and no greeting."""
    hint = "is it AMI's port?" if settings.tls else "is it AMI's port, and the plain one rather than TLS?"
    return LinkFailure(Trouble.STALLED, f"{settings.address} accepts the connection but says nothing: {hint}")


def not_ami(settings: AmiSettings) -> LinkFailure:
    """Something else than a manager interface answered."""
    return LinkFailure(
        Trouble.NOT_AMI,
        f"{settings.address} is no Asterisk manager interface (its first bytes are something else):"
        " check host and port",
    )


def closed_early(settings: AmiSettings) -> LinkFailure:
    """The other side hung up before the login was done."""
    return LinkFailure(
        Trouble.CLOSED,
        f"{settings.address} closed the connection before the login was done: does manager.conf permit"
        " this host, and are there sessions left (authlimit)?",
    )


def login_stalled(settings: AmiSettings) -> LinkFailure:
    """The login went unanswered."""
    return LinkFailure(
        Trouble.STALLED,
        f"{settings.address} did not answer the login within {settings.timings.answer:g} s:"
        " the PBX is overloaded or hangs",
    )


def login_refused(settings: AmiSettings, answer: Mapping[str, str]) -> LinkFailure:
    """The PBX refused user, secret or address."""
    said = answer.get("Message", "refused")
    return LinkFailure(
        Trouble.SECRET,
        f"{settings.address} refuses the login of user {settings.username!r} ({said}): compare `secret`"
        f" with the section [{settings.username}] of the PBX's manager.conf, and see that its permit/deny"
        f" lets this host in; next try in {settings.timings.slow_retry:g} s or more",
    )


def denied(settings: AmiSettings, action: str, answer: Mapping[str, str]) -> str:
    """A read-back action was refused: calls in progress at a (re)connect stay unknown."""
    said = answer.get("Message", "refused")
    return (
        f"the PBX refuses {action} to user {settings.username!r} ({said}): calls already in progress when"
        " we connect can't be told in full; add `reporting` to its `write` in manager.conf"
    )


def gone_silent(settings: AmiSettings, seconds: float) -> str:
    """A half-open link."""
    return f"nothing came from {settings.address} for {seconds:.0f} s, not even the answer to a Ping"


def broken(settings: AmiSettings, fault: Fault) -> str:
    """A part of the stream was no AMI."""
    return (
        f"the stream from {settings.address} is broken at byte {fault.offset} ({fault.what});"
        " what follows is read on"
    )


HALF_FILTERED: Final = (
    "the PBX took only a part of our event filters, which hides the other events: connecting anew without"
)
