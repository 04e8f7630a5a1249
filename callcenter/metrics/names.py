"""Every metric's name, meaning and labels, once."""

from enum import StrEnum
from typing import Final


class Name(StrEnum):
    """Every metric's name, once."""

    CALLS = "callcenter_calls_total"
    OFFERED = "callcenter_calls_offered_total"
    SHORT = "callcenter_calls_short_abandoned_total"
    ON_TIME = "callcenter_calls_answered_on_time_total"
    ANSWER_RINGS = "callcenter_answer_rings"
    ANSWER_WAIT = "callcenter_answer_wait_seconds"
    TALK = "callcenter_talk_seconds"
    IN_PROGRESS = "callcenter_calls_in_progress"
    TALKING = "callcenter_calls_talking"
    LONGEST_RINGING = "callcenter_longest_ringing_seconds"
    ATTEMPTS = "callcenter_attempts_total"
    AMI_UP = "callcenter_ami_up"
    AMI_EVENTS = "callcenter_ami_events_total"
    AMI_LAST_EVENT = "callcenter_ami_last_event_timestamp_seconds"
    AMI_GAP = "callcenter_ami_gap_seconds_total"
    QUEUE_DEPTH = "callcenter_queue_depth"
    PAUSES = "callcenter_pauses_total"
    SPOOL_DEPTH = "callcenter_spool_depth"
    STORE_UP = "callcenter_store_up"
    ANOMALIES = "callcenter_anomalies_total"
    ON_DUTY = "callcenter_on_duty"
    DAYS_AHEAD = "callcenter_roster_days_ahead"
    ROUTING_ALERTS = "callcenter_routing_alerts_total"
    ROUTING_UNTIL = "callcenter_routing_pushed_until_timestamp_seconds"
    ROUTING_SYNC = "callcenter_routing_in_sync"
    BUILD = "callcenter_build_info"


LINE: Final = ("pbx", "hotline")
HELP: Final[dict[Name, tuple[str, tuple[str, ...]]]] = {
    Name.CALLS: ("Hotline calls by outcome, counted when it is decided.", (*LINE, "outcome")),
    Name.OFFERED: ("Hotline calls whose outcome is decided.", LINE),
    Name.SHORT: ("Callers who hung up before the hotline's limit for short calls.", LINE),
    Name.ON_TIME: ("Calls known to be answered within the hotline's target rings.", LINE),
    Name.ANSWER_RINGS: ("Ring in which the caller was answered; unknown rings are left out.", LINE),
    Name.ANSWER_WAIT: ("Seconds from arrival to answer; unknown waits are left out.", LINE),
    Name.TALK: ("Seconds the caller talked to people, counted at the call's end where it was seen.", LINE),
    Name.IN_PROGRESS: ("Undecided calls now, by where they stand.", (*LINE, "state")),
    Name.TALKING: ("Answered callers who are still there.", LINE),
    Name.LONGEST_RINGING: ("Seconds since the first ring of who hears it longest; 0 if nobody does.", LINE),
    Name.ATTEMPTS: ("Tries of phones at hotline calls, counted at the call's end.", ("agent", "outcome")),
    Name.AMI_UP: ("1 while the PBX can be heard.", ("pbx",)),
    Name.AMI_EVENTS: ("AMI messages that came from the PBX.", ("pbx",)),
    Name.AMI_LAST_EVENT: ("When the last AMI message arrived, Unix time; 0 before the first.", ("pbx",)),
    Name.AMI_GAP: ("Seconds in which the PBX could not be heard, counted when it is back.", ("pbx",)),
    Name.QUEUE_DEPTH: ("Reads from the PBXs that are not worked off yet.", ()),
    Name.PAUSES: ("Times the PBXs were read no further because the disk could not keep up.", ()),
    Name.SPOOL_DEPTH: ("Facts in the outbox that PostgreSQL does not have yet.", ()),
    Name.STORE_UP: ("1 while PostgreSQL takes what the outbox holds.", ()),
    Name.ANOMALIES: ("Things that can't happen, and did.", ("kind",)),
    Name.ON_DUTY: ("People on duty now, after changes to the roster.", ("hotline", "role")),
    Name.DAYS_AHEAD: ("Days from now until the last planned shift ends; 0 without one.", ("hotline",)),
    Name.ROUTING_ALERTS: (
        "Callers with whom the duty chain could not do what it should.",
        ("hotline", "why"),
    ),
    Name.ROUTING_UNTIL: (
        "End of the schedule that the hotline's PBX was last seen to hold, Unix time; 0 if none was.",
        ("hotline",),
    ),
    Name.ROUTING_SYNC: ("1 while the PBX is known to hold what the roster says.", ("hotline",)),
    Name.BUILD: ("Always 1; the version runs in the labels.", ("version", "python")),
}
"""What each metric means, and its labels."""
