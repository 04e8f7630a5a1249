"""``callcenter capture``: what a PBX says, byte for byte, into a file."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import structlog
import typer

from callcenter.ami.capture import CaptureWriter
from callcenter.ami.client import AmiClient
from callcenter.ami.received import LinkLost, LinkOpened, LinkTrouble, Messages, Received, Trouble
from callcenter.commands.common import Failure, choose_pbx, configuration, logging_to_stderr
from callcenter.config import ami_settings
from callcenter.config.schema import PbxTable

log = structlog.get_logger(__name__)


def capture(out: Path, path: Path | None, pbx: str | None) -> None:
    """Record until Ctrl-C or SIGTERM; the file is appended to and readable at any moment."""
    config, _ = configuration(path)
    logging_to_stderr(config)
    chosen = choose_pbx(config, pbx)
    try:
        writer = CaptureWriter(out)
    except OSError as error:
        raise Failure(f"{out} can't be written: {error.strerror}") from None
    with writer:
        messages = asyncio.run(_record(chosen, writer))
    typer.echo(f"{messages} messages in {out}; it holds callers' numbers", err=True)


async def _record(pbx: PbxTable, writer: CaptureWriter) -> int:
    tell = _Teller(pbx.name)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell.ended.set)
    everything = replace(ami_settings(pbx), filters=False)
    following = loop.create_task(AmiClient(everything, sink=tell, tee=writer).run())
    try:
        await tell.ended.wait()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    if tell.broken:
        raise Failure(tell.broken)
    return tell.messages


class _Teller:
    """Hears the link only to tell the operator how it goes."""

    def __init__(self, pbx: str) -> None:
        self._pbx = pbx
        self.messages = 0
        self.broken: str | None = None
        self.ended = asyncio.Event()

    def __call__(self, received: Received) -> None:
        match received:
            case Messages(messages=messages):
                self.messages += len(messages)
            case LinkOpened():
                log.info("recording", pbx=self._pbx)
            case LinkTrouble(kind=Trouble.CAPTURE, reason=reason):
                self.broken = reason
                self.ended.set()
            case LinkLost(reason=reason) | LinkTrouble(reason=reason):
                log.warning("link", pbx=self._pbx, why=reason)
