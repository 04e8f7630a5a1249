"""The link to a PBX, over real sockets on loopback."""

import asyncio
from dataclasses import replace
from itertools import groupby

import pytest

from callcenter.ami.client import AmiClient
from callcenter.ami.protocol import ActionTimeoutError, NotConnectedError
from callcenter.ami.received import LinkDoubted, LinkLost, LinkOpened, LinkTrouble, Messages, Trouble
from callcenter.ami.settings import AmiSettings, Timings
from callcenter.demo.peer import GREETING, encode
from tests.support import link
from tests.support.fakepbx import (
    FakePbx,
    answer_politely,
    greet_and_accept,
    idle,
    saying,
    serve_politely,
    silence,
    then,
)

SECRET = "very-secret-9"
PATIENT = Timings(
    connect=60.0,
    answer=60.0,
    ping_after=60.0,
    lost_after=120.0,
    first_retry=0.01,
    last_retry=0.05,
    slow_retry=0.02,
    last_slow_retry=0.04,
    stable=60.0,
    probe=3600.0,
)
"""A busy machine is no silent PBX: only tests of silence itself are in a hurry."""


def new_channel(n, *, timestamp=True, name="x"):
    stamp = {"Timestamp": f"17952785{n:02d}.000001"} if timestamp else {}
    return encode(
        {
            "Event": "Newchannel",
            "Privilege": "call,all",
            **stamp,
            "Channel": f"PJSIP/trunk-{n:08x}",
            "ChannelState": "4",
            "CallerIDNum": "anonymous",
            "CallerIDName": name,
            "Exten": "4001",
            "Context": "from-trunk",
            "Uniqueid": f"17952785{n:02d}.{n}",
            "Linkedid": f"17952785{n:02d}.{n}",
        }
    )


def settings(port, **more):
    plain = AmiSettings(host="127.0.0.1", port=port, username="cc", secret=SECRET, timings=PATIENT)
    return replace(plain, **more)


def following(port, tee=None, **more):
    return link.following(settings(port, **more), tee=tee)


async def test_events_arrive_in_order_with_their_arrival_time():
    script = then(greet_and_accept, saying(*(new_channel(n) for n in range(20))), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: len(s.events("Newchannel")) == 20)
    assert isinstance(sink.received[0], LinkOpened)
    numbers = [m.rpartition(b".")[2] for m in sink.events("Newchannel")]
    assert numbers == [str(n).encode() for n in range(20)]
    assert all(item.arrival for item in sink.all(Messages))


async def test_the_link_is_open_before_the_first_message_is_told():
    async def all_in_one_segment(peer):
        peer.send(GREETING)
        action = await peer.read_action()
        peer.answer(action, "Error", Message="no challenge here")
        action = await peer.read_action()
        accepted = {"Response": "Success", "ActionID": action["actionid"]}
        peer.send(encode(accepted) + new_channel(1))
        await serve_politely(peer)

    async with FakePbx(all_in_one_segment) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("Newchannel"))
    assert isinstance(sink.received[0], LinkOpened)
    assert sink.received[1].messages[-1].startswith(b"Event: Newchannel")


async def test_the_secret_itself_is_not_sent_in_the_clear_where_the_pbx_gives_a_challenge():
    seen = []

    async def script(peer):
        peer.send(GREETING)
        seen.append(await peer.read_action())
        peer.answer(seen[0], Challenge="123456789")
        seen.append(await peer.read_action())
        peer.answer(seen[1])
        await serve_politely(peer)

    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.all(LinkOpened))
    assert seen[1]["authtype"] == "MD5"
    assert SECRET not in repr(seen)


async def test_a_wrong_secret_is_said_clearly_and_not_tried_in_a_hurry():
    async def script(peer):
        peer.send(GREETING)
        while (action := await peer.read_action()) is not None:
            if action["action"] == "Challenge":
                peer.answer(action, Challenge="1")
            else:
                peer.answer(action, "Error", Message="Authentication failed")
                return

    async with FakePbx(script) as pbx, following(pbx.port) as (client, sink):
        reason = await sink.trouble(Trouble.SECRET)
        await sink.until(lambda s: len(s.all(LinkTrouble)) >= 3)
        between = [b - a for a, b in zip(pbx.connected_at, pbx.connected_at[1:], strict=False)]
        assert min(between) >= PATIENT.slow_retry
    assert "user 'cc'" in reason
    assert f"127.0.0.1:{pbx.port}" in reason
    assert "manager.conf" in reason
    assert not client.connected
    assert not sink.all(LinkLost)


async def test_a_refused_connection_is_said_clearly_and_tried_again():
    async with FakePbx(idle) as pbx:
        port = pbx.port
    async with following(port) as (_, sink):
        reason = await sink.trouble(Trouble.REFUSED)
        await sink.until(lambda s: len(s.all(LinkTrouble)) >= 3)
    assert "is Asterisk running" in reason


async def test_a_host_name_that_does_not_exist_is_said_clearly():
    async with following(5038, host="pbx.invalid") as (_, sink):
        reason = await sink.trouble(Trouble.NAME)
    assert "pbx.invalid" in reason


@pytest.mark.parametrize(
    "first", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"\x15\x03\x01\x00"]
)
async def test_something_that_is_no_manager_interface_is_said_clearly(first):
    async with FakePbx(then(saying(first), silence)) as pbx, following(pbx.port) as (_, sink):
        reason = await sink.trouble(Trouble.NOT_AMI)
    assert "check host and port" in reason


async def test_a_port_that_says_nothing_is_given_up():
    hasty = replace(PATIENT, answer=0.3)
    async with FakePbx(silence) as pbx, following(pbx.port, timings=hasty) as (_, sink):
        reason = await sink.trouble(Trouble.STALLED)
        await sink.until(lambda s: len(s.all(LinkTrouble)) >= 2)
    assert "says nothing" in reason


async def test_a_login_that_is_not_answered_is_given_up():
    hasty = replace(PATIENT, answer=1.0)
    script = then(saying(GREETING), silence)
    async with FakePbx(script) as pbx, following(pbx.port, timings=hasty) as (_, sink):
        reason = await sink.trouble(Trouble.STALLED)
    assert "did not answer the login" in reason


@pytest.mark.parametrize("said", [b"", b"Asterisk Call", GREETING])
async def test_a_pbx_that_closes_during_the_login_is_said_clearly(said):
    async with FakePbx(saying(said)) as pbx, following(pbx.port) as (_, sink):
        await sink.trouble(Trouble.CLOSED)


async def test_a_half_open_link_is_noticed_by_its_silence_and_opened_again():
    async def dies(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] == "Ping":
                break
            answer_politely(peer, action)
        await silence(peer)

    hasty = replace(PATIENT, ping_after=0.15, lost_after=0.3)
    async with FakePbx(dies, idle) as pbx, following(pbx.port, timings=hasty) as (_, sink):
        await sink.until(lambda s: len(s.all(LinkOpened)) >= 2)
    [lost] = sink.all(LinkLost)[:1]
    assert "not even the answer to a Ping" in lost.reason
    assert sink.received.index(lost) < sink.received.index(sink.all(LinkOpened)[1])


async def test_a_quiet_night_is_no_lost_link():
    """Nothing comes but answers to our Pings, for longer than silence may last."""
    pings = asyncio.Semaphore(0)

    async def quiet(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            answer_politely(peer, action)
            if action["action"] == "Ping":
                pings.release()

    alert = replace(PATIENT, ping_after=0.1, lost_after=2.0)
    async with FakePbx(quiet) as pbx, following(pbx.port, timings=alert) as (client, sink):
        for _ in range(3):
            await pings.acquire()
        assert client.connected
        assert not sink.all(LinkLost)


async def test_a_link_we_do_not_read_for_a_while_is_not_called_dead():
    script = then(greet_and_accept, saying(new_channel(1)), serve_politely)
    alert = replace(PATIENT, ping_after=0.2, lost_after=1.5)
    async with FakePbx(script) as pbx, following(pbx.port, timings=alert) as (client, sink):
        await sink.until(lambda s: s.events("Newchannel"))
        client.pause()
        pbx.peers[0].send(new_channel(2))
        await asyncio.sleep(2 * alert.lost_after)
        assert client.connected
        assert len(sink.events("Newchannel")) == 1
        client.resume()
        await sink.until(lambda s: len(s.events("Newchannel")) == 2)


async def test_after_a_cut_the_link_is_opened_again_and_what_goes_on_is_read_back():
    asked = []

    async def cut(peer):
        await greet_and_accept(peer)

    async def answers(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            asked.append(action["action"])
            answer_politely(peer, action)

    async with FakePbx(cut, answers) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("BridgeListComplete"))
        kinds = [type(item) for item in sink.received if not isinstance(item, Messages)]
    assert kinds == [LinkOpened, LinkLost, LinkOpened]
    assert {"CoreShowChannels", "Status", "QueueStatus", "BridgeList"} <= set(asked)


async def test_a_pbx_that_restarts_in_a_loop_is_not_stormed():
    async with FakePbx(greet_and_accept) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: len(s.all(LinkLost)) >= 8)
        gaps = [b - a for a, b in zip(pbx.connected_at, pbx.connected_at[1:], strict=False)]
    assert max(gaps) >= PATIENT.last_retry / 2
    assert len(sink.all(LinkOpened)) - len(sink.all(LinkLost)) in (0, 1)


async def test_a_shutdown_that_was_announced_is_told_as_one():
    shutdown = encode(
        {"Event": "Shutdown", "Privilege": "system,all", "Shutdown": "Cleanly", "Restart": "True"}
    )
    script = then(greet_and_accept, saying(shutdown))
    async with FakePbx(script, idle) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.all(LinkLost))
    assert "shut down or restarted" in sink.all(LinkLost)[0].reason


async def test_actions_give_their_answers_while_events_go_on():
    async def script(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] == "DBGet":
                peer.answer(action, EventList="start")
                peer.send(new_channel(1))
                value = {"Event": "DBGetResponse", "Family": "duty", "Key": "1", "Val": "张伟|1002"}
                peer.send(encode({**value, "ActionID": action["actionid"]}))
                end = {"Event": "DBGetComplete", "ActionID": action["actionid"], "EventList": "Complete"}
                peer.send(encode(end))
            else:
                answer_politely(peer, action)

    async with FakePbx(script) as pbx, following(pbx.port) as (client, sink):
        await sink.until(lambda s: s.all(LinkOpened))
        answer = await client.action({"Action": "DBGet", "Family": "duty", "Key": "1"})
    assert answer[0]["Response"] == "Success"
    assert answer[1]["Val"] == "张伟|1002"
    assert len(answer) == 3
    assert sink.events("Newchannel")


async def test_an_action_is_not_sent_again_after_a_reconnect():
    seen = []

    async def cut_at_originate(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] == "Originate":
                seen.append(action)
                return
            answer_politely(peer, action)

    async with FakePbx(cut_at_originate) as pbx, following(pbx.port) as (client, sink):
        await sink.until(lambda s: s.events("BridgeListComplete"))
        with pytest.raises(NotConnectedError):
            await client.action({"Action": "Originate", "Channel": "PJSIP/1001"})
        await sink.until(lambda s: len(s.all(LinkOpened)) == 2 and len(s.events("BridgeListComplete")) == 2)
    assert len(seen) == 1


async def test_an_action_without_an_answer_times_out_and_the_link_lives_on():
    async def script(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] != "DBPut":
                answer_politely(peer, action)

    async with FakePbx(script) as pbx, following(pbx.port) as (client, sink):
        await sink.until(lambda s: s.all(LinkOpened))
        with pytest.raises(ActionTimeoutError, match="DBPut"):
            await client.action({"Action": "DBPut", "Family": "f"}, seconds=0.05)
        assert client.connected


async def test_an_action_without_a_link_fails_at_once():
    client = AmiClient(settings(1), sink=lambda _: None)
    with pytest.raises(NotConnectedError):
        await client.action({"Action": "Ping"})


async def test_a_header_can_not_smuggle_in_another():
    async with FakePbx(idle) as pbx, following(pbx.port) as (client, sink):
        await sink.until(lambda s: s.all(LinkOpened))
        with pytest.raises(ValueError, match="line break"):
            await client.action({"Action": "DBPut", "Val": "x\r\nAction: Originate"})


async def test_characters_split_between_segments_arrive_whole():
    event = new_channel(1, name="张伟")
    cut = event.index("伟".encode()) + 1
    script = then(greet_and_accept, saying(event[:cut], event[cut:]), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("Newchannel"))
    assert "张伟".encode() in sink.events("Newchannel")[0]


BAD = {
    "garbage": b"\x00\xff\xfe garbage \x80\r\n\r\n",
    "a header line of 1 MB": b"Event: Newchannel\r\nCallerIDName: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "invalid UTF-8": b"Event: Newchannel\r\nCallerIDName: \xff\xfe\x80\r\n\r\n",
    "missing headers": b"Event: Newchannel\r\n\r\n",
    "no colon": b"Event: Newchannel\r\nnonsense\r\n\r\n",
    "an answer nobody asked for": b"Response: Success\r\nActionID: 1/2/3\r\n\r\n",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_bad_bytes_do_not_stop_what_follows(bad):
    script = then(greet_and_accept, saying(new_channel(1), bad, new_channel(2)), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port) as (client, sink):
        await sink.until(lambda s: any(b"1795278502.2" in m for m in s.messages))
        assert client.connected
        assert not sink.all(LinkLost)
    assert len([t for t in sink.troubles if t[0] is Trouble.BROKEN_BYTES]) <= 1


async def test_broken_bytes_are_told_once_with_their_place():
    garbage = b"\xff garbage\r\n\r\n" * 5
    script = then(greet_and_accept, saying(garbage, garbage, new_channel(1)), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("Newchannel"))
    [reason] = [reason for kind, reason in sink.troubles if kind is Trouble.BROKEN_BYTES]
    assert "at byte" in reason


async def test_what_goes_on_is_read_back_where_a_part_of_the_stream_was_lost():
    """A hang-up may have been in it. What the lists don't confirm has gone from then on."""
    script = then(greet_and_accept, serve_politely)
    soon = replace(PATIENT, recheck=0.01, recheck_gap=0.01)
    async with FakePbx(script) as pbx, following(pbx.port, timings=soon) as (client, sink):
        for times in (1, 2):
            await sink.until(lambda s, n=times: len(s.events("BridgeListComplete")) == n)
            assert times > 1 or not sink.all(LinkDoubted)
            pbx.peers[0].send(b"\xff garbage\r\n\r\n" + new_channel(times))
        await sink.until(lambda s: len(s.events("BridgeListComplete")) == 3)
        assert client.connected
    order = [
        "doubt" if isinstance(item, LinkDoubted) else "lists"
        for item in sink.received
        if isinstance(item, LinkDoubted)
        or b"Event: StatusComplete" in b"".join(getattr(item, "messages", ()))
    ]
    assert [what for what, _ in groupby(order)] == ["lists", "doubt", "lists", "doubt", "lists"]


async def test_lists_that_came_broken_are_told_to_prove_nothing_and_asked_for_again():
    broken = True

    async def script(peer):
        nonlocal broken
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] == "CoreShowChannels" and broken:
                broken = False
                peer.send(b"\xff garbage\r\n\r\n")
            answer_politely(peer, action)

    soon = replace(PATIENT, recheck=0.01, recheck_gap=0.01)
    async with FakePbx(script) as pbx, following(pbx.port, timings=soon) as (_, sink):
        await sink.until(lambda s: len(s.events("BridgeListComplete")) == 2)
    assert len(sink.all(LinkDoubted)) >= 2


async def test_missing_timestamps_are_said_at_the_first_call_event():
    script = then(greet_and_accept, saying(new_channel(1, timestamp=False)), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        reason = await sink.trouble(Trouble.TIMESTAMPS)
    assert "timestampevents = yes" in reason


async def test_calls_that_no_event_tells_of_betray_a_missing_read_class():
    async def script(peer):
        await greet_and_accept(peer)
        n = 0
        while (action := await peer.read_action()) is not None:
            if action["action"] == "CoreShowChannels":
                n += 1
                item = {"Event": "CoreShowChannel", "Channel": f"PJSIP/trunk-{n}", "Uniqueid": f"1.{n}"}
                peer.list_of(action, "CoreShowChannels", [item])
            else:
                answer_politely(peer, action)

    eager = replace(PATIENT, probe=0.02, last_probe=0.02)
    async with FakePbx(script) as pbx, following(pbx.port, timings=eager) as (_, sink):
        reason = await sink.trouble(Trouble.READ_CLASS)
    assert "add `call` to `read` of [cc]" in reason


async def test_a_user_that_may_not_read_back_is_told_what_right_is_missing():
    async def script(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            if action["action"] in ("Status", "CoreShowChannels", "Filter"):
                peer.answer(action, "Error", Message="Permission denied")
            else:
                answer_politely(peer, action)

    async with FakePbx(script) as pbx, following(pbx.port) as (client, sink):
        reason = await sink.trouble(Trouble.DENIED)
        assert client.connected
    assert "`reporting`" in reason
    assert len(sink.troubles) == 1


async def test_no_right_to_filter_is_no_trouble_and_all_classes_are_asked_for():
    asked = []

    async def script(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            asked.append(action)
            if action["action"] == "Filter":
                peer.answer(action, "Error", Message="Permission denied")
            else:
                answer_politely(peer, action)

    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("BridgeListComplete"))
    assert not sink.troubles
    masks = [a["eventmask"] for a in asked if a["action"] == "Events"]
    assert masks == ["call,agent,system,user,dialplan"]


async def test_filters_taken_in_part_are_given_up_whole():
    asked = []

    async def script(peer):
        await greet_and_accept(peer)
        asked.append([])
        while (action := await peer.read_action()) is not None:
            asked[-1].append(action["action"])
            if action["action"] == "Filter" and len(asked[-1]) == 3:
                peer.answer(action, "Error", Message="Filter did not parse successfully")
            else:
                answer_politely(peer, action)

    async with FakePbx(script) as pbx, following(pbx.port) as (_, sink):
        await sink.until(lambda s: s.events("BridgeListComplete"))
    assert "Filter" in asked[0]
    assert "Filter" not in asked[1]
    assert "without" in sink.all(LinkLost)[0].reason


class FullDisk:
    """A tee that can't write any more."""

    def opened(self, at):
        pass

    def received(self, at, data):
        raise OSError(28, "No space left on device")

    def lost(self, at, reason):
        raise AssertionError("it was given up")


async def test_a_capture_that_can_not_be_written_stops_and_the_link_goes_on():
    script = then(greet_and_accept, saying(new_channel(1)), serve_politely)
    async with FakePbx(script) as pbx, following(pbx.port, tee=FullDisk()) as (client, sink):
        await sink.until(lambda s: s.events("Newchannel"))
        assert client.connected
    assert [kind for kind, _ in sink.troubles] == [Trouble.CAPTURE]
    assert "No space left" in sink.troubles[0][1]


async def test_cancelling_logs_off():
    seen = asyncio.Event()

    async def script(peer):
        await greet_and_accept(peer)
        while (action := await peer.read_action()) is not None:
            answer_politely(peer, action)
            if action["action"] == "Logoff":
                seen.set()
                return

    async with FakePbx(script) as pbx:
        async with following(pbx.port) as (_, sink):
            await sink.until(lambda s: s.all(LinkOpened))
        await asyncio.wait_for(seen.wait(), link.LIMIT)


def test_the_secret_is_in_no_repr():
    made = settings(5038)
    client = AmiClient(made, sink=lambda _: None)
    assert SECRET not in repr(made)
    assert SECRET not in repr(client)


def test_a_secret_with_a_line_break_is_refused_without_being_quoted():
    with pytest.raises(ValueError, match="secret contains a line break") as caught:
        settings(5038, secret="abc\r\nAction: x")
    assert "abc" not in str(caught.value)
