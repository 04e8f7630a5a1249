"""What runs inside a test PBX's own namespaces: mounts, Asterisk, its phones, and a bridge to the AMI.

Started by ``pbx.Pbx`` through ``unshare``, as the first process of a process namespace: when it ends,
the kernel ends everything in there. It ends by itself when the test process does, because then the
lifeline, a Unix socket, is closed. The network namespace has only loopback, so nothing can leave it;
the AMI is reached through listening sockets that the test process made outside and handed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.asterisk.layout import PHONES_CONF, PLAIN_PORT, SITE, TLS_PORT, URGENT, every_phone
from tests.support.asterisk.phones import Phones
from tests.support.asterisk.plans import Script

FOLDERS = {
    "etc": "etc/asterisk",
    "lib": "var/lib/asterisk",
    "spool": "var/spool/asterisk",
    "log": "var/log/asterisk",
}
"""The PBX's writable places: below its folder here, and in its root file system."""
SOCKETS = "postgresql"
"""Beside them, where the PBX writes into a database: a link to the folder with PostgreSQL's socket."""
ZONE = "zone"
"""Beside them, where its clock shows another time than UTC: a file with the zone's name."""


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def furnish(root: Path, home: Path) -> Path:
    """Lays the PBX's own folders over a read-only view of the shared root file system."""
    place = home / "root"
    mount("--bind", str(root), str(place))
    mount("-o", "remount,bind,ro", str(place))
    for name, where in FOLDERS.items():
        mount("--bind", str(home / name), str(place / where))
    mount("-t", "proc", "proc", str(place / "proc"))
    mount("--rbind", "/dev", str(place / "dev"))
    for scratch in ("run", "tmp"):
        mount("-t", "tmpfs", "tmpfs", str(place / scratch))
    (place / "run" / "asterisk").mkdir()
    if (postgres := home / SOCKETS).exists():
        (place / "run" / "postgresql").mkdir()
        mount("--bind", str(postgres.resolve()), str(place / "run" / "postgresql"))
    if (zone := home / ZONE).exists():
        zones = place / "usr" / "share" / "zoneinfo"
        mount("--bind", str(zones / zone.read_text()), str(zones / "Etc" / "UTC"))  # its /etc/localtime
    return place


def raise_loopback() -> None:
    """``ip link set lo up``, without needing ip."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, get_flags, request), 16)
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


class Exchange:
    """The Asterisk process."""

    def __init__(self, place: Path, log: Path) -> None:
        self._place = place
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts Asterisk and waits until it has booted. Raises RuntimeError with its log's end."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                "chroot", str(self._place), "/usr/sbin/asterisk", "-f",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        await self.booted()

    async def booted(self) -> None:
        deadline = time.monotonic() + 45
        while time.monotonic() < deadline:
            if self._process is None or self._process.returncode is not None:
                break
            if "System uptime" in await self.cli("core show uptime"):
                await self.cli("core waitfullybooted")
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("Asterisk did not come up:\n" + self._log.read_text(errors="replace")[-2000:])

    async def cli(self, command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "chroot", str(self._place), "/usr/sbin/asterisk", "-rx", command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return out.decode("utf-8", "replace")

    def signal(self, number: int) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def ended(self) -> None:
        if self._process:
            await self._process.wait()


class Bridge:
    """Carries connections from a socket outside to a port inside, and can play a bad network."""

    def __init__(self) -> None:
        self.state = "open"
        """open; stalled (connections live and nothing comes through); cut (torn down, and again at once)."""
        self._flow = asyncio.Event()
        self._flow.set()
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self, outside: socket.socket, port: int) -> asyncio.Server:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._carry(reader, writer, port)

        return await asyncio.start_server(carry, sock=outside)

    def set(self, state: str) -> None:
        """Changes the weather. Connections that were stalled are torn down when it clears."""
        if state == "cut" or (state == "open" and self.state == "stalled"):
            for writer in self._open:
                _tear_down(writer)
        self.state = state
        (self._flow.clear if state == "stalled" else self._flow.set)()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if self.state == "cut":
                return
            await self._flow.wait()
            far_reader, far = await asyncio.open_connection("127.0.0.1", port)
            self._open.add(far)
            pumps = [
                asyncio.create_task(self._pump(reader, far)),
                asyncio.create_task(self._pump(far_reader, writer)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
        except OSError:
            pass  # the PBX is down: the caller sees his connection closed
        finally:
            for end in (writer, far):
                if end:
                    self._open.discard(end)
                    end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flow.wait()
                writer.write(data)
                await writer.drain()


def _tear_down(writer: asyncio.StreamWriter) -> None:
    """Resets the connection, as a cut line's end would after all."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Control:
    """Takes one request per connection, a line of JSON, and answers with another."""

    def __init__(self, exchange: Exchange, phones: Phones, bridge: Bridge) -> None:
        self._exchange = exchange
        self._phones = phones
        self._bridge = bridge

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline())
            answer = {"ok": True, "value": await self._do(**request)}
        except Exception as failure:  # noqa: BLE001 - whatever it is, the test shall see it
            answer = {"ok": False, "error": f"{type(failure).__name__}: {failure}"}
        with contextlib.suppress(OSError):
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
            writer.close()

    async def _do(self, op: str, **given: Any) -> Any:
        match op:
            case "call":
                return (await self._phones.call(Script.from_json(given["script"]))).to_json()
            case "until":
                await self._until(given["caller"], given["what"])
            case "tell":
                self._phones.tell(given["caller"], given["who"], given["what"])
            case "plug":
                await self._phones.plug(given["phone"], on=given["on"])
            case "cli":
                return await self._exchange.cli(given["command"])
            case "link":
                self._bridge.set(given["state"])
            case "kill":
                self._exchange.signal(signal.SIGKILL)
                await self._exchange.ended()
                self._phones.pbx_died()
            case "stop":
                await self._exchange.cli("core stop now")
                await self._exchange.ended()
            case "start":
                await self._exchange.start()
                await self._phones.register_all()
            case "restart":
                await self._restart()
            case _:
                raise ValueError(f"unknown request {op}")
        return None

    async def _until(self, caller: str, what: str) -> None:
        running = self._phones.find(caller)
        await {"rang": running.rang, "answered": running.answered, "over": running.over}[what].wait()

    async def _restart(self) -> None:
        """``core restart now``: the same process starts anew."""
        before = await self._exchange.cli("core show settings")
        await self._exchange.cli("core restart now")
        started = _line(before, "Startup time")
        # another process's state: there is nothing to be woken by
        while _line(await self._exchange.cli("core show settings"), "Startup time") in {started, ""}:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await self._exchange.booted()
        await self._phones.register_all()


def _line(text: str, word: str) -> str:
    return next((line for line in text.splitlines() if word in line), "")


async def run(root: Path, home: Path) -> None:
    """Comes up, says so on the lifeline, and lives until it is cut."""
    raise_loopback()
    lifeline = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    lifeline.connect(str(home / "lifeline.sock"))
    _, handed, _, _ = socket.recv_fds(lifeline, 1, 2)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, URGENT)
    ours = (home / "etc" / PHONES_CONF).exists()
    phones, bridge = Phones(every_phone() if ours else SITE), Bridge()
    exchange = Exchange(furnish(root, home), home / "log" / "console.log")
    servers = [
        await bridge.listen(socket.socket(fileno=fd), port)
        for fd, port in zip(handed, (PLAIN_PORT, TLS_PORT), strict=True)
    ]
    await phones.open()
    await exchange.start()
    await phones.register_all()
    control = Control(exchange, phones, bridge)
    servers.append(await asyncio.start_unix_server(control.serve, str(home / "control.sock"), backlog=1024))
    (home / "control.sock").chmod(0o666)
    lifeline.setblocking(False)
    await asyncio.get_running_loop().sock_sendall(lifeline, b"ready\n")
    await asyncio.get_running_loop().sock_recv(lifeline, 1)
    exchange.signal(signal.SIGKILL)
    await exchange.ended()


def give_back(home: Path, owner: int) -> None:
    """Hands the files to whoever called us, so that he can read and delete them (matters under sudo)."""
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            with contextlib.suppress(OSError):
                os.lchown(Path(folder) / name, owner, -1)


def main() -> None:
    root, home, owner = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    try:
        asyncio.run(run(root, home))
    finally:
        if os.geteuid() == 0 and owner not in {0, os.geteuid()}:
            give_back(home, owner)


if __name__ == "__main__":
    main()
