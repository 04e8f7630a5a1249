"""Rights and settings that are missing, told by the first event that betrays them."""

from callcenter.ami.evidence import Evidence
from callcenter.ami.received import Trouble
from callcenter.ami.settings import READ_CLASSES
from callcenter.demo import template
from callcenter.demo.peer import encode

FULLY_BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 9"


def event(name, uniqueid="1.1", *, kind="call", stamped=True, **more):
    stamp = {"Timestamp": "1.000001"} if stamped else {}
    return encode({"Event": name, "Privilege": f"{kind},all", **stamp, "Uniqueid": uniqueid, **more})[:-4]


def listed(*channels):
    return [
        encode({"Event": "CoreShowChannel", "Uniqueid": uniqueid, "Application": application})[:-4]
        for uniqueid, application in channels
    ]


def looking(*messages, classes=READ_CLASSES):
    evidence = Evidence(classes, "cc")
    return evidence, list(evidence.look(messages))


def kinds(findings):
    return [kind for kind, _ in findings]


def test_all_is_well_with_a_recorded_call():
    for name in template.names():
        recorded = template.load(name)
        messages = [
            b"".join(p if isinstance(p, bytes) else p[1] for p in m.pieces) for m in recorded.messages
        ]
        _, findings = looking(FULLY_BOOTED, *messages)
        assert findings == []


def test_missing_timestamps_are_seen_at_the_first_call_event_and_said_once():
    _, findings = looking(FULLY_BOOTED, event("Newchannel", stamped=False), event("Newstate", stamped=False))
    assert kinds(findings) == [Trouble.TIMESTAMPS]


def test_fully_booted_without_a_timestamp_proves_nothing():
    assert looking(FULLY_BOOTED)[1] == []


def test_a_call_before_fully_booted_betrays_the_class_system():
    [(kind, sentence)] = looking(event("Newchannel"))[1]
    assert kind is Trouble.READ_CLASS
    assert "`system`" in sentence
    assert "[cc]" in sentence


def test_a_class_that_was_not_asked_for_is_not_missed():
    assert looking(event("Newchannel"), classes=("call",))[1] == []


def test_variables_of_channels_nobody_told_of_betray_the_class_call():
    sets = [event("VarSet", f"1.{n}", kind="dialplan", Variable="X") for n in range(4)]
    [(kind, sentence)] = looking(FULLY_BOOTED, *sets)[1]
    assert kind is Trouble.READ_CLASS
    assert "`call`" in sentence


def test_one_variable_of_a_channel_that_is_new_is_enough():
    evidence, _ = looking(FULLY_BOOTED)
    list(evidence.channels_listed(listed(("1.1", "Dial"))))
    assert list(evidence.look([event("VarSet", "1.1", kind="dialplan", Variable="X")])) == []
    [(kind, _)] = evidence.look([event("VarSet", "1.2", kind="dialplan", Variable="X")])
    assert kind is Trouble.READ_CLASS


def dialled(uniqueid):
    return [event("DialBegin", uniqueid), event("DialEnd", uniqueid), event("Hangup", uniqueid)]


def test_callers_who_dialled_and_left_no_variable_betray_the_class_dialplan():
    calls = [m for n in range(3) for m in dialled(f"1.{n}")]
    [(kind, sentence)] = looking(FULLY_BOOTED, *calls)[1]
    assert kind is Trouble.READ_CLASS
    assert "`dialplan`" in sentence
    assert "voicemail" in sentence


def test_one_such_caller_is_no_proof():
    assert looking(FULLY_BOOTED, *dialled("1.1"), *dialled("1.2"))[1] == []


def test_callers_of_queues_prove_nothing_about_variables():
    calls = []
    for n in range(9):
        leave = event("QueueCallerLeave", f"1.{n}", kind="agent")
        calls += [event("DialBegin", f"1.{n}"), leave, event("Hangup", f"1.{n}")]
    assert looking(FULLY_BOOTED, *calls)[1] == []


def test_channels_that_come_and_go_without_an_event_betray_the_class_call():
    evidence, _ = looking(FULLY_BOOTED)
    assert list(evidence.channels_listed(listed())) == []
    assert list(evidence.channels_listed(listed(("1.1", "Dial")))) == []
    [(kind, sentence)] = evidence.channels_listed(listed())
    assert kind is Trouble.READ_CLASS
    assert "`call`" in sentence


def test_events_that_arrive_after_the_list_clear_the_suspicion():
    evidence, _ = looking(FULLY_BOOTED)
    list(evidence.channels_listed(listed()))
    list(evidence.channels_listed(listed(("1.1", "Dial"))))
    list(evidence.look([event("Newchannel", "1.1")]))
    assert list(evidence.channels_listed(listed())) == []


def test_a_caller_in_a_queue_that_no_queue_event_told_of_betrays_the_class_agent():
    evidence, _ = looking(FULLY_BOOTED, event("Newchannel"))
    list(evidence.channels_listed(listed(("1.0", "Queue"))))
    list(evidence.channels_listed(listed(("1.0", "Queue"), ("1.1", "Queue"))))
    [(_, sentence)] = evidence.channels_listed(listed(("1.1", "Queue")))
    assert "`agent`" in sentence


def test_a_caller_who_was_there_before_us_proves_nothing():
    evidence, _ = looking(FULLY_BOOTED, event("Newchannel"))
    for _ in range(3):
        assert list(evidence.channels_listed(listed(("1.0", "Queue")))) == []


def test_once_all_is_proved_nothing_is_looked_at_any_more():
    evidence, _ = looking(
        FULLY_BOOTED,
        event("Newchannel"),
        event("VarSet", kind="dialplan", Variable="DIALSTATUS"),
        event("QueueCallerJoin", kind="agent"),
    )
    assert not evidence.looking
    assert not evidence.probing
