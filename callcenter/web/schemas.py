"""Shapes of what the API tells, for its description."""

from typing import Final

from callcenter.kpi import WAIT_EDGES
from callcenter.terms import (
    AttemptOutcome,
    CallState,
    Clock,
    Direction,
    HangupSide,
    Outcome,
    Source,
    TransferKind,
    Truncated,
)
from callcenter.web.roster_schemas import ROSTER_SCHEMAS, SHIFT_OF_KPI
from callcenter.web.shapes import (
    BOOL,
    COUNT,
    NUMBER,
    RATE,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    enum_of,
    list_of,
    object_of,
    optional,
    ref,
)

_ATTEMPT: Final = object_of(
    {
        "phone": TEXT,
        "agent_id": optional(TEXT),
        "started_at": optional(TIME),
        "ring_started_at": optional(TIME),
        "ring_seconds": optional(NUMBER),
        "rings": optional(COUNT),
        "outcome": optional(enum_of(AttemptOutcome)),
        "step": optional(COUNT),
        "step_role": optional(TEXT),
    },
    doc="One phone's one try at the call; *step* of the duty chain, where that called it.",
)
_TRANSFER: Final = object_of(
    {
        "kind": enum_of(TransferKind),
        "at": optional(TIME),
        "by": optional(TEXT),
        "to": optional(TEXT),
        "answered": BOOL,
    }
)
_RECORDING: Final = object_of({"path": TEXT, "started_at": optional(TIME), "ended_at": optional(TIME)})
_ON_DUTY: Final = object_of({"person": TEXT, "role": TEXT, "shift_id": optional(TEXT)})
_CALL: Final = object_of(
    {
        "call_id": TEXT,
        "pbx": TEXT,
        "linkedid": TEXT,
        "uniqueid": TEXT,
        "direction": enum_of(Direction),
        "hotline": optional(TEXT),
        "caller": optional(TEXT | {"description": "As much of it as the asker's role may see."}),
        **{name: optional(TIME) for name in ("first_ring_at", "answered_at", "ended_at")},
        "arrived_at": TIME,
        "outcome": optional(enum_of(Outcome)),
        "answered_by": optional(TEXT),
        "agent_id": optional(TEXT),
        "wait_seconds": optional(NUMBER),
        "caller_ring_seconds": optional(NUMBER),
        "caller_rings": optional(COUNT),
        "ring_seconds": optional(NUMBER),
        "rings": optional(COUNT),
        "target_rings": optional(COUNT),
        "cadence": optional(list_of(NUMBER)),
        "on_time": optional(BOOL),
        "short_abandoned": BOOL,
        "talk_seconds": optional(NUMBER),
        "talks": list_of(ref("Talk")),
        "hold_seconds": optional(NUMBER),
        "hung_up_by": optional(enum_of(HangupSide)),
        "after_hours": BOOL,
        "shift_id": optional(TEXT),
        "shift_ids": list_of(TEXT),
        "on_duty": list_of(ref("OnDuty")),
        "attempts": list_of(ref("Attempt")),
        "transfers": list_of(ref("Transfer")),
        "recordings": list_of(ref("Recording")),
        "clock": optional(enum_of(Clock)),
        "truncated": optional(enum_of(Truncated)),
        "source": enum_of(Source),
    },
    doc="One call as it is told now.",
)

_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_EVIDENCE: Final = object_of(
    {
        "event": TEXT | {"description": "As Asterisk's manual has it."},
        "at": TIME,
        "ids": {"type": "object", "additionalProperties": TEXT},
    }
)
_ENTRY: Final = object_of(
    {
        "at": TIME,
        "offset_seconds": optional(NUMBER | {"description": "Since the call's arrival."}),
        "kind": TEXT | {"description": "What happened, as a word: `phone_rang`, `answered` …"},
        "text": TEXT | {"description": "The same as an English sentence."},
        "about": {"type": "object", "additionalProperties": _SCALAR},
        "evidence": list_of(_EVIDENCE),
    },
    doc="One thing that happened, and the events that show it.",
)
_TIMELINE: Final = object_of(
    {
        "call_id": TEXT,
        "call": ref("Call"),
        "over": BOOL | {"description": "Whether the call's last telling is in it."},
        "merged_into": optional(TEXT),
        "verdict": list_of(TEXT | {"description": "Why it was judged so: English sentences."}),
        "differs": list_of(
            TEXT | {"description": "Fields in which the stored call is told otherwise than here."}
        ),
        "entries": list_of(_ENTRY),
        "gaps": list_of(object_of({"began_at": TIME, "ended_at": optional(TIME), "reason": TEXT})),
        "events": COUNT,
    },
    doc="How a call came to its verdict, from what the PBX said and by the present configuration.",
)
_VERSION: Final = object_of(
    {"version": COUNT, "replaced_at": TIME, "reason": TEXT, "told": ref("Call")},
    doc="What a call was told until it was judged again.",
)

_BOUNDS: Final[Schema] = optional(
    object_of(
        {
            name: optional(object_of({"low": NUMBER, "high": NUMBER}))
            for name in ("three_ring_rate", "strict", "answer_rate")
        },
        doc="The rates with all calls that could not be judged late, and on time; null where all could.",
    )
)
_TALLY: Final[Schema] = {
    **dict.fromkeys(("arrived", "in_progress", "offered", "short", "on_time", "on_time_unknown"), COUNT),
    **{outcome.value: COUNT for outcome in Outcome},
    "missed": COUNT,
    "complete": BOOL,
    **dict.fromkeys(("three_ring_rate", "strict", "answer_rate", "abandonment_rate"), RATE),
    "asa_seconds": optional(NUMBER),
    "aht_seconds": optional(NUMBER),
    "service_levels": object_of({str(edge): RATE for edge in WAIT_EDGES}),
    "bounds": _BOUNDS,
}
_LINK: Final = object_of({"up": BOOL, "since": optional(TIME), "last_event_at": optional(TIME)})
_CALL_NOW: Final = object_of(
    {
        "call_id": TEXT,
        "state": enum_of(CallState),
        "arrived_at": TIME,
        "first_ring_at": optional(TIME),
        "ringing": list_of(TEXT),
    }
)
_MISSED: Final = object_of(
    {"at": TIME, "outcome": enum_of(Outcome), "caller_rings": optional(COUNT)}, doc="Never a number."
)
_LIVE: Final = object_of(
    {
        "hotline": TEXT,
        "at": TIME,
        "link": ref("Link"),
        "in_progress": list_of(ref("CallNow")),
        "waiting": COUNT,
        "longest_wait_seconds": optional(NUMBER),
        "on_duty": list_of(ref("DutyNow")),
        "next_duty": optional(ref("DutyNext")),
        "staffed": optional(
            BOOL | {"description": "Whether anybody is on duty; null where there is no roster."}
        ),
        "after_hours": BOOL,
        "today": ref("Kpi"),
        "histogram": {
            "type": "object",
            "additionalProperties": COUNT,
            "description": "Answered calls by the ring they were answered in.",
        },
        "missed": list_of(ref("Missed")),
    },
    doc="What a wallboard shows.",
)

SCHEMAS: Final[Schema] = ROSTER_SCHEMAS | {
    "Attempt": _ATTEMPT,
    "Talk": object_of(
        {"phone": TEXT, "agent_id": optional(TEXT), "talk_seconds": NUMBER, "hold_seconds": NUMBER},
        doc="How long the caller was with one phone, and on hold by it.",
    ),
    "Transfer": _TRANSFER,
    "Recording": _RECORDING,
    "OnDuty": _ON_DUTY,
    "Call": _CALL,
    "Calls": object_of({"items": list_of(ref("Call")), "next": optional(TEXT)}),
    "Timeline": _TIMELINE,
    "Versions": object_of({"items": list_of(_VERSION)}, doc="The oldest first."),
    "Link": _LINK,
    "CallNow": _CALL_NOW,
    "Missed": _MISSED,
    "Live": _LIVE,
    "Kpi": object_of(_TALLY, doc="Sums and figures of one set of calls."),
    "ShiftKpi": object_of(
        {
            "hotline": optional(TEXT), "from": TIME, "to": TIME,
            "items": list_of(object_of(SHIFT_OF_KPI | _TALLY)),
        }
    ),
    "KpiInterval": object_of({"start": TIME, **_TALLY, "gap_seconds": NUMBER}),
    "KpiAnswer": object_of(
        {
            "hotline": TEXT, "from": TIME, "to": TIME, "step": NUMBER,
            "intervals": list_of(ref("KpiInterval")),
        }
    ),
    "Hotline": object_of(
        {
            "hotline": TEXT, "name": TEXT, "pbx": TEXT, "time_zone": TEXT, "cadence": list_of(NUMBER),
            "target_rings": COUNT, "short_abandon_seconds": NUMBER,
        }
    ),
    "Hotlines": object_of({"items": list_of(ref("Hotline"))}),
    "Unconfigured": object_of(
        {
            "items": list_of(
                object_of({"number": TEXT, "pbx": TEXT, "calls": COUNT, "first_at": TIME, "last_at": TIME})
            )
        },
        doc="Numbers that trunk callers dialled and no hotline is configured for.",
    ),
    "Health": object_of({"ok": BOOL}),
    "Readiness": object_of(
        {
            "ready": BOOL,
            "parts": {
                "type": "object",
                "additionalProperties": object_of({"ok": BOOL, "why": optional(TEXT)}),
            },
        }
    ),
    "Description": {"type": "object", "description": "An OpenAPI 3.1 description."},
    "Problem": object_of(
        {
            "type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "instance": TEXT,
            "parameter": TEXT | {"description": "The parameter at fault, where one is."},
            "field": TEXT | {"description": "The field of the body at fault, where one is."},
        },
        may_lack=("parameter", "field"),
        doc="RFC 9457.",
    ),
}  # fmt: skip
