"""A story as JSON."""

from typing import Any

from callcenter.record import Call
from callcenter.record_json import CallerShown, call_to_json, iso
from callcenter.tracking.timeline.story import Entry, Evidence, Gap, Story
from callcenter.tracking.timeline.verdict import verdict
from callcenter.tracking.timeline.wording import sentence


def story_to_json(
    story: Story, *, caller: CallerShown = "full", stored: Call | None = None
) -> dict[str, Any]:
    """*story* as JSON values. Its entries hold no caller's number, but what an outbound call dialled.

    *stored* is the call as it is told now, where that is known: the verdict is its.
    """
    return {
        "call": call_to_json(story.call, caller=caller),
        "over": story.over,
        "merged_into": story.merged_into,
        "verdict": list(verdict(story, stored)),
        "entries": [_entry(entry) for entry in story.entries],
        "gaps": [_gap(gap) for gap in story.gaps],
        "events": story.events,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "offset_seconds": entry.offset_seconds,
        "kind": entry.what.value,
        "text": sentence(entry),
        "about": dict(entry.about),
        "evidence": [_evidence(evidence) for evidence in entry.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"event": evidence.event, "at": iso(evidence.at), "ids": dict(evidence.ids)}


def _gap(gap: Gap) -> dict[str, Any]:
    ended = iso(gap.ended_at) if gap.ended_at is not None else None
    return {"began_at": iso(gap.began_at), "ended_at": ended, "reason": gap.reason}
