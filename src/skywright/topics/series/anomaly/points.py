"""Cells of a file -> points in time, with remarks on what is odd about them but can be judged."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import n, t

TIMES = ("timestamp", "time", "datetime", "date", "ds")
VALUES = ("value", "y", "cost", "amount")
_GAPS = frozenset(("", "na", "nan", "null", "none"))
_GAP_STEPS = 3
VALUE_MAX = 1e150
"""Squares of values and their sums stay finite."""


class Points(msgspec.Struct, frozen=True):
    """Times (naive UTC) and values in the file's order, the line that each stood on, and remarks for a person."""

    times: tuple[datetime, ...]
    values: tuple[float, ...]
    lines: tuple[int, ...]
    remarks: tuple[str, ...] = ()


def points(path: str, names: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Points:
    """A sheet with a column of times and one of values -> points. A row without a value is a gap and left out; rows of the same or
    an earlier time are judged in the file's order; both are remarked on. Raises BadInput (file:line) for anything else."""
    at_column, value_column = _column(path, names, TIMES), _column(path, names, VALUES)
    times: list[datetime] = []
    values: list[float] = []
    kept: list[int] = []
    for row, line in zip(rows, lines, strict=True):
        where = f"{path}:{line}"
        at = _time(row[at_column], where)
        if row[value_column].lower() in _GAPS:
            continue
        times.append(at)
        values.append(_value(row[value_column], where))
        kept.append(line)
    if not values:
        raise BadInput(t("has no value in column {name}.", name=names[value_column]), where=path, next_step=t("Give it numbers."))
    return Points(tuple(times), tuple(values), tuple(kept), tuple(_remarks(times, len(rows) - len(values))))


def _column(path: str, names: Sequence[str], wanted: Sequence[str]) -> int:
    lower = [name.lower() for name in names]
    for name in wanted:
        if name in lower:
            return lower.index(name)
    message = t("has no column {name} in its first line.", name=wanted[0])
    raise BadInput(message, where=f"{path}:1", next_step=t("Begin the file with the line `timestamp,value`."))


def _time(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = t("{text} is not a time.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write 2026-11-20 08:00:00 (UTC unless it names a zone).")) from None
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _value(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        message = t("{text} is not a number.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write 12 or 12.5, or nothing for a gap.")) from None
    if not math.isfinite(value):
        raise BadInput(t("{text} is not a finite number.", text=text[:40]), where=where, next_step=t("Write nothing for a gap."))
    if abs(value) > VALUE_MAX:
        raise BadInput(t("{text} is too large to be judged.", text=text[:40]), where=where, next_step=t("Count in a larger unit."))
    return value


def _remarks(times: Sequence[datetime], empty: int) -> Iterator[str]:
    if empty:
        yield n("{count} row has no value and was left out.", "{count} rows have no value and were left out.", empty)
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    if same := sum(step == 0 for step in steps):
        yield n("{count} point has the time of the one before it.", "{count} points have the time of the one before them.", same)
    if back := sum(step < 0 for step in steps):
        text = ("{count} point is earlier than the one before it; judged in the file's order.",
                "{count} points are earlier than the one before them; judged in the file's order.")  # fmt: skip
        yield n(*text, back)
    usual = median(forward) if (forward := [step for step in steps if step > 0]) else 0.0
    if gaps := sum(step > _GAP_STEPS * usual for step in forward):
        yield n("{count} gap is longer than three usual steps.", "{count} gaps are longer than three usual steps.", gaps)
