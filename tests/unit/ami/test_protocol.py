"""One connection's bytes: whatever comes, in whatever slices."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.ami.protocol import Link, check_headers
from callcenter.terms import Instant


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.written = b""

    def write(self, data):
        self.written += data

    def is_closing(self):
        return False

    def abort(self):
        pass


class Notebook:
    def __init__(self):
        self.data = b""
        self.messages = []
        self.faults = []

    def heard(self, at, data):
        self.data += data

    def told(self, at, messages, faults):
        self.messages += messages
        self.faults += faults


GREETING = b"Asterisk Call Manager/11.0.0\r\n"
EVENT = "Event: Hangup\r\nCallerIDName: 张伟\r\nUniqueid: 1.1\r\n\r\n".encode()
PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [EVENT, b"\r\n", b"\r\n\r\n", b"Response: Success\r\nActionID: 1\r\n\r\n", b"Event: ", EVENT[:30]]
    ),
)


def hear(*slices):
    async def run():
        notebook = Notebook()
        link = Link(notebook, lambda: Instant(1), 1.0)
        link.connection_made(Wire())
        for data in (GREETING, *slices):
            link.data_received(data)
        assert link.greeted.result()
        assert link.banner == "11.0.0"
        link.connection_lost(None)
        return notebook

    return asyncio.run(run())


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=20))
def test_no_bytes_make_it_raise_and_none_is_kept_from_a_capture(pieces):
    assert hear(*pieces).data == GREETING + b"".join(pieces)


@settings(max_examples=100, deadline=None)
@given(pieces=st.lists(PIECES, max_size=12), size=st.integers(1, 60))
def test_slices_do_not_matter(pieces, size):
    whole = b"".join(pieces)
    slices = [whole[n : n + size] for n in range(0, len(whole), size)]
    assert hear(*slices).messages == hear(whole).messages


def test_a_character_cut_in_two_is_one_character():
    cut = EVENT.index("伟".encode()) + 2
    assert hear(EVENT[:cut], EVENT[cut:]).messages == [EVENT[:-4]]


@pytest.mark.parametrize("slices", [(b"SSH-2.0\r\n",), (b"A", b"sterisk?"), (b"\x00",)])
async def test_another_greeting_is_seen_at_its_first_wrong_byte(slices):
    link = Link(Notebook(), lambda: Instant(1), 1.0)
    link.connection_made(Wire())
    for data in slices:
        link.data_received(data)
    assert link.greeted.result() is False


async def test_lists_are_answers_up_to_their_end_and_others_answers_stay_apart():
    notebook = Notebook()
    wire = Wire()
    link = Link(notebook, lambda: Instant(1), 1.0)
    link.connection_made(wire)
    listing = link.send_action({"Action": "CoreShowChannels"})
    ping = link.send_action({"Action": "Ping"}, private=True)
    start = b"Response: Success\r\nActionID: %b\r\nEventList: start\r\n\r\n" % listing.key
    item = b"Event: CoreShowChannel\r\nActionID: %b\r\n\r\n" % listing.key
    end = b"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nActionID: %b\r\n\r\n" % listing.key
    pong = b"Response: Success\r\nActionID: %b\r\nPing: Pong\r\n\r\n" % ping.key
    link.data_received(GREETING + start + EVENT + item + pong + end)
    assert [m + b"\r\n\r\n" for m in await link.wait(listing)] == [start, item, end]
    assert [m + b"\r\n\r\n" for m in await link.wait(ping)] == [pong]
    assert [m + b"\r\n\r\n" for m in notebook.messages] == [start, EVENT, item, end]


async def test_an_action_is_written_in_one_piece_with_an_id_of_ours():
    wire = Wire()
    link = Link(Notebook(), lambda: Instant(1), 1.0)
    link.connection_made(wire)
    sent = link.send_action(
        {"Action": "DBPut", "ActionID": "theirs", "Val": "张伟", "Variable": ["a=1", "b=2"]}
    )
    lines = wire.written.decode().split("\r\n")
    assert lines[-2:] == ["", ""]
    assert f"ActionID: {sent.key.decode()}" in lines
    assert "Val: 张伟" in lines
    assert {"Variable: a=1", "Variable: b=2"} <= set(lines)
    assert "theirs" not in wire.written.decode()


@pytest.mark.parametrize("action", [{"A": "b\nc"}, {"A\r": "b"}, {"A": ["ok", "b\0"]}])
def test_line_breaks_in_headers_are_refused(action):
    with pytest.raises(ValueError, match="line break"):
        check_headers(action)
