"""Bytes to messages: whatever is broken costs itself alone, and is told with its place."""

import pytest

from callcenter.ami.wire import MAX_MESSAGE, Framer

ONE = b"Event: Newstate\r\nUniqueid: 1.1\r\nChannel: PJSIP/1001-1"
TWO = b"Event: Hangup\r\nUniqueid: 1.2\r\nChannel: PJSIP/1002-2"
ORIGINATED = b"Event: OriginateResponse\r\nActionID: 7\r\nResponse: Failure\r\nUniqueid: <null>"
END = b"\r\n\r\n"


def _read(*slices: bytes) -> tuple[list[bytes], list[int]]:
    framer, messages = Framer(), []
    for data in slices:
        messages += framer.feed(data)
    framer.close()
    return messages, [fault.offset for fault in framer.faults]


def test_messages_come_whole_whatever_the_slices() -> None:
    """A message, its end, even the banner may be split anywhere."""
    stream = b"Asterisk Call Manager/11.0.0\r\n" + ONE + END + TWO + END
    for cut in range(len(stream)):
        assert _read(stream[:cut], stream[cut:]) == ([ONE, TWO], [])


def test_names_in_any_letters_are_read_whatever_the_slices() -> None:
    """Chinese names are the rule here: no fault, even where a read ends inside of one of their letters,
    and broken bytes among them still cost themselves alone."""
    named = ONE + "\r\nCallerIDName: 王小明".encode()
    stream = named + END + TWO + END + b"noise" + END + named + END
    for cut in range(len(stream)):
        faults = [len(named) + len(TWO) + 2 * len(END)]
        assert _read(stream[:cut], stream[cut:]) == ([named, TWO, named], faults)


def test_the_banner_tells_the_version() -> None:
    """``11.0.0`` is Asterisk 22."""
    framer = Framer()
    framer.feed(b"Asterisk Call Manager/11.0.0\r\n" + ONE + END)

    assert framer.banner == "11.0.0"


@pytest.mark.parametrize("later", [b"Asterisk Call Manager/5.0.4\r\n", b"Asterisk Call Manager/noise\r\n"])
def test_a_banner_in_the_middle_does_not_change_the_version(later: bytes) -> None:
    """Recordings of several connections have more, and broken bytes may look like one."""
    framer = Framer()
    told = framer.feed(b"Asterisk Call Manager/11.0.0\r\n" + ONE + END + later + TWO + END)

    assert (told, framer.banner) == ([ONE, TWO], "11.0.0")


@pytest.mark.parametrize(
    ("stream", "messages", "faults"),
    [
        (b"gar\x00bage" + END + ONE + END, [ONE], [0]),
        (b"gar\x00bage" + ONE + END, [ONE], [0]),
        (ONE + END + b"noise" + END + TWO + END, [ONE, TWO], [len(ONE) + 4]),
        (ONE[:30] + b"\r\n" + TWO + END, [TWO], [0]),
        (ONE + END + TWO, [ONE], [len(ONE) + 4]),
        (ONE + b"\x07" + END + TWO + END, [TWO], [len(ONE)]),
        (ORIGINATED + END + ONE + b"\x07" + END, [ORIGINATED], [len(ORIGINATED) + 4 + len(ONE)]),
        (ONE + b"\r\nCallerIDName: \xd5\xc5" + END, [ONE + b"\r\nCallerIDName: \xd5\xc5"], [len(ONE) + 16]),
    ],
    ids=["garbage", "glued", "between", "cut", "unfinished", "control", "own-response", "not-utf8"],
)
def test_broken_bytes_cost_themselves_alone(stream: bytes, messages: list[bytes], faults: list[int]) -> None:
    """What is whole around them is read; where they were is told."""
    assert _read(stream) == (messages, faults)


@pytest.mark.parametrize("size", [MAX_MESSAGE + 1, 1_000_000])
def test_an_endless_header_is_skipped_and_does_not_fill_the_memory(size: int) -> None:
    """A line of a megabyte, in reads of four kilobytes."""
    stream = b"Event: VarSet\r\nValue: " + b"x" * size + END + TWO + END
    messages, faults = _read(*(stream[at : at + 4096] for at in range(0, len(stream), 4096)))

    assert messages == [TWO]
    assert len(faults) == 1


def test_each_message_says_where_it_starts() -> None:
    """So that a fault found in it later has a place."""
    framer = Framer()
    framer.feed(b"Asterisk Call Manager/11.0.0\r\n" + ONE + END + TWO + END)

    assert framer.starts == [30, 30 + len(ONE) + 4]
