"""Shapes of what the API tells of roster, log and routing, for its description."""

from typing import Final

from callcenter.roster.attendance import LapseKind, SignSource
from callcenter.roster.calendar import DayKind
from callcenter.roster.findings import FindingKind
from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import ChangeKind, ChangeState
from callcenter.terms import DutyRole, Role, SignKind
from callcenter.web.shapes import (
    BOOL,
    COUNT,
    NUMBER,
    RATE,
    TEXT,
    TIME,
    Schema,
    enum_of,
    list_of,
    object_of,
    optional,
    ref,
)

_DATE: Final[Schema] = {"type": "string", "format": "date"}
_ANY: Final[Schema] = {"type": "object"}
_WHO: Final[Schema] = {"person": TEXT, "name": TEXT}
_SPAN: Final[Schema] = {"from": TIME, "to": TIME}
_HOLDER: Final = object_of(
    {**_WHO, "since": TIME, "until": TIME, "shift_id": TEXT, "seat": COUNT},
    doc="Who holds a seat, and from when until when.",
)
_BY_ROLE: Final[Schema] = {role.value: list_of(ref("Holder")) for role in DutyRole}
_DUTY: Final = object_of(
    {
        "hotline": TEXT,
        "at": TIME,
        **_BY_ROLE,
        "planned": object_of(_BY_ROLE, doc="As published, before swaps, leave and edits."),
        "next": optional(
            object_of({"at": TIME, **_BY_ROLE}, doc="When who is on duty changes, and to whom.")
        ),
        "staffed": optional(BOOL),
        "after_hours": BOOL,
    },
    doc="Who is on duty; empty lists where nobody is.",
)
_FROZEN_HOLDER: Final = object_of({**_WHO, "shift_id": optional(TEXT)})
_FROZEN: Final = object_of(
    {
        "call_id": TEXT,
        "hotline": optional(TEXT),
        "at": TIME,
        **{role.value: list_of(_FROZEN_HOLDER) for role in DutyRole},
        "after_hours": BOOL,
        "shift_id": optional(TEXT),
        "shift_ids": list_of(TEXT),
        "target_rings": optional(COUNT),
        "cadence": optional(list_of(NUMBER)),
    },
    doc="What was frozen onto a call when it was offered.",
)
_DUTY_NOW: Final = object_of(
    {**_WHO, "role": enum_of(DutyRole), "since": TIME, "until": TIME, "shift_id": TEXT}
)

_SEAT: Final[Schema] = {
    "shift_id": TEXT, "hotline": TEXT, "role": enum_of(DutyRole), "seat": COUNT, "start": TIME, "end": TIME,
    **_WHO,
}  # fmt: skip
_FAULT: Final = object_of(
    {
        "kind": TEXT, "where": optional(TEXT), "row": optional(COUNT), "column": optional(TEXT),
        "value": optional(TEXT), "what": TEXT,
    },
    may_lack=("where", "row", "column", "value"), doc="What is wrong, and in which cell.",
)  # fmt: skip
_WARNING: Final = object_of(
    {"kind": TEXT, "hotline": TEXT, "start": TIME, "end": TIME, "people": list_of(TEXT)},
    doc="What is to be looked at; it stops nothing.",
)
_IMPORT: Final = object_of(
    {
        "ok": BOOL, "dry_run": BOOL, "version": optional(COUNT), "shifts": COUNT, "added": COUNT,
        "kept": COUNT, "withdrawn": COUNT, "faults": list_of(_FAULT), "warnings": list_of(_WARNING),
        "changes_dropped": list_of(TEXT | {"description": "A change whose shift is planned no more."}),
    },
    may_lack=("changes_dropped",), doc="What became, or would become, of a sheet.",
)  # fmt: skip
_FINDING: Final = object_of(
    {"kind": enum_of(FindingKind), "start": TIME, "end": TIME, "people": list_of(TEXT)},
    doc="Something amiss in the roster.",
)
_LOAD: Final = object_of(
    {**_WHO, "hours": NUMBER, **dict.fromkeys(("duties", "nights", "weekends", "holidays"), COUNT)}
)
_MONTH: Final = object_of(
    {
        "month": TEXT | {"description": "Such as 2026-12."},
        "due": BOOL,
        "complete": BOOL,
        "findings": list_of(_FINDING),
    },
    doc="How the coming month's roster stands, and whether it should be finished by now.",
)

_PERSON: Final = object_of(
    {
        "id": TEXT, "name": TEXT, "sort_key": TEXT | {"description": "Pinyin, for sorting."},
        "phones": list_of(TEXT), "roles": list_of(enum_of(Role)), "active_from": optional(_DATE),
        "active_until": optional(_DATE | {"description": "The last day."}),
    }
)  # fmt: skip

_MOVE: Final = object_of(
    {
        "shift_id": TEXT, "start": TIME, "end": TIME, "giver": TEXT, "giver_name": TEXT, "taker": TEXT,
        "taker_name": TEXT,
    }
)  # fmt: skip
_CHANGE: Final = object_of(
    {
        "id": TEXT, "kind": enum_of(ChangeKind), "state": enum_of(ChangeState), "moves": list_of(_MOVE),
        "asked_by": TEXT, "asked_by_name": TEXT, "other": optional(TEXT), "other_name": optional(TEXT),
        "reason": TEXT, "asked_at": TIME, "agreed_at": optional(TIME), "decided_by": optional(TEXT),
        "decided_by_name": optional(TEXT), "decided_at": optional(TIME), "decision_note": TEXT,
        "number": optional(COUNT | {"description": "Order of coming into force; null until then."}),
    },
    doc="Only what is approved is in force.",
)  # fmt: skip

_SIGN: Final = object_of({**_WHO, "at": TIME, "kind": enum_of(SignKind), "source": enum_of(SignSource)})
_LAPSE: Final = object_of(
    {
        "kind": enum_of(LapseKind), **_WHO, "hotline": TEXT, "shift_id": TEXT, "start": TIME,
        "end": optional(TIME), "minutes": optional(NUMBER),
    }
)  # fmt: skip

_ENTRY: Final = object_of(
    {
        "number": COUNT, "at": TIME, "hotline": optional(TEXT), "shift_id": optional(TEXT), "author": TEXT,
        "author_name": TEXT, "kind": enum_of(EntryKind), "text": TEXT, "call_id": optional(TEXT),
        "follow_up": BOOL, "refers_to": optional(COUNT), "hash": TEXT,
    },
    doc="Numbers in the text that may be callers' are shown as the asker's role may see them.",
)  # fmt: skip
_ITEM: Final = object_of(
    {"entry": ref("Entry"), "corrections": list_of(ref("Entry"))}, doc="An entry and what corrects it."
)
_HANDOVER: Final = object_of(
    {
        "hotline": TEXT, "shift_ids": list_of(TEXT), "start": TIME, "end": TIME,
        "giving": list_of(object_of(_WHO)), "taking": list_of(object_of(_WHO)), "goes_on": BOOL,
        "entries": list_of(_ITEM), "open_items": list_of(_ITEM),
        "unreturned": list_of(object_of({"call_id": TEXT, "hotline": TEXT, "at": TIME})),
        "given": optional(ref("Entry")), "taken": optional(ref("Entry")), "signed": BOOL, "unsigned": BOOL,
    },
    doc="`unsigned`: the shift is over, the grace too, and a signature is missing. `goes_on`: nobody else"
    " takes over, so there is nothing to sign.",
)  # fmt: skip
_PURGE: Final = object_of(
    {
        "id": COUNT, "before": _DATE, "asked_by": TEXT, "asked_at": TIME, "agreed_by": optional(TEXT),
        "agreed_at": optional(TIME), "purged_at": optional(TIME),
    }
)  # fmt: skip

_FORCED: Final = object_of(
    {
        "hotline": TEXT, "mode": {"type": "string", "enum": ["open", "closed", "auto"]},
        "until": optional(TIME), "author": TEXT, "at": TIME, "reason": TEXT,
    }
)  # fmt: skip

SHIFT_OF_KPI: Final[Schema] = {
    "hotline": TEXT, "shift_id": optional(TEXT), "start": optional(TIME), "end": optional(TIME),
    "people": list_of(object_of(_WHO)),
}  # fmt: skip
_PERSON_KPI: Final = object_of(
    {
        **_WHO, **dict.fromkeys(("offered", "answered", "on_time", "missed"), COUNT), "three_ring_rate": RATE,
        "talk_seconds": NUMBER, "hold_seconds": NUMBER, "aht_seconds": optional(NUMBER),
        "signed_in_seconds": optional(NUMBER), "occupancy": optional(NUMBER),
    }
)  # fmt: skip

ROSTER_SCHEMAS: Final[Schema] = {
    "Holder": _HOLDER,
    "Duty": _DUTY,
    "Duties": object_of({"at": TIME, "items": list_of(ref("Duty"))}),
    "FrozenDuty": _FROZEN,
    "DutyAnswer": {"anyOf": [ref("Duty"), ref("Duties"), ref("FrozenDuty")]},
    "DutyNow": _DUTY_NOW,
    "DutyNext": object_of({"at": TIME, "on_duty": list_of(ref("DutyNow"))}),
    "Roster": object_of(
        {
            **_SPAN, "hotline": optional(TEXT), "shifts": list_of(object_of(_SEAT)),
            "assignments": list_of(object_of({**_SEAT, "planned": TEXT, "planned_name": TEXT})),
        }
    ),
    "RosterImport": _IMPORT,
    "RosterCheck": object_of(
        {
            "hotline": TEXT, **_SPAN, "findings": list_of(_FINDING), "balance": list_of(_LOAD),
            "month": _MONTH,
        }
    ),
    "RosterVersions": object_of(
        {
            "items": list_of(
                object_of(
                    {
                        "version": COUNT, "at": TIME, "author": TEXT, "reason": TEXT, "added": COUNT,
                        "kept": COUNT, "withdrawn": COUNT,
                    }
                )
            )
        }
    ),
    "CalendarLink": object_of({"url": TEXT | {"description": "Without the server's own address."}}),
    "CalendarYear": object_of(
        {
            "year": COUNT, "status": {"type": "string", "enum": ["official", "provisional"]},
            "days": list_of(object_of({"date": _DATE, "kind": enum_of(DayKind)})),
        }
    ),
    "Me": object_of({"role": enum_of(Role), "person": optional(TEXT), "name": optional(TEXT)}),
    "Person": _PERSON,
    "People": object_of({"items": list_of(ref("Person"))}),
    "PersonHistory": object_of(
        {"items": list_of(object_of({"at": TIME, "author": TEXT, "reason": TEXT, "person": ref("Person")}))}
    ),
    "Change": _CHANGE,
    "Changes": object_of({"items": list_of(ref("Change"))}),
    "Sign": _SIGN,
    "Attendance": object_of(
        {**_SPAN, "findings": list_of(_LAPSE), "signs": list_of(ref("Sign"))}
    ),
    "Entry": _ENTRY,
    "Entries": object_of({"items": list_of(ref("Entry")), "next": optional(COUNT)}),
    "LogbookDue": object_of(
        {
            "hotline": TEXT, "at": TIME, "unread": list_of(ref("Entry")), "days_to_sign": list_of(_DATE),
            "reports": list_of(object_of({"incident": ref("Entry"), "due": TIME, "overdue": BOOL})),
        }
    ),
    "LogbookCheck": object_of(
        {"ok": BOOL, "checked": COUNT, "breaks": list_of(object_of({"number": COUNT, "what": TEXT}))}
    ),
    "Purge": _PURGE,
    "Purges": object_of({"items": list_of(ref("Purge"))}),
    "Handover": _HANDOVER,
    "Routing": _ANY | {"description": "Where a caller is sent: `mode`, `forced`, `chain` and more."},
    "Forced": _FORCED,
    "ForcedList": object_of({"items": list_of(ref("Forced"))}),
    "AgentKpi": object_of({"hotline": optional(TEXT), **_SPAN, "items": list_of(_PERSON_KPI)}),
}  # fmt: skip
