"""What the web needs for roster, changes, attendance, log, handover and routing: one Protocol a desk.

They satisfy these by shape; the application binds them, in a `Desks`. Every method may raise one of the
exceptions that mean "the store is away" (503). An act that the rules don't allow raises the domain's
`Refused` (409), one on something that is not there `Unknown` (404); their texts are one sentence for whoever
asked and name no caller. An act asked for again that has already been done as asked answers the same again
and does nothing.

``by`` is a person's id; where an act needs no person it may be ``token:<id>`` instead. Times are aware UTC.
"""

from dataclasses import dataclass

from callcenter.web.desks.planning import (
    CalendarDesk,
    CalendarYear,
    DutyReader,
    DutyView,
    PeopleDesk,
    PersonVersion,
    RosterDesk,
    RosterVersion,
    SheetKind,
)
from callcenter.web.desks.running import (
    FigureReader,
    Forced,
    RoutingDesk,
)
from callcenter.web.desks.working import (
    AttendanceDesk,
    ChangeAct,
    ChangeAsked,
    ChangeDesk,
    ChangeFilter,
    EntryFilter,
    HandoverDesk,
    LogDesk,
    LogDue,
    Purge,
    Verdict,
)

__all__ = [
    "AttendanceDesk",
    "BadFile",
    "CalendarDesk",
    "CalendarYear",
    "ChangeAct",
    "ChangeAsked",
    "ChangeDesk",
    "ChangeFilter",
    "Desks",
    "DutyReader",
    "DutyView",
    "EntryFilter",
    "FigureReader",
    "Forced",
    "HandoverDesk",
    "LogDesk",
    "LogDue",
    "PeopleDesk",
    "PersonVersion",
    "Purge",
    "RosterDesk",
    "RosterVersion",
    "RoutingDesk",
    "SheetKind",
    "Unknown",
    "Verdict",
]


class Unknown(Exception):
    """There is no such thing."""


class BadFile(Exception):
    """A file that is no table at all; what is wrong in a table is told by its preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """All of them."""

    duty: DutyReader
    roster: RosterDesk
    people: PeopleDesk
    calendar: CalendarDesk
    changes: ChangeDesk
    attendance: AttendanceDesk
    log: LogDesk
    handover: HandoverDesk
    routing: RoutingDesk
    figures: FigureReader
