"""Laws of the duty log's chain: whatever is changed behind its back is seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from callcenter.roster.logbook import Anchor, Entry, EntryKind, canonical, hash_of, verify
from callcenter.terms import AgentId, CallId, HotlineNumber, ShiftId

START = datetime(2026, 11, 20, tzinfo=UTC)
words = st.text(max_size=8)
maybe = st.none() | words


@st.composite
def logs(draw: st.DrawFn) -> tuple[Anchor, list[Entry]]:
    """A log as the database writes it, from any anchor on."""
    anchor = last = draw(
        st.just(Anchor()) | st.builds(Anchor, number=st.integers(1, 99), hash=st.just("ab" * 32))
    )
    entries: list[Entry] = []
    for _ in range(draw(st.integers(1, 6))):
        hotline, shift, call = draw(maybe), draw(maybe), draw(maybe)
        entry = Entry(
            number=last.number + 1,
            at=START + timedelta(microseconds=draw(st.integers(0, 10**12))),
            hotline=None if hotline is None else HotlineNumber(hotline),
            shift_id=None if shift is None else ShiftId(shift),
            author=AgentId(draw(words)),
            kind=draw(st.sampled_from(EntryKind)),
            text=draw(words),
            call_id=None if call is None else CallId(call),
            follow_up=draw(st.booleans()),
            refers_to=draw(st.none() | st.integers(1, 99)),
            prev_hash=last.hash,
            hash="",
        )
        entries.append(replace(entry, hash=hash_of(entry)))
        last = Anchor(number=entry.number, hash=entries[-1].hash)
    return anchor, entries


def head(entries: list[Entry]) -> Anchor:
    return Anchor(number=entries[-1].number, hash=entries[-1].hash)


@given(logs())
def test_a_log_that_nobody_touched_holds(log):
    anchor, entries = log

    assert verify(entries, anchor) == verify(entries, anchor, head(entries)) == []


@given(logs(), logs(), st.data())
def test_a_field_that_was_changed_is_seen_at_its_entry(log, other, data):
    anchor, entries = log
    n = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from([name for name in Entry.__slots__ if name != "number"]))
    value = getattr(other[1][0], field)
    assume(value != getattr(entries[n], field))
    doctored = [*entries[:n], replace(entries[n], **{field: value}), *entries[n + 1 :]]

    assert entries[n].number in {one.number for one in verify(doctored, anchor)}


@given(logs(), st.data())
def test_a_changed_entry_with_a_hash_made_to_fit_is_seen_at_the_next(log, data):
    anchor, entries = log
    n = data.draw(st.integers(0, len(entries) - 1))
    doctored = replace(entries[n], text=entries[n].text + "!")
    fitting = replace(doctored, hash=hash_of(doctored))
    changed = [*entries[:n], fitting, *entries[n + 1 :]]

    assert verify(changed, anchor, head(entries)) != []


@given(logs(), st.data())
def test_an_entry_that_was_removed_is_seen_at_the_end_too(log, data):
    anchor, entries = log
    n = data.draw(st.integers(0, len(entries) - 1))

    assert verify([*entries[:n], *entries[n + 1 :]], anchor, head(entries)) != []


@given(logs(), st.data())
def test_entries_that_changed_places_are_seen(log, data):
    anchor, entries = log
    assume(len(entries) > 1)
    n = data.draw(st.integers(1, len(entries) - 1))
    swapped = [*entries[: n - 1], entries[n], entries[n - 1], *entries[n + 1 :]]

    assert verify(swapped, anchor) != []


@given(logs(), logs())
def test_no_two_different_entries_are_the_same_bytes(log, other):
    one, two = log[1][0], other[1][0]
    same = replace(one, hash="") == replace(two, hash="")

    assert (canonical(one) == canonical(two)) == same


@given(logs())
def test_what_was_purged_does_not_break_what_is_left(log):
    _, entries = log
    for n in range(len(entries)):
        left = entries[n + 1 :]
        assert verify(left, head(entries[: n + 1]), head(entries)) == []
