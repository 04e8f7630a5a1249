"""Who asks, and what they may see.

Three ways in: a bearer token of the API; a signed ``?key=`` that opens screens and nothing else; and,
while only this machine can reach us, the screens without any. The last is told by the listen address
*and* by the request: behind a reverse proxy on the same machine everybody seems local, so HTTPS in front
of us, a Host that is not this machine's, or a forwarding header ends it. Whatever changes something asks for
a token: a page elsewhere that makes a browser send something here has none to send along.

| role | calls | callers' numbers |
|---|---|---|
| supervisor, admin | all | in full, each lookup recorded |
| qa, agent | all | the last two digits |
| wallboard | none, figures only | none |
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

from aiohttp import web
from itsdangerous import BadSignature, URLSafeSerializer

from callcenter.terms import AgentId, HotlineNumber, Role
from callcenter.web.keys import PARTS, SETTINGS, WebSettings
from callcenter.web.ports import AuditEntry
from callcenter.web.problems import Problem

Sight = Literal["full", "masked", "none"]
"""How much of a caller's number is shown."""

SIGHT: Final[dict[Role, Sight]] = {
    Role.SUPERVISOR: "full",
    Role.ADMIN: "full",
    Role.QA: "masked",
    Role.AGENT: "masked",
    Role.WALLBOARD: "none",
}
SCREENS: Final = frozenset(Role)
STAFF: Final = SCREENS - {Role.WALLBOARD}
WORKERS: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
"""Who may be on duty and writes in the log."""
SUPERVISION: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINISTRATION: Final = frozenset({Role.ADMIN})

LOCAL: Final = "local"
"""Who asks, where nobody said so and it does not matter."""
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
_ALL_HOTLINES: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who asks."""

    who: str
    """The token's id, ``key`` or ``local``."""
    role: Role
    person: AgentId | None = None
    hotline: HotlineNumber | None = None
    """The only hotline this one may see; None: all of them."""

    @property
    def sight(self) -> Sight:
        """How much of a caller's number this one sees."""
        return SIGHT[self.role]


PRINCIPAL: Final = web.RequestKey("PRINCIPAL", Principal)


class WallboardKeys:
    """Signed keys that open screens. They hold no secret of their own and work until the secret changes."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="callcenter.wallboard.v1")

    def make(self, hotline: HotlineNumber | None = None) -> str:
        """A key to one hotline's screen, or to all."""
        return str(self._signer.dumps(hotline or _ALL_HOTLINES))

    def read(self, key: str) -> Principal | None:
        """Who comes with that key; None unless we signed it."""
        try:
            hotline = self._signer.loads(key)
        except BadSignature:
            return None
        limit = None if hotline == _ALL_HOTLINES else HotlineNumber(str(hotline))
        return Principal(who="key", role=Role.WALLBOARD, hotline=limit)


WALLBOARD_KEYS: Final = web.AppKey("WALLBOARD_KEYS", WallboardKeys)


async def admit(request: web.Request, roles: frozenset[Role], *, by_token: bool = False) -> Principal:
    """Who asks, remembered in the request. Raises Problem 401 or 403 unless one of *roles*; *by_token*:
    neither a key nor being at this machine will do."""
    principal = await _identify(request, by_token=by_token)
    if principal is None or (principal.who == LOCAL and principal.role not in roles):
        raise Problem.unauthorised(
            "a key or a token is needed here"
            if roles == SCREENS and not by_token
            else "a bearer token is needed here"
        )
    if principal.role not in roles:
        raise Problem(
            HTTPStatus.FORBIDDEN, f"the role {principal.role} may not {'do' if by_token else 'see'} this"
        )
    request[PRINCIPAL] = principal
    return principal


def permit_hotline(principal: Principal, number: HotlineNumber) -> None:
    """Raises Problem 403 if the key was made for another hotline."""
    if principal.hotline not in (None, number):
        raise Problem(HTTPStatus.FORBIDDEN, "this key opens another hotline")


def bearer(request: web.Request) -> str | None:
    """The bearer token of the request, if it has one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def is_local(request: web.Request, settings: WebSettings) -> bool:
    """Whether only somebody at this machine can have sent this."""
    if not settings.is_loopback or settings.secure or any(name in request.headers for name in _FORWARDED):
        return False
    host = request.url.host
    return host in _LOCAL_NAMES


async def record_lookup(request: web.Request, act: str, subject: str, shown: int) -> None:
    """Write down that callers' numbers are about to be shown. Raises what the audit trail raises: without
    an entry nothing is shown."""
    principal = request[PRINCIPAL]
    if principal.sight != "full" or not shown:
        return
    parts = request.app[PARTS]
    entry = AuditEntry(
        at=parts.now(), who=principal.who, role=principal.role, person=principal.person,
        act=act, subject=subject, shown=shown, client=request.remote or "",
    )  # fmt: skip
    await parts.audit.write(entry)


async def _identify(request: web.Request, *, by_token: bool) -> Principal | None:
    if (secret := bearer(request)) is not None:
        return await _by_token(request, secret)
    if by_token:
        return None
    if (key := request.query.get("key")) is not None:
        principal = request.app[WALLBOARD_KEYS].read(key)
        if principal is None:
            raise Problem.unauthorised("this key is not valid, or no longer")
        return principal
    if is_local(request, request.app[SETTINGS]):
        return Principal(who=LOCAL, role=Role.WALLBOARD)
    return None


async def _by_token(request: web.Request, secret: str) -> Principal:
    grant = await request.app[PARTS].tokens.find(secret)
    if grant is None:
        raise Problem.unauthorised("this token is not valid, or no longer", error="invalid_token")
    return Principal(who=grant.token_id, role=grant.role, person=grant.person)
