"""Shapes of what the API tells, for its description."""

from typing import Any, Final

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

Schema = dict[str, Any]


def _optional(schema: Schema) -> Schema:
    if "$ref" in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def _enum(kind: type[Any], doc: str = "") -> Schema:
    return {"type": "string", "enum": [member.value for member in kind]} | (
        {"description": doc} if doc else {}
    )


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: Schema, *, may_lack: tuple[str, ...] = (), doc: str = "") -> Schema:
    required = [name for name in properties if name not in may_lack]
    told: Schema = {"type": "object", "required": required, "properties": properties}
    return told | ({"description": doc} if doc else {})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_NUMBER: Final[Schema] = {"type": "number"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_WHOLE: Final[Schema] = {"type": "integer"}
_BOOL: Final[Schema] = {"type": "boolean"}
_RATE: Final[Schema] = {"type": ["number", "null"], "minimum": 0, "maximum": 1}

_ATTEMPT: Final = _object(
    {
        "phone": _TEXT,
        "agent_id": _optional(_TEXT),
        "started_at": _optional(_TIME),
        "ring_started_at": _optional(_TIME),
        "ring_seconds": _optional(_NUMBER),
        "rings": _optional(_COUNT),
        "outcome": _optional(_enum(AttemptOutcome)),
    },
    doc="One phone's one try at the call.",
)
_TRANSFER: Final = _object(
    {
        "kind": _enum(TransferKind),
        "at": _optional(_TIME),
        "by": _optional(_TEXT),
        "to": _optional(_TEXT),
        "answered": _BOOL,
    }
)
_RECORDING: Final = _object({"path": _TEXT, "started_at": _optional(_TIME), "ended_at": _optional(_TIME)})
_ON_DUTY: Final = _object({"person": _TEXT, "role": _TEXT, "shift_id": _optional(_TEXT)})
_CALL: Final = _object(
    {
        "call_id": _TEXT,
        "pbx": _TEXT,
        "linkedid": _TEXT,
        "uniqueid": _TEXT,
        "direction": _enum(Direction),
        "hotline": _optional(_TEXT),
        "caller": _optional(_TEXT | {"description": "As much of it as the asker's role may see."}),
        **{name: _optional(_TIME) for name in ("first_ring_at", "answered_at", "ended_at")},
        "arrived_at": _TIME,
        "outcome": _optional(_enum(Outcome)),
        "answered_by": _optional(_TEXT),
        "agent_id": _optional(_TEXT),
        "wait_seconds": _optional(_NUMBER),
        "caller_ring_seconds": _optional(_NUMBER),
        "caller_rings": _optional(_COUNT),
        "ring_seconds": _optional(_NUMBER),
        "rings": _optional(_COUNT),
        "target_rings": _optional(_COUNT),
        "cadence": _optional(_list(_NUMBER)),
        "on_time": _optional(_BOOL),
        "short_abandoned": _BOOL,
        "talk_seconds": _optional(_NUMBER),
        "hold_seconds": _optional(_NUMBER),
        "hung_up_by": _optional(_enum(HangupSide)),
        "after_hours": _BOOL,
        "shift_id": _optional(_TEXT),
        "shift_ids": _list(_TEXT),
        "on_duty": _list(_ref("OnDuty")),
        "attempts": _list(_ref("Attempt")),
        "transfers": _list(_ref("Transfer")),
        "recordings": _list(_ref("Recording")),
        "clock": _optional(_enum(Clock)),
        "truncated": _optional(_enum(Truncated)),
        "source": _enum(Source),
    },
    doc="One call as it is told now.",
)

_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_EVIDENCE: Final = _object(
    {
        "event": _TEXT | {"description": "As Asterisk's manual has it."},
        "at": _TIME,
        "ids": {"type": "object", "additionalProperties": _TEXT},
    }
)
_ENTRY: Final = _object(
    {
        "at": _TIME,
        "offset_seconds": _optional(_NUMBER | {"description": "Since the call's arrival."}),
        "kind": _TEXT | {"description": "What happened, as a word: `phone_rang`, `answered` …"},
        "text": _TEXT | {"description": "The same as an English sentence."},
        "about": {"type": "object", "additionalProperties": _SCALAR},
        "evidence": _list(_EVIDENCE),
    },
    doc="One thing that happened, and the events that show it.",
)
_TIMELINE: Final = _object(
    {
        "call_id": _TEXT,
        "call": _ref("Call"),
        "over": _BOOL | {"description": "Whether the call's last telling is in it."},
        "merged_into": _optional(_TEXT),
        "verdict": _list(_TEXT | {"description": "Why it was judged so: English sentences."}),
        "differs": _list(
            _TEXT | {"description": "Fields in which the stored call is told otherwise than here."}
        ),
        "entries": _list(_ENTRY),
        "gaps": _list(_object({"began_at": _TIME, "ended_at": _optional(_TIME), "reason": _TEXT})),
        "events": _COUNT,
    },
    doc="How a call came to its verdict, from what the PBX said and by the present configuration.",
)
_VERSION: Final = _object(
    {"version": _COUNT, "replaced_at": _TIME, "reason": _TEXT, "told": _ref("Call")},
    doc="What a call was told until it was judged again.",
)

_BOUNDS: Final[Schema] = _optional(
    _object(
        {
            name: _optional(_object({"low": _NUMBER, "high": _NUMBER}))
            for name in ("three_ring_rate", "strict", "answer_rate")
        },
        doc="The rates with all calls that could not be judged late, and on time; null where all could.",
    )
)
_TALLY: Final[Schema] = {
    **dict.fromkeys(("arrived", "in_progress", "offered", "short", "on_time", "on_time_unknown"), _COUNT),
    **{outcome.value: _COUNT for outcome in Outcome},
    "missed": _COUNT,
    "complete": _BOOL,
    **dict.fromkeys(("three_ring_rate", "strict", "answer_rate", "abandonment_rate"), _RATE),
    "asa_seconds": _optional(_NUMBER),
    "aht_seconds": _optional(_NUMBER),
    "service_levels": _object({str(edge): _RATE for edge in WAIT_EDGES}),
    "bounds": _BOUNDS,
}
_LINK: Final = _object({"up": _BOOL, "since": _optional(_TIME), "last_event_at": _optional(_TIME)})
_CALL_NOW: Final = _object(
    {
        "call_id": _TEXT,
        "state": _enum(CallState),
        "arrived_at": _TIME,
        "first_ring_at": _optional(_TIME),
        "ringing": _list(_TEXT),
    }
)
_MISSED: Final = _object(
    {"at": _TIME, "outcome": _enum(Outcome), "caller_rings": _optional(_COUNT)}, doc="Never a number."
)
_LIVE: Final = _object(
    {
        "hotline": _TEXT,
        "at": _TIME,
        "link": _ref("Link"),
        "in_progress": _list(_ref("CallNow")),
        "waiting": _COUNT,
        "longest_wait_seconds": _optional(_NUMBER),
        "on_duty": _list(_ref("OnDuty")),
        "today": _ref("Kpi"),
        "histogram": {
            "type": "object",
            "additionalProperties": _COUNT,
            "description": "Answered calls by the ring they were answered in.",
        },
        "missed": _list(_ref("Missed")),
    },
    doc="What a wallboard shows.",
)

SCHEMAS: Final[Schema] = {
    "Attempt": _ATTEMPT,
    "Transfer": _TRANSFER,
    "Recording": _RECORDING,
    "OnDuty": _ON_DUTY,
    "Call": _CALL,
    "Calls": _object({"items": _list(_ref("Call")), "next": _optional(_TEXT)}),
    "Timeline": _TIMELINE,
    "Versions": _object({"items": _list(_VERSION)}, doc="The oldest first."),
    "Link": _LINK,
    "CallNow": _CALL_NOW,
    "Missed": _MISSED,
    "Live": _LIVE,
    "Kpi": _object(_TALLY, doc="Sums and figures of one set of calls."),
    "KpiInterval": _object({"start": _TIME, **_TALLY, "gap_seconds": _NUMBER}),
    "KpiAnswer": _object(
        {
            "hotline": _TEXT, "from": _TIME, "to": _TIME, "step": _NUMBER,
            "intervals": _list(_ref("KpiInterval")),
        }
    ),
    "Hotline": _object(
        {
            "hotline": _TEXT, "name": _TEXT, "pbx": _TEXT, "time_zone": _TEXT, "cadence": _list(_NUMBER),
            "target_rings": _COUNT, "short_abandon_seconds": _NUMBER,
        }
    ),
    "Hotlines": _object({"items": _list(_ref("Hotline"))}),
    "Unconfigured": _object(
        {
            "items": _list(
                _object({"number": _TEXT, "pbx": _TEXT, "calls": _COUNT, "first_at": _TIME, "last_at": _TIME})
            )
        },
        doc="Numbers that trunk callers dialled and no hotline is configured for.",
    ),
    "Health": _object({"ok": _BOOL}),
    "Readiness": _object(
        {
            "ready": _BOOL,
            "parts": {
                "type": "object",
                "additionalProperties": _object({"ok": _BOOL, "why": _optional(_TEXT)}),
            },
        }
    ),
    "Description": {"type": "object", "description": "An OpenAPI 3.1 description."},
    "Problem": _object(
        {
            "type": _TEXT, "title": _TEXT, "status": _WHOLE, "detail": _TEXT, "instance": _TEXT,
            "parameter": _TEXT | {"description": "The parameter at fault, where one is."},
        },
        may_lack=("parameter",),
        doc="RFC 9457.",
    ),
}  # fmt: skip
