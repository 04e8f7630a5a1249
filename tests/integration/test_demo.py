"""`callcenter demo` as a newcomer runs it: one command, a full screen that moves, Ctrl-C, and again."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.demo import office
from tests.support.postgres import open_folder
from tests.support.service import CHECKOUT, until

NUMBERS = [hotline.number for hotline in office.HOTLINES]


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as place:
        yield place / "demo"


class Demo:
    """A running demo and what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def until_said(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout
        async with asyncio.timeout(60):
            while not (found := re.search(pattern, self.said)):
                line = await self.process.stdout.readline()
                assert line, f"it ended by itself:\n{self.said}"
                self.said += line.decode()
        return found

    async def interrupt(self) -> int:
        """Ctrl-C; its exit status."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(60):
            rest, _ = await self.process.communicate()
        self.said += rest.decode()
        return self.process.returncode or 0


@contextlib.asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncIterator[Demo]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callcenter", "demo", "--data-dir", str(folder), *options,
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Demo(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def get(url: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 200, f"{url}: {answer.status} {await answer.text()}"
        return await (answer.json() if "json" in answer.content_type else answer.text())


async def arrived(address: str) -> list[int]:
    """Today's calls of each hotline, as its board has them."""
    boards = [await get(f"{address}/api/v1/hotlines/{number}/live") for number in NUMBERS]
    return [board["today"]["arrived"] for board in boards]


async def stored(address: str, token: str) -> list[dict[str, Any]]:
    """Every call of the history."""
    calls: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await get(f"{address}/api/v1/calls?limit=200{cursor}", token)
        calls += page["items"]
        if page["next"] is None:
            return calls
        cursor = f"&cursor={page['next']}"


async def opened(running: Demo) -> tuple[str, str]:
    """The address and the token that it prints."""
    await running.until_said("Ctrl-C stops it")
    address = re.search(r"http://127\.0\.0\.1:\d+", running.said)
    token = re.search(r"\bcc_\S+", running.said)
    assert address
    assert token
    return address.group(), token.group()


async def test_it_starts_full_moves_stops_on_ctrl_c_and_starts_afresh(folder: Path):
    async with demo(folder, "--port", "0") as running:
        address, token = await opened(running)
        at_first = await arrived(address)
        assert all(n > 0 for n in at_first)
        for number in NUMBERS:
            assert "<html" in await get(f"{address}/wallboard/{number}")
            assert f"{address}/wallboard/{number}" in running.said
        readiness = await get(f"{address}/readyz")
        assert readiness["ready"], readiness

        async def moved() -> bool:
            return await arrived(address) != at_first

        await until(moved, "somebody calls", 60)

        async def agree() -> bool:
            calls = [call for call in await stored(address, token) if call["hotline"]]
            return len(calls) == sum(await arrived(address))

        await until(agree, "the history has what the boards show", 60)
        server = int((folder / "postgres/data/postmaster.pid").read_text().split()[0])

        assert await running.interrupt() == 0
        assert "Traceback" not in running.said
        assert running.said.endswith("The demo is over.\n")
        with pytest.raises(ProcessLookupError):
            os.kill(server, 0)

    async with demo(folder, "--port", "0") as again:
        address, token = await opened(again)
        calls = [call["call_id"] for call in await stored(address, token)]
        assert len(calls) == len(set(calls))
        assert sum(await arrived(address)) < 1.5 * sum(at_first)
        assert await again.interrupt() == 0


async def test_a_demo_that_was_killed_does_not_stand_in_the_way_of_the_next(folder: Path):
    async with demo(folder, "--port", "0") as running:
        await opened(running)
        running.process.kill()
        await running.process.wait()

    async with demo(folder, "--port", "0") as again:
        address, _ = await opened(again)
        assert all(n > 0 for n in await arrived(address))
        assert await again.interrupt() == 0


async def test_a_port_that_is_taken_is_one_line_that_says_how_to_choose_another(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(folder, "--port", str(port)) as refused:
            async with asyncio.timeout(60):
                said, _ = await refused.process.communicate()

    assert refused.process.returncode == 1
    (line,) = said.decode().splitlines()
    assert f"127.0.0.1:{port} is taken" in line
    assert "--port" in line
    assert contents(folder) is None


async def test_a_second_demo_in_the_same_folder_leaves_the_first_alone(folder: Path):
    async with demo(folder, "--port", "0") as first:
        address, token = await opened(first)
        before = {call["call_id"] for call in await stored(address, token)}
        async with demo(folder, "--port", "0") as second:
            async with asyncio.timeout(60):
                said, _ = await second.process.communicate()
        assert second.process.returncode == 1
        assert "another callcenter is running" in said.decode()
        assert {call["call_id"] for call in await stored(address, token)} >= before
        assert before
        assert await first.interrupt() == 0


def contents(folder: Path) -> list[str] | None:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else None


def write_thesis(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("three years of work")


async def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path):
    write_thesis(folder)

    async with demo(folder, "--port", "0") as refused, asyncio.timeout(60):
        said, _ = await refused.process.communicate()

    assert refused.process.returncode == 1
    assert "choose another --data-dir" in said.decode()
    assert contents(folder) == ["thesis.txt"]
