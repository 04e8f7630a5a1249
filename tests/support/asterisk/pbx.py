"""A real Asterisk with phones, for one test session: start it, play calls on it, cut it off, kill it.

Each ``Pbx`` has network, mount and process namespaces of its own, so several can run at once on the same
port numbers, none can reach anything but itself, and all that it started ends with it, however the tests
end. Its AMI is reached at ``pbx.ami`` (and over TLS at ``pbx.ami_tls``), ports chosen by the system.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.support.asterisk import build, chansip, layout
from tests.support.asterisk.plans import Plan, Script, Step, Truth

CHECKOUT = Path(__file__).resolve().parents[3]
START_LIMIT = 90
EMPTY_CONFS = (
    "acl", "ccss", "cel", "cli", "cli_aliases", "cli_permissions", "codecs", "dsp", "pjproject", "queuerules",
    "stasis", "udptl", "extconfig", "hep", "http", "sorcery", "res_stun_monitor", "cdr_custom",
)  # fmt: skip
"""Asterisk complains of these if they are absent; empty is what is meant."""

Link = Literal["open", "stalled", "cut"]


class NoPbxError(Exception):
    """There can be no test PBX on this machine; the message says why and what would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one PBX has otherwise than another."""

    timestamps: bool = True
    """``timestampevents``."""
    systemname: str = ""
    """Put in front of every Uniqueid."""
    tls: bool = False
    manager_conf: str = ""
    """In place of the tests' own."""
    asterisk: build.Edition = build.NEWEST
    chan_sip: bool = False
    """Phones and trunk are chan_sip's and not PJSIP's; Asterisk 16 has it."""
    site: Path | None = None
    """A configuration in place of the tests' own, as somebody has it in /etc/asterisk; it has the phones of
    ``layout.SITE``."""
    besides: Path | None = None
    """A folder of configuration that is put behind what the files of the same name say."""


class Pbx:
    """One PBX and its phones. ``start`` and ``stop`` are plain calls; everything else is awaited."""

    def __init__(self, variant: Variant | None = None) -> None:
        self.variant = variant or Variant()
        self.ami: tuple[str, int] = ("127.0.0.1", 0)
        self.ami_tls: tuple[str, int] = ("127.0.0.1", 0)
        self.truths: list[Truth] = []
        """Every call played so far, in the order in which they ended."""
        self.home = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: socket.socket | None = None

    # --- life

    def start(self) -> None:
        """Brings the PBX up with its phones registered. Raises NoPbxError."""
        try:
            root = build.ensure(self.variant.asterisk)
        except build.CannotError as reason:
            raise NoPbxError(str(reason)) from reason
        self.home = Path(tempfile.mkdtemp(prefix="callcenter-pbx-"))
        spool, log = ("spool/monitor", "spool/voicemail", "spool/tmp"), ("log/cdr-csv", "log/cel-custom")
        for folder in ("etc", "lib", "root", *spool, *log):
            (self.home / folder).mkdir(parents=True)
        try:
            self._configure()
            if self.variant.asterisk is build.OLDEST:
                age(self.home / "etc", root)
            if self.variant.chan_sip:
                chansip.speak(self.home / "etc")
            self._launch(root)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends everything and removes its files. Harmless when nothing runs."""
        if self._lifeline:
            self._lifeline.close()
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._process.wait()
        self._lifeline = self._process = None
        if self.home.name.startswith("callcenter-pbx-"):
            shutil.rmtree(self.home, ignore_errors=True)

    @property
    def technology(self) -> str:
        """What the names of phones' channels begin with."""
        return "SIP" if self.variant.chan_sip else "PJSIP"

    @property
    def trunk(self) -> str:
        """Name of the endpoint by which calls come in and go out."""
        return chansip.TRUNK if self.variant.chan_sip else layout.TRUNK

    @property
    def from_trunk(self) -> str:
        """What the names of those channels begin with."""
        return f"{self.technology}/{self.trunk}-"

    @property
    def monitor_dir(self) -> Path:
        """Where the recordings lie for the tests."""
        return self.home / "spool" / "monitor"

    @property
    def certificate(self) -> Path:
        """What the AMI's TLS certificate is to be checked against."""
        return self.home / "etc" / "ami.crt"

    def _configure(self) -> None:
        etc = self.home / "etc"
        for name in EMPTY_CONFS:
            (etc / f"{name}.conf").touch()
        ours = Path(__file__).parent / "etc"
        shutil.copy(ours / "asterisk.conf", etc)
        for folder in (self.variant.site or ours, CHECKOUT / "dialplans"):
            for conf in folder.glob("*.conf"):
                shutil.copy(conf, etc)
        for conf in self.variant.besides.glob("*.conf") if self.variant.besides else ():
            with (etc / conf.name).open("a") as whole:
                whole.write(conf.read_text())
        if self.variant.manager_conf:
            (etc / "manager.conf").write_text(self.variant.manager_conf)
        if not self.variant.site:
            (etc / layout.PHONES_CONF).write_text(layout.phones_conf())
        name = self.variant.systemname
        (etc / "variant-asterisk.conf").write_text(f"systemname = {name}\n" if name else "")
        (etc / "variant-manager.conf").write_text(self._manager_variant())
        if self.variant.tls:
            make_certificate(etc)

    def _manager_variant(self) -> str:
        lines = ["timestampevents = " + ("yes" if self.variant.timestamps else "no")]
        if self.variant.tls:
            lines += [
                "tlsenable = yes",
                f"tlsbindaddr = 127.0.0.1:{layout.TLS_PORT}",
                "tlscertfile = /etc/asterisk/ami.crt",
                "tlsprivatekey = /etc/asterisk/ami.key",
            ]
        return "\n".join(lines) + "\n"

    def _launch(self, root: Path) -> None:
        with socket.socket(socket.AF_UNIX) as door, loopback_listener() as plain, loopback_listener() as tls:
            self.ami, self.ami_tls = plain.getsockname(), tls.getsockname()
            door.bind(str(self.home / "lifeline.sock"))
            (self.home / "lifeline.sock").chmod(0o666)
            door.listen(1)
            with (self.home / "log" / "inside.log").open("wb") as log:
                self._process = subprocess.Popen(
                    [*namespaces(), sys.executable, "-m", "tests.support.asterisk.inside",
                     str(root), str(self.home), str(os.geteuid())],
                    cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
            self._lifeline = self._accept(door)
            socket.send_fds(self._lifeline, [b"!"], [plain.fileno(), tls.fileno()])
            self._lifeline.settimeout(START_LIMIT)
            try:
                told = self._lifeline.recv(16)
            except TimeoutError:
                told = b""
        if told != b"ready\n":
            raise NoPbxError(f"the PBX did not come up: {self._inside_log()}")

    def _accept(self, door: socket.socket) -> socket.socket:
        for _ in range(100):
            if select.select([door], [], [], 0.2)[0]:
                return door.accept()[0]
            if self._process is None or self._process.poll() is not None:
                break
        raise NoPbxError(f"no namespaces for a PBX here: {self._inside_log()}")

    def _inside_log(self) -> str:
        return (self.home / "log" / "inside.log").read_text(errors="replace")[-1500:]

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread, and what it starts, are in the PBX's own network meanwhile, with no bridge in
        between: its AMI is at ``layout.PLAIN_PORT``. Raises NoPbxError to whoever is not root."""
        assert self._process, "start comes first"
        with Path("/proc/self/ns/net").open() as own:
            _enter(Path(f"/proc/{self._process.pid}/ns/net"))
            try:
                yield
            finally:
                _set_namespace(own.fileno())

    # --- calls

    async def call(
        self,
        dials: str,
        *,
        caller: str,
        phones: dict[str, Plan | tuple[Plan, ...]] | None = None,
        origin: str = layout.TRUNK,
        gives_up: float | None = None,
        hangs_up: float | None = None,
        then: tuple[Step, ...] = (),
        media: bool = False,
    ) -> Truth:
        """Plays one call to its end and returns what its parties saw. See ``plans.Script``."""
        script = Script(
            caller=caller, dials=dials, phones=phones or {}, origin=origin,
            gives_up=gives_up, hangs_up=hangs_up, then=then, media=media,
        )  # fmt: skip
        truth = Truth.from_json(await self._ask(op="call", script=script.to_json()))
        self.truths.append(truth)
        return truth

    @contextlib.asynccontextmanager
    async def calling(self, dials: str, **how: Any) -> AsyncIterator[asyncio.Task[Truth]]:
        """A call that goes on while the block runs; its truth is the task's result. The block may await
        ``until``; on leaving, the call is awaited too."""
        task = asyncio.create_task(self.call(dials, **how))
        try:
            yield task
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, caller: str, what: Literal["rang", "answered", "over"]) -> None:
        """Waits until a phone rings for this caller, or answers, or the call is over."""
        for _ in range(3000):
            try:
                return await self._ask(op="until", caller=caller, what=what)
            except KeyError:
                await asyncio.sleep(0.02)  # the call's own request has not been read yet
        raise AssertionError(f"no call from {caller} goes on")

    async def pick_up(self, caller: str, phone: str) -> None:
        """Has a phone that rings for this caller picked up now (its plan must let it ring)."""
        await self._ask(op="tell", caller=caller, who=phone, what="pick_up")

    async def hang_up(self, caller: str, who: str = "caller") -> None:
        """Has the caller hang up now, or a phone that talks to him."""
        await self._ask(op="tell", caller=caller, who=who, what="hang_up")

    async def plug(self, phone: str, *, on: bool = True) -> None:
        """Registers a phone, or takes its registration back."""
        await self._ask(op="plug", phone=phone, on=on)

    # --- trouble

    async def link(self, state: Link) -> None:
        """The network between AMI and service: ``cut`` resets every connection and each new one;
        ``stalled`` keeps them open and lets nothing through; ``open`` is fair weather."""
        await self._ask(op="link", state=state)

    async def kill(self) -> None:
        """kill -9 of Asterisk: nobody is told anything."""
        await self._ask(op="kill")

    async def shut_down(self) -> None:
        """``core stop now``."""
        await self._ask(op="stop")

    async def boot(self) -> None:
        """Starts Asterisk again after ``kill`` or ``shut_down``; the phones register."""
        await self._ask(op="start")

    async def restart(self) -> None:
        """``core restart now``, until it has booted and the phones are back."""
        await self._ask(op="restart")

    async def cli(self, command: str) -> str:
        return str(await self._ask(op="cli", command=command))

    async def ask_ami(self, username: str = "tests", *, secret: str = "", **action: str) -> str:
        """Has an AMI session of its own carry out one action; the first line of its answer."""
        reader, writer = await asyncio.open_connection(*self.ami)
        try:
            for asked in (
                {"Action": "Login", "Username": username, "Secret": secret or f"{username}-secret"},
                action,
            ):
                head = {**asked, "ActionID": "asked", **({"Events": "off"} if asked is not action else {})}
                writer.write("".join(f"{k}: {v}\r\n" for k, v in head.items()).encode() + b"\r\n")
                answer = ""
                while not answer.startswith("Response:"):
                    answer = (await reader.readline()).decode()
            return answer.strip()
        finally:
            writer.close()

    async def _ask(self, **request: Any) -> Any:
        reader, writer = await asyncio.open_unix_connection(str(self.home / "control.sock"))
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
        if not line:
            raise ConnectionError("the test PBX is gone")
        answer = json.loads(line)
        if answer["ok"]:
            return answer["value"]
        raise (KeyError if answer["error"].startswith("KeyError") else RuntimeError)(answer["error"])


def age(etc: Path, root: Path) -> None:
    """Makes the configuration one for Asterisk 16: fewer modules, and a queue must be told how to record."""
    there = {path.name for path in root.glob("usr/lib/**/asterisk/modules/*.so")}
    modules = (etc / "modules.conf").read_text().splitlines()
    kept = [
        line for line in modules if not line.startswith("load = ") or line.removeprefix("load = ") in there
    ]
    (etc / "modules.conf").write_text("\n".join(kept) + "\n")
    queues = (etc / "queues.conf").read_text()
    (etc / "queues.conf").write_text(
        queues.replace("monitor-format = wav", "monitor-type = MixMonitor\nmonitor-format = wav")
    )


def _enter(network: Path) -> None:
    try:
        with network.open() as namespace:
            _set_namespace(namespace.fileno())
    except PermissionError as error:
        raise NoPbxError("only root can enter the PBX's network") from error


def _set_namespace(handle: int) -> None:
    """``os.setns``, which Python has since 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def loopback_listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=16)


def namespaces() -> list[str]:
    """The command that gives what follows its own network, mounts and processes. Raises NoPbxError."""
    unshare = [
        "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL",
    ]  # fmt: skip
    as_root_inside = [*unshare, "--user", "--map-root-user"]
    ways = [unshare] if os.geteuid() == 0 else [as_root_inside, ["sudo", "-n", *unshare]]
    for way in ways:
        if (
            shutil.which(way[0])
            and subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0
        ):
            return way
    raise NoPbxError(
        "a network namespace is needed: be root, or have user namespaces or sudo without a password"
    )


def make_certificate(etc: Path) -> None:
    """A key and a certificate for the AMI at 127.0.0.1, good for this session. Raises NoPbxError."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(etc / "ami.key"), "-out", str(etc / "ami.crt")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoPbxError(f"openssl can't make a certificate: {done.stderr[-300:]}")
