"""As much SIP over UDP as a phone on loopback needs: messages, dialogs, one user agent per socket.

Nothing is ever lost on loopback, so requests are sent once; but for the INVITE that begins a call: Asterisk
passes over new ones while it is overloaded, and counts on their being repeated. What the PBX repeats (because
this process was slow) is answered again from memory and acted on once.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import quote

from tests.support.asterisk.layout import SIP, password_of
from tests.support.asterisk.message import REASONS, Message, tag_in, token, uri_in
from tests.support.asterisk.rtp import Sound

REGISTRAR = "sip:127.0.0.1"
REPEATED_AFTER, GIVEN_UP_AFTER = 0.5, 8.0
"""Seconds after which an INVITE that nothing came back for is sent again, each time twice as long."""


@dataclass(slots=True, eq=False)
class Dialog:
    """One call between one of our user agents and the PBX."""

    agent: UserAgent
    call_id: str
    peer: str
    """Address of the far end as first named."""
    display: str
    """Our own From or To, without tag."""
    invite: Message | None = None
    """What invited us; None where we invited."""
    local_tag: str = field(default_factory=token)
    remote_tag: str = ""
    target: str = ""
    cseq: int = 100
    invite_cseq: int = 0
    branch: str = ""
    state: str = "early"
    """early, up or down."""
    sound: Sound | None = None
    version: int = 0
    """Of our session description."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    referred: asyncio.Event = field(default_factory=asyncio.Event)
    """The PBX has told how a transfer ended."""
    final: int | None = None
    reason: str = ""
    """The Reason header of a CANCEL or BYE from the PBX."""
    hung_up_here: bool = False
    replaces: str = ""
    """The dialog that our INVITE takes over, as the PBX is told of it."""
    heard: bool = False
    """Something has come back for our INVITE."""
    deaf: bool = False
    """It takes no notice of a CANCEL but ``cancelled``: its answer was on its way already."""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        """As the PBX is told of it (RFC 3891)."""
        return f"{self.call_id};to-tag={self.remote_tag};from-tag={self.local_tag}"

    def sdp(self, direction: str = "sendrecv") -> str:
        port = self.sound.port if self.sound else 9
        self.version += 1  # the PBX takes no notice of a change that says it is none
        return (
            f"v=0\r\no=- 1 {self.version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na={direction}\r\n"
        )

    def request(
        self, method: str, *, body: str = "", kind: str = "application/sdp", extra: str = "",
        cseq: int | None = None, branch: str | None = None, to: str | None = None,
    ) -> None:  # fmt: skip
        """Sends a request inside the dialog (or the INVITE that begins it)."""
        if cseq is None:
            self.cseq += 1
        far = f"<{self.peer}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        self.agent.send(
            f"{method} {to or self.target or self.peer} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.agent.port};branch={branch or 'z9hG4bK' + token()}\r\n"
            f"Max-Forwards: 70\r\nFrom: {self.display};tag={self.local_tag}\r\nTo: {far}\r\n"
            f"Call-ID: {self.call_id}\r\n"
            f"CSeq: {self.cseq if cseq is None else cseq} {method}\r\n"
            f"Contact: <sip:{self.agent.user}@127.0.0.1:{self.agent.port}>\r\n{extra}"
            + (f"Content-Type: {kind}\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def begin(self) -> None:
        self.branch = "z9hG4bK" + token()
        self.cseq += 1
        self.invite_cseq = self.cseq
        self._invite(REPEATED_AFTER)

    def _invite(self, after: float) -> None:
        if self.heard or self.state != "early" or after > GIVEN_UP_AFTER:
            return
        extra = f"Replaces: {self.replaces}\r\n" if self.replaces else ""
        self.request("INVITE", body=self.sdp(), cseq=self.invite_cseq, branch=self.branch, extra=extra)
        asyncio.get_running_loop().call_later(after, self._invite, 2 * after)

    def hang_up(self) -> None:
        """CANCELs what has not been answered and ends what has, as the one who hangs up."""
        if self.state == "down":
            return
        self.hung_up_here = True
        if self.state == "up":
            self.request("BYE")
            self.end()
        else:
            self.request("CANCEL", cseq=self.invite_cseq, branch=self.branch, to=self.peer)

    def hold(self, *, on: bool) -> None:
        self.request("INVITE", body=self.sdp("sendonly" if on else "sendrecv"))

    def press(self, key: str) -> None:
        self.request("INFO", body=f"Signal={key}\r\nDuration=120\r\n", kind="application/dtmf-relay")

    def refer(self, extension: str, replacing: Dialog | None = None) -> None:
        """Transfers the far end to *extension*; *replacing* makes it take over that dialog there."""
        address = f"sip:{extension}@127.0.0.1"
        if replacing:
            address += f"?Replaces={quote(replacing.id, safe='')}"
        self.request(
            "REFER", extra=f"Refer-To: <{address}>\r\nReferred-By: <sip:{self.agent.user}@127.0.0.1>\r\n"
        )

    def up(self, media: Message | None) -> None:
        self.state = "up"
        if self.sound and media:
            self.sound.talk_to(media.body)
        self.answered.set()

    def end(self) -> None:
        self.state = "down"
        self.agent.dialogs.pop(self.call_id, None)
        if self.sound:
            self.sound.close()
        self.answered.set()
        self.ended.set()


def digest(challenge: str, user: str, password: str) -> str:
    """The header that answers a registrar's challenge (RFC 2617, MD5, quality "auth")."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    once, count = token(), "00000001"
    secret = md5(f"{user}:{asked['realm']}:{password}")
    response = md5(f"{secret}:{asked['nonce']}:{count}:{once}:auth:{md5(f'REGISTER:{REGISTRAR}')}")
    told = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": REGISTRAR}
    told |= {
        "response": response,
        "cnonce": once,
        **({"opaque": asked["opaque"]} if "opaque" in asked else {}),
    }
    quoted = ", ".join(f'{name}="{value}"' for name, value in told.items())
    return f"Authorization: Digest {quoted}, algorithm=MD5, qop=auth, nc={count}\r\n"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Owner(Protocol):
    """Who decides what a user agent does."""

    def invited(self, dialog: Dialog) -> None:
        """An INVITE has come; the dialog is early and unanswered."""


class UserAgent(asyncio.DatagramProtocol):
    """One phone's (or the carrier's) socket, its dialogs and its registration."""

    def __init__(self, user: str, owner: Owner) -> None:
        self.user = user
        self.owner = owner
        self.port = 0
        self.dialogs: dict[str, Dialog] = {}
        self._sent: dict[tuple[str, str], bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._registered: asyncio.Future[Message] | None = None
        self._registration = (token(), 0)

    async def open(self, port: int = 0) -> None:
        """Binds the socket; port 0 lets the system choose."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        bound.bind(("127.0.0.1", port))
        bound.setblocking(False)
        self.port = bound.getsockname()[1]
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=bound)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def send(self, text: str) -> None:
        assert self._transport
        self._transport.sendto(text.encode(), SIP)

    async def register(self, expires: int) -> None:
        """Registers for *expires* seconds; 0 unplugs. Raises TimeoutError, or ConnectionError if refused."""
        answer = await self._ask_to_register(expires)
        if answer.status == 401:
            proof = digest(answer.get("www-authenticate"), self.user, password_of(self.user))
            answer = await self._ask_to_register(expires, proof)
        if answer.status != 200:
            raise ConnectionError(f"the PBX refused to register {self.user}: {answer.status}")

    async def _ask_to_register(self, expires: int, proof: str = "") -> Message:
        call_id, number = self._registration
        self._registration = (call_id, number + 1)
        self._registered = asyncio.get_running_loop().create_future()
        self.send(
            f"REGISTER {REGISTRAR} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{token()}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self.user}@127.0.0.1>;tag={token()}\r\nTo: <sip:{self.user}@127.0.0.1>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {number + 1} REGISTER\r\n"
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\n{proof}"
            f"Expires: {expires}\r\nContent-Length: 0\r\n\r\n"
        )
        async with asyncio.timeout(10):
            return await self._registered

    async def dial(self, extension: str, *, shown: str, media: bool, replaces: str = "") -> Dialog:
        """Sends an INVITE; *shown* is the number in its From header, *replaces* a dialog to take over."""
        me = f'"{shown}" <sip:{shown}@127.0.0.1>'
        dialog = Dialog(self, token(), f"sip:{extension}@127.0.0.1:5060", me)
        dialog.sound = await Sound.open() if media else None
        dialog.replaces = replaces
        self.dialogs[dialog.call_id] = dialog
        dialog.begin()
        return dialog

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        message = Message.parse(data)
        if message.status is not None:
            self._response(message, message.status)
        elif message.first.strip() and not self._repeated(message):
            self._request(message)

    def error_received(self, exc: Exception) -> None:
        """The PBX is down; whoever waits has a time limit of his own."""

    # --- answers to what we asked

    def _response(self, message: Message, status: int) -> None:
        if message.method == "REGISTER":
            if self._registered and not self._registered.done() and status >= 200:
                self._registered.set_result(message)
        elif message.method == "INVITE" and (dialog := self.dialogs.get(message.get("call-id"))):
            dialog.heard = True
            self._invite_answered(dialog, message, status)

    def _invite_answered(self, dialog: Dialog, message: Message, status: int) -> None:
        if status < 200:
            return
        cseq = int(message.get("cseq").split()[0])
        if status >= 300:
            if dialog.state == "early":  # not the refusal of a re-INVITE
                dialog.remote_tag = tag_in(message.get("to"))
                dialog.request("ACK", cseq=cseq, branch=dialog.branch, to=dialog.peer)
                dialog.final = status
                dialog.end()
            return
        dialog.remote_tag = dialog.remote_tag or tag_in(message.get("to"))
        dialog.target = uri_in(message.get("contact")) or dialog.target
        dialog.request("ACK", cseq=cseq)
        if dialog.state == "early":
            dialog.final = status
            dialog.up(message)
            if dialog.hung_up_here:  # our CANCEL crossed this answer
                dialog.hang_up()

    # --- what the PBX asks

    def _repeated(self, message: Message) -> bool:
        answer = self._sent.get(message.transaction)
        if answer and self._transport and message.method != "ACK":
            self._transport.sendto(answer, SIP)
            return True
        return False

    def reply(
        self, request: Message, code: int, dialog: Dialog | None, *, body: str = "", contact: str = ""
    ) -> None:
        """Answers a request; the answer is kept for repetitions of it."""
        to = request.get("to")
        if not tag_in(to):
            to += f";tag={dialog.local_tag if dialog else token()}"
        lines = [
            f"SIP/2.0 {code} {REASONS.get(code, 'Answer')}",
            *(f"Via: {via}" for via in request.all("via")),
            f"From: {request.get('from')}",
            f"To: {to}",
            f"Call-ID: {request.get('call-id')}",
            f"CSeq: {request.get('cseq')}",
            f"Contact: <{contact or f'sip:{self.user}@127.0.0.1:{self.port}'}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        text = "\r\n".join(lines) + "\r\n\r\n" + body
        if len(self._sent) > 2000:
            self._sent.clear()
        self._sent[request.transaction] = text.encode()
        self.send(text)

    def _request(self, message: Message) -> None:
        dialog = self.dialogs.get(message.get("call-id"))
        match message.method:
            case "ACK":
                return
            case "INVITE" if dialog is None:
                self._invited(message)
            case "INVITE" | "UPDATE" if dialog is not None:
                self.reply(message, 200, dialog, body=dialog.sdp() if message.body else "")
            case "CANCEL":
                self._cancelled(message, dialog)
            case "BYE":
                self.reply(message, 200, dialog)
                if dialog:
                    dialog.reason = message.get("reason")
                    dialog.end()
            case "NOTIFY":
                self.reply(message, 200, dialog)
                if dialog and re.search(r"SIP/2.0 [2-6]", message.body):
                    dialog.referred.set()
            case _:
                self.reply(message, 200, dialog)

    def _invited(self, message: Message) -> None:
        me = f"<{uri_in(message.get('to'))}>"
        dialog = Dialog(self, message.get("call-id"), uri_in(message.get("from")), me, message)
        dialog.remote_tag = tag_in(message.get("from"))
        dialog.target = uri_in(message.get("contact"))
        self.dialogs[dialog.call_id] = dialog
        self.reply(message, 100, dialog)
        self.owner.invited(dialog)

    def _cancelled(self, message: Message, dialog: Dialog | None) -> None:
        self.reply(message, 200, dialog)
        if dialog:
            dialog.cancelled.set()
        if dialog and dialog.invite and dialog.state == "early" and not dialog.deaf:
            dialog.reason = message.get("reason")
            self.reply(dialog.invite, 487, dialog)
            dialog.end()
