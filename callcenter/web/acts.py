"""Acts: who does something, that nobody does it for somebody else, and that it is written down."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.terms import AgentId
from callcenter.web.auth import PRINCIPAL, Principal
from callcenter.web.keys import PARTS
from callcenter.web.ports import AuditEntry
from callcenter.web.problems import Problem

_NOBODY: Final = "this is an act of a person, and the token names none: use one that was made with --person"


def refuse_nobody(principal: Principal) -> AgentId:
    """The person whom the token names. Raises Problem 403 if it names none."""
    if principal.person is None:
        raise Problem(HTTPStatus.FORBIDDEN, _NOBODY)
    return principal.person


def person_of(request: web.Request) -> AgentId:
    """The person who acts. Raises Problem 403 if the token names none."""
    return refuse_nobody(request[PRINCIPAL])


def author_of(request: web.Request) -> str:
    """Who is told to have done it: the person, else the token."""
    principal = request[PRINCIPAL]
    return principal.person or f"token:{principal.who}"


def refuse_other(request: web.Request, person: str | None, what: str) -> None:
    """Raises Problem 403 if *person* is named and is not who acts. *what*: the act, after "nobody"."""
    if person is not None and person != request[PRINCIPAL].person:
        raise Problem(HTTPStatus.FORBIDDEN, f"nobody {what} for another person")


async def record_act(request: web.Request, act: str, subject: str) -> None:
    """Write down what is about to be done. Raises what the audit trail raises: without an entry nothing is
    done. An act that the rules then refuse stands there too. *subject*: ids, never what people wrote."""
    principal, parts = request[PRINCIPAL], request.app[PARTS]
    entry = AuditEntry(
        at=parts.now(), who=principal.who, role=principal.role, person=principal.person,
        act=act, subject=subject, shown=0, client=request.remote or "",
    )  # fmt: skip
    await parts.audit.write(entry)
