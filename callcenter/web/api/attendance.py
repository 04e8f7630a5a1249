"""``/api/v1/attendance``: who signed in and out, and who was late, left early or was not there."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.attendance import Finding, Sign
from callcenter.terms import AgentId, Phone, SignKind
from callcenter.web import params
from callcenter.web.acts import person_of, record_act, refuse_other
from callcenter.web.api.answers import answer
from callcenter.web.api.spans import FROM, HOTLINE, PERSON, TO, asked_number, asked_span, own_or_asked
from callcenter.web.auth import WORKERS
from callcenter.web.bodies import Body, Given, Word
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS

COLUMNS: Final = ("start", "end", "kind", "person", "name", "hotline", "shift_id", "minutes")


class Format(StrEnum):
    """How a list is told."""

    JSON = "json"
    CSV = "csv"


FORMAT: Final = params.choice("format", "csv: the findings alone, as a sheet. Default: json.", Format)


class SignGiven(Given, frozen=True, kw_only=True):
    """Signing in or out, now."""

    kind: SignKind
    person: Word | None = None
    """Who signs, if it is said: nobody else than the token's person."""
    phone: Word | None = None
    """The phone one is at."""


GIVEN: Final = Body(SignGiven)


async def sign(request: web.Request) -> web.Response:
    """Sign oneself in or out."""
    given, person = await GIVEN.read(request), person_of(request)
    refuse_other(request, given.person, "signs in or out")
    await record_act(request, f"attendance.sign_{given.kind}", person)
    desks = request.app[DESKS]
    phone = Phone(given.phone) if given.phone else None
    signed = await desks.attendance.sign(person, given.kind, request.app[PARTS].now(), phone)
    return answer(_sign_json(signed, await desks.roster.names()), status=201)


async def list_attendance(request: web.Request) -> web.Response:
    """Signs and findings; agents see their own."""
    number, (start, end), person = (
        asked_number(request), asked_span(request, timedelta(days=1)), own_or_asked(request)
    )  # fmt: skip
    desks = request.app[DESKS]
    names = await desks.roster.names()
    found = await desks.attendance.findings(start, end, number, person)
    findings = [_finding_json(finding, names) for finding in found]
    if FORMAT.read(request) is Format.CSV:
        return _sheet(findings, f"attendance-{start:%Y-%m-%d}.csv")
    signs = [_sign_json(one, names) for one in await desks.attendance.signs(start, end, person)]
    span = {"from": instant_json(start), "to": instant_json(end)}
    return answer(span | {"findings": findings, "signs": signs})


def _sign_json(one: Sign, names: Mapping[AgentId, str]) -> dict[str, Any]:
    who = {"person": one.person, "name": names.get(one.person, one.person)}
    return who | {"at": instant_json(one.at), "kind": one.kind.value, "source": one.source.value}


def _finding_json(finding: Finding, names: Mapping[AgentId, str]) -> dict[str, Any]:
    return finding.to_json() | {"name": names.get(finding.person, finding.person)}


def _sheet(findings: list[dict[str, Any]], name: str) -> web.Response:
    """As spreadsheets open it: with a byte order mark, and no cell that they take for a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for finding in findings:
        writer.writerow({column: _cell(finding[column]) for column in COLUMNS})
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = text.getvalue().encode("utf-8-sig")
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=disposition)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/attendance", name="listAttendance", handler=list_attendance, roles=WORKERS,
        answer="Attendance", summary="Who signed in and out; late, left early, missed shift, nobody relieved",
        query=(HOTLINE, PERSON, FROM, TO, FORMAT), faults=(503,),
        doc="Agents see themselves, supervisors all. Without `to` one day.",
    ),
    Endpoint(
        path="/api/v1/attendance", method="POST", name="sign", handler=sign, roles=WORKERS, needs_person=True,
        body=GIVEN, status=201, answer="Sign", summary="Sign oneself in or out", faults=(409, 503),
    ),
)  # fmt: skip
