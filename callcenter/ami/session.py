"""What is said on a fresh connection: login, which events we want, and what is going on right now.

Order matters. Filters only work all together, so events other than `system` stay off until the last
filter is set, and calls in progress are read back after that: what happened in between shows there.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from callcenter.ami import trouble
from callcenter.ami.filters import filter_actions
from callcenter.ami.parse import headers
from callcenter.ami.protocol import ActionTimeoutError, Link, NotConnectedError, greeting
from callcenter.ami.settings import AmiSettings

VARIABLES: Final = "CDR(start,u),CDR(answer,u),MIXMONITOR_FILENAME,CC_HOTLINE,DIALEDPEERNUMBER,DIALEDPEERNAME"
"""What Status tells beside each channel: when a leg was created and answered, to the microsecond, and by what
it was dialled."""

READ_BACK: Final[tuple[dict[str, str], ...]] = (
    {"Action": "Status", "Variables": VARIABLES},
    {"Action": "CoreShowChannels"},
    {"Action": "QueueStatus"},
    {"Action": "BridgeList"},
)
"""Asked after each login; the answers go the way of all events."""

_NEED_RIGHTS: Final = frozenset({"CoreShowChannels", "Status"})


def permitted(answer: Mapping[str, str]) -> bool:
    """Whether a response says that the action was done."""
    return answer.get("Response", "").lower() in ("success", "goodbye", "follows")


async def log_in(link: Link, settings: AmiSettings, opened: Callable[[], None], *, filters: bool) -> None:
    """Greet and log in; *opened* is called in the very moment the login is accepted.

    Raises :class:`~callcenter.ami.trouble.LinkFailure`.
    """
    await greeting(
        link,
        settings.timings.answer,
        trouble.greeting_stalled(settings),
        trouble.closed_early(settings),
        trouble.not_ami(settings),
    )

    def accepted(answer: Mapping[str, str]) -> None:
        if permitted(answer):
            opened()

    try:
        login = await _credentials(link, settings)
        events = "system" if filters else ",".join(settings.read_classes)
        messages = await link.ask({"Action": "Login", **login, "Events": events}, then=accepted)
    except ActionTimeoutError:
        raise trouble.login_stalled(settings) from None
    except NotConnectedError:
        raise trouble.closed_early(settings) from None
    answer = headers(messages[0])
    if not permitted(answer):
        raise trouble.login_refused(settings, answer)


async def _credentials(link: Link, settings: AmiSettings) -> dict[str, str]:
    """Inside TLS the secret itself; in the clear its digest with the PBX's challenge, where it gives one."""
    user = {"Username": settings.username}
    if settings.tls is None:
        answer = headers((await link.ask({"Action": "Challenge", "AuthType": "MD5"}))[0])
        challenge = answer.get("Challenge")
        if permitted(answer) and challenge:
            text = (challenge + settings.secret).encode()
            key = hashlib.md5(text, usedforsecurity=False).hexdigest()
            return {**user, "AuthType": "MD5", "Key": key}
    return {**user, "Secret": settings.secret}


async def set_filters(link: Link, settings: AmiSettings) -> bool:
    """Set the filters and switch the events on. False where only a part of the filters was taken:
    then what we hear is not to be relied on. No right to filter is no harm: all is sent then."""
    actions = filter_actions(link.banner)
    taken = [permitted(answer) for answer in await _ask_all(link, actions)]
    if any(taken) and not all(taken):
        return False
    await link.ask({"Action": "Events", "EventMask": ",".join(settings.read_classes)})
    return True


async def _ask_all(link: Link, actions: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """All actions in one go, and their responses."""
    sent = [link.send_action(action) for action in actions]
    return [headers((await link.wait(one))[0]) for one in sent]


async def read_back(link: Link, settings: AmiSettings) -> list[str]:
    """Ask what is going on; the answers go to the link's receiver. Returns what was refused, as sentences."""
    answers = await _ask_all(link, READ_BACK)
    refused = (
        (str(action["Action"]), answer)
        for action, answer in zip(READ_BACK, answers, strict=True)
        if action["Action"] in _NEED_RIGHTS and not permitted(answer)
    )
    return [trouble.denied(settings, action, answer) for action, answer in refused][:1]
