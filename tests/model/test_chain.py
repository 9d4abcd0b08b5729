"""The chain: any change to any line, or to their order, breaks it at that line."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from skywright.model.chain import GENESIS, chain, entry_hash, link_flaw
from skywright.model.run import LogEntry

TEXT = st.text(max_size=20)
ENTRY = st.builds(
    LogEntry,
    seq=st.just(0),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),
    who=TEXT,
    what=TEXT,
    why=TEXT,
    target=TEXT,
    plan_hash=TEXT,
    details=st.dictionaries(TEXT, TEXT | st.integers(-(2**31), 2**31) | st.booleans() | st.none(), max_size=3),
)


def linked(entries: list[LogEntry]) -> list[LogEntry]:
    lines: list[LogEntry] = []
    for entry in entries:
        lines.append(chain(lines[-1] if lines else None, entry))
    return lines


def first_flaw(lines: list[LogEntry]) -> int | None:
    for place, line in enumerate(lines):
        if link_flaw(lines[place - 1] if place else None, line):
            return place
    return None


@given(st.lists(ENTRY, min_size=1, max_size=6))
def test_a_chain_has_no_flaw(entries: list[LogEntry]) -> None:
    lines = linked(entries)
    assert first_flaw(lines) is None
    assert (lines[0].seq, lines[0].previous) == (1, GENESIS)


@given(st.lists(ENTRY, min_size=1, max_size=6), st.data())
def test_any_field_of_any_line(entries: list[LogEntry], data: st.DataObject) -> None:
    lines = linked(entries)
    place = data.draw(st.integers(0, len(lines) - 1))
    field = data.draw(st.sampled_from(["at", "who", "what", "why", "target", "plan_hash", "details", "previous", "hash"]))
    old = getattr(lines[place], field)
    new = old + timedelta(microseconds=1) if field == "at" else {**old, "added": 1} if field == "details" else old + "x"
    lines[place] = msgspec.structs.replace(lines[place], **{field: new})
    assert first_flaw(lines) == place


@given(st.lists(ENTRY, min_size=2, max_size=6), st.data())
def test_a_line_that_is_left_out(entries: list[LogEntry], data: st.DataObject) -> None:
    lines = linked(entries)
    place = data.draw(st.integers(0, len(lines) - 2))
    del lines[place]
    assert first_flaw(lines) == place


def test_the_hash_survives_the_way_through_json() -> None:
    line = chain(None, LogEntry(seq=0, at=datetime(2026, 3, 1), who="名", what="x", why="", details={"n": [1, 2.5, None, "é"]}))
    again = msgspec.json.decode(msgspec.json.encode(line), type=LogEntry)
    assert entry_hash(again) == line.hash
