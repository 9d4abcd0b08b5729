"""A CSV file -> the line on which each of its records begins."""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Record(msgspec.Struct, frozen=True):
    """Where a record begins: at which byte (0-based; of the empty lines before it), on which line (1-based)."""

    byte: int
    line: int


def record_lines(path: Path) -> Sequence[Record]:
    """Every record's beginning, the header's first; empty lines are none. A record goes on while a quote is open."""
    starts: list[Record] = []
    inside, at, begin = False, 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not inside and line.strip():
                starts.append(Record(begin, number))
            if line.count(b'"') % 2:
                inside = not inside
            at += len(line)
            begin = at if inside or line.strip() else begin
    return starts


def line_at(records: Sequence[Record], byte: int) -> int:
    """The line on which the record begins that holds a byte."""
    return records[max(0, bisect_right(records, byte, key=lambda record: record.byte) - 1)].line
