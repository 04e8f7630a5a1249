"""The service as an operator runs it: a process of its own, its configuration file, its API with a token."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

CHECKOUT = Path(__file__).resolve().parents[2]
START_LIMIT = 90.0
STOP_LIMIT = 60.0
LIMIT = 60.0
"""Seconds until a wait has failed: a limit for a busy machine, not a measure of speed."""
QUIET = 0.3
"""Seconds of silence after which a PBX has told what it was asked at the login."""
POLL = 0.05
"""Seconds between two looks at what can't wake us: another process."""


def zone_of_noon() -> str:
    """The time zone where it is about noon now: today's figures don't end in the middle of a test."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxEntry:
    """One ``[[pbx]]`` of the configuration."""

    address: tuple[str, int]
    hotlines: tuple[str, ...]
    name: str = "main"
    username: str = "watcher"
    secret: str = "watcher-secret"
    extra: str = ""
    """Further lines of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a service under test is told."""

    pbxs: tuple[PbxEntry, ...]
    dsn: str = ""
    """Empty: an embedded PostgreSQL."""
    owner_dsn: str = ""
    time_zone: str = field(default_factory=zone_of_noon)

    def toml(self) -> str:
        """The configuration file."""
        tables = ['data_dir = "data"', '[web]\nlisten = "127.0.0.1:0"', '[log]\nformat = "json"']
        for pbx in self.pbxs:
            host, port = pbx.address
            tables.append(
                f'[[pbx]]\nname = "{pbx.name}"\nhost = "{host}"\nport = {port}\ntrunks = ["trunk"]\n'
                f'username = "{pbx.username}"\nsecret = "{pbx.secret}"\n{pbx.extra}'
            )
            tables += [
                f'[[hotline]]\nnumber = "{number}"\nname = "Hotline {number}"\npbx = "{pbx.name}"\n'
                f'contexts = ["from-trunk"]\ncadence = "cn"\ntime_zone = "{self.time_zone}"'
                for number in pbx.hotlines
            ]
        if self.dsn:
            tables.append(f'[database]\ndsn = "{self.dsn}"\nowner_dsn = "{self.owner_dsn}"')
        return "\n\n".join(tables) + "\n"


@dataclass(slots=True)
class Service:
    """One installation: a folder with a configuration, started and stopped as often as a test likes."""

    folder: Path
    settings: Settings
    url: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _token: str = ""
    _logs: list[Path] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "callcenter.toml"

    def log(self) -> str:
        """All that it wrote to stdout and stderr since the beginning."""
        return "".join(path.read_text(errors="replace") for path in self._logs)

    async def start(self) -> None:
        """Starts it and waits until it serves."""
        self._launch()
        self.url = await until(self._served_at, "the service serves", START_LIMIT, self.log)

    def _launch(self) -> None:
        self.config.write_text(self.settings.toml())
        log = self.folder / f"service-{len(self._logs)}.log"
        self._logs.append(log)
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "callcenter", "serve", "--config", str(self.config)],
                cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip

    async def _served_at(self) -> str:
        said = self._last_log()
        if self._process is None or self._process.poll() is not None:
            raise AssertionError(f"the service ended by itself:\n{said}")
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        return found.group(0) if found else ""

    def _last_log(self) -> str:
        return self._logs[-1].read_text(errors="replace")

    def cpu_seconds(self) -> float:
        """What its own process has spent so far."""
        assert self._process, "start comes first"
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> int:
        """SIGTERM, as systemd does; its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return await asyncio.to_thread(process.wait, STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
            raise AssertionError(f"it did not stop within {STOP_LIMIT} s:\n{self.log()}") from None

    async def command(self, *words: str) -> tuple[int, str]:
        """Runs another command on the same configuration; its status and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callcenter", *words, "--config", str(self.config),
            cwd=CHECKOUT, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "400"},
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    @contextlib.asynccontextmanager
    async def capturing(self, out: Path) -> AsyncIterator[None]:
        """``callcenter capture`` on the same configuration, for as long as the block runs. It begins when
        the state after the login is read back: calls from then on are seen from their first event."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callcenter", "capture", "--out", str(out), "--config", str(self.config),
            cwd=CHECKOUT, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr
        try:
            async with asyncio.timeout(START_LIMIT):
                while b"recording" not in (line := await process.stderr.readline()):
                    assert line, "capture ended by itself"

            async def read_back() -> bool:
                return b"BridgeListComplete" in await asyncio.to_thread(out.read_bytes)

            await until(read_back, "the capture has the state of the PBX", LIMIT)
            yield
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(STOP_LIMIT):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def token(self) -> str:
        """A token that sees everything."""
        if not self._token:
            status, said = await self.command("token", "create", "--role", "admin")
            assert status == 0, said
            self._token = max(said.split(), key=len)
        return self._token

    async def get(self, path: str) -> Any:
        """An address of the API, as JSON."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(self.url + path) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def text(self, path: str) -> str:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return await answer.text()

    async def parts(self) -> dict[str, Any]:
        """``/readyz`` by part, ready or not."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
            told = await answer.json()
            return dict(told["parts"])

    async def ready(self) -> None:
        """Waits until every part says that it is fit."""

        async def fit() -> bool:
            return all(part["ok"] for part in (await self.parts()).values())

        await until(fit, "the service is ready", LIMIT, self.log)
        await self.heard_out()

    async def heard_out(self) -> None:
        """Waits until each PBX that is connected has told what goes on there, and says no more of it: calls
        from then on are seen from their first event."""
        before = ""

        async def quiet() -> bool:
            nonlocal before
            now = "".join(
                re.findall(r"^callcenter_ami_events_total.*$", await self.text("/metrics"), re.MULTILINE)
            )
            known, before = before, now
            await asyncio.sleep(QUIET)
            return known == now and not re.search(r"\} [0-4](\.0)?(?!\d)", now)

        await until(quiet, "the PBX has told what goes on", LIMIT, self.log)

    async def calls(self) -> list[dict[str, Any]]:
        """Every stored call, latest first, through all pages."""
        found: list[dict[str, Any]] = []
        path = "/api/v1/calls?limit=50"
        while True:
            page = await self.get(path)
            found += page["items"]
            if page["next"] is None:
                return found
            path = f"/api/v1/calls?limit=50&cursor={quote(page['next'], safe='')}"

    async def settled(self, calls: int) -> list[dict[str, Any]]:
        """Waits until so many calls are stored and none of them goes on; they."""

        async def quiet() -> list[dict[str, Any]]:
            stored = await self.calls()
            return stored if len(stored) >= calls and all(call["final"] for call in stored) else []

        return await until(quiet, f"{calls} calls are stored and over", LIMIT, self.log)


async def until(
    look: Callable[[], Awaitable[Any]], what: str, limit: float, log: Callable[[], str] = lambda: ""
) -> Any:
    """Looks until something is there; fails with *what* was awaited. Returns what was found."""
    deadline = time.monotonic() + limit
    while True:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            if found := await look():
                return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit} s in vain: {what}\n{log()[-3000:]}")
        await asyncio.sleep(POLL)


@contextlib.asynccontextmanager
async def serving(folder: Path, settings: Settings) -> AsyncIterator[Service]:
    """A service that is ready, for as long as the block runs; killed if the block left it running badly."""
    service = Service(folder, settings)
    try:
        await service.start()
        await service.ready()
        yield service
        await service.stop()
    finally:
        await service.kill()
