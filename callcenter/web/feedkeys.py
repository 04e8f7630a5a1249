"""Signed keys in the addresses of calendars: a calendar program can't send a token. They open one feed and
nothing else, hold no secret of their own and work until the secret changes."""

from typing import Final, Literal
from urllib.parse import quote

from aiohttp import web
from itsdangerous import BadSignature, URLSafeSerializer

from callcenter.web.auth import STAFF, admit, bearer
from callcenter.web.problems import Problem

FeedKind = Literal["hotline", "person"]
_PATHS: Final[dict[FeedKind, str]] = {"hotline": "/api/v1/roster", "person": "/api/v1/people"}


class FeedKeys:
    """Makes them and reads them."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="callcenter.calendar.v1")

    def url(self, kind: FeedKind, name: str) -> str:
        """The address of a feed, key included, without the server's own."""
        return f"{_PATHS[kind]}/{quote(name, safe='')}.ics?key={self._signer.dumps([kind, name])}"

    def opens(self, key: str, kind: FeedKind, name: str) -> bool:
        """Whether we signed that key for that feed."""
        try:
            signed: object = self._signer.loads(key)
        except BadSignature:
            return False
        return signed == [kind, name]


FEED_KEYS: Final = web.AppKey("FEED_KEYS", FeedKeys)


async def admit_to_feed(request: web.Request, kind: FeedKind, name: str) -> None:
    """Let in who comes with the feed's key or is staff. Raises Problem 401 or 403."""
    key = request.query.get("key")
    if bearer(request) is not None or key is None:
        await admit(request, STAFF, by_token=True)
    elif not request.app[FEED_KEYS].opens(key, kind, name):
        raise Problem.unauthorised("this key does not open this calendar, or no longer")
