"""``/api/v1/stream``: server-sent events. A slow browser is cut off; it can't hold up anything."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from callcenter.facts import News
from callcenter.sites import Hotline
from callcenter.web import params
from callcenter.web.assets import ASSETS
from callcenter.web.auth import PRINCIPAL, SCREENS, permit_hotline
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import PARTS, SETTINGS
from callcenter.web.problems import Problem
from callcenter.web.relay import Message, Relay
from callcenter.web.sight import PICTURES

HOTLINE: Final = params.text("hotline", "Only this hotline. Default: all that the asker may see.")
RECONNECT_MS: Final = 1000


class Streams:
    """The streams that are open, so that they can be counted and ended."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._closing = asyncio.Event()

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open

    def __enter__(self) -> asyncio.Event:
        """Take part; the event is set when streams must end. Raises Problem 503 if there are too many."""
        if self._open >= self._most or self._closing.is_set():
            detail = "there are too many streams; close some screens"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"})
        self._open += 1
        return self._closing

    def __exit__(self, *_: object) -> None:
        self._open -= 1

    async def close(self, _: web.Application) -> None:
        """End them all."""
        self._closing.set()


STREAMS: Final = web.AppKey("STREAMS", Streams)


async def stream(request: web.Request) -> web.StreamResponse:
    """Snapshots, then every change, until one side leaves."""
    parts, settings = request.app[PARTS], request.app[SETTINGS]
    relay = Relay(
        parts=parts, pictures=request.app[PICTURES], hotlines=_watched(request),
        sight=request[PRINCIPAL].sight, settings=settings, build=request.app[ASSETS].build,
    )  # fmt: skip
    response = EventSourceResponse(send_timeout=settings.send_timeout_seconds)
    with request.app[STREAMS] as closing:
        async with parts.live.subscribe() as facts:
            await response.prepare(request)
            async with response:
                await _pump(Sender(request, response), relay, facts, closing, settings.gather_seconds)
    return response


class Sender:
    """Writes to one browser, and gives it up if it takes nothing for too long."""

    def __init__(self, request: web.Request, response: EventSourceResponse) -> None:
        self._request = request
        self._response = response
        self._patience = request.app[SETTINGS].send_timeout_seconds

    async def send(self, messages: Iterable[Message]) -> None:
        """All of them in one go. Raises ConnectionResetError or TimeoutError: the browser is gone then."""
        await self.write("".join(f"event: {event}\ndata: {data}\n\n" for event, data in messages))

    async def write(self, text: str) -> None:
        """As `send`, for text that is framed already."""
        if not text:
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._response.write(text.encode())
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()  # an orderly end would wait for the same browser
            raise


async def _pump(
    sender: Sender,
    relay: Relay,
    facts: AsyncIterator[Sequence[News]],
    closing: asyncio.Event,
    gather_seconds: float,
) -> None:
    loop = asyncio.get_running_loop()
    news = asyncio.ensure_future(anext(facts))
    end = asyncio.ensure_future(closing.wait())
    try:
        await sender.write(f"retry: {RECONNECT_MS}\n\n")
        await sender.send(relay.open(loop.time()))
        while not end.done():
            await asyncio.wait(
                (news, end), timeout=relay.until_due(loop.time()), return_when="FIRST_COMPLETED"
            )
            heard = news.done()
            told = [*relay.take(news.result())] if heard else []
            await sender.send([*told, *relay.due(loop.time())])
            if heard:
                await asyncio.sleep(gather_seconds)  # before we ask again: all that came then comes together
                news = asyncio.ensure_future(anext(facts))
    except (ConnectionResetError, StopAsyncIteration, TimeoutError):
        pass  # the browser left, was too slow for the feed, or took nothing
    finally:
        news.cancel()
        end.cancel()
        await asyncio.gather(news, end, return_exceptions=True)


def _watched(request: web.Request) -> tuple[Hotline, ...]:
    principal, parts = request[PRINCIPAL], request.app[PARTS]
    number = HOTLINE.read(request)
    if number is None:
        return tuple(hotline for hotline in parts.hotlines if principal.hotline in (None, hotline.number))
    hotline = parts.hotline(number)
    if hotline is None:
        raise Problem.parameter("hotline", "there is no such hotline")
    permit_hotline(principal, hotline.number)
    return (hotline,)


_DOC: Final = """A `snapshot` of each hotline (the shape `Live`), then `call` (the shape `Call`), `link` and
`withdrawn` events as things happen, each followed by a new `snapshot`; a `beat` every few seconds tells the
server's time.
Callers' numbers are masked for staff and absent for wallboards. A client that does not keep up is cut off;
it comes back and starts with a snapshot."""

ENDPOINT: Final = Endpoint(
    path="/api/v1/stream", name="stream", handler=stream, roles=SCREENS, query=(HOTLINE,), doc=_DOC,
    media_type="text/event-stream", summary="What happens, as it happens (server-sent events)", faults=(503,),
)  # fmt: skip
