"""Cells of a file -> series at equal steps, with remarks on what was filled in.

Four forms are told apart by what the columns hold: a row a series (name, v1, v2, ...; empty cells at the end); a column of times
and one of values; the same with a column of names (many series, one below the other); a column of times and one of values a
series.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from skywright.model.errors import BadInput
from skywright.model.series import Series
from skywright.model.words import n, t

TIMES = ("timestamp", "time", "datetime", "date", "ds", "hour", "month")
VALUES = ("value", "y", "cost", "amount")
NAMES = ("series", "unique_id", "id", "name", "key", "item")
NO_TIME = datetime(1970, 1, 1)
_GAPS = frozenset(("", "na", "nan", "null", "none"))
VALUE_MAX = 1e150
FEW = 2  # columns: a time and a value
_FILLED_MAX = 0.5
_MONTH_DAYS = range(28, 32)
_SEASONS = ((timedelta(minutes=1), (60, 1440)), (timedelta(minutes=5), (288, 2016)), (timedelta(minutes=10), (144, 1008)),
            (timedelta(minutes=15), (96, 672)), (timedelta(minutes=30), (48, 336)), (timedelta(hours=1), (24, 168)),
            (timedelta(days=1), (7,)), (timedelta(days=7), (52,)))  # fmt: skip

Point = tuple[datetime, float, str]
"""A time, a value, and where it stood (file:line)."""


class Read(msgspec.Struct, frozen=True):
    """What a file holds. ``timed``: whether it says when; ``monthly``: whether a step is a calendar month (a series' own step is
    then a mean one)."""

    series: tuple[Series, ...]
    timed: bool
    monthly: bool = False
    remarks: tuple[str, ...] = ()

    def when(self, one: Series, index: int) -> datetime | None:
        """The time of a value, or of one to come; None where the file holds no times."""
        if not self.timed:
            return None
        if not self.monthly:
            return one.time(index)
        year, month = divmod(one.start.year * 12 + one.start.month - 1 + index, 12)
        return one.start.replace(year=year, month=month + 1)

    def seasons(self) -> tuple[int, ...]:
        """The seasons that steps of this length usually have, for when nobody names them."""
        if not self.timed:
            return ()
        if self.monthly:
            return (12,)
        return next((seasons for step, seasons in _SEASONS if step == self.series[0].step), ())


def series_of(path: str, names: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Read:
    """Raises BadInput (file:line) for cells that are none of the forms, values that are no numbers, times that come twice or do not
    stand at equal steps, and where more than half of a series would have to be filled in."""
    lower = [name.lower() for name in names]
    time = next((lower.index(name) for name in TIMES if name in lower), None)
    if time is None:
        return _untimed(path, lower, rows, lines)
    name = next((lower.index(one) for one in NAMES if one in lower and lower.index(one) != time), None)
    points: defaultdict[str, list[Point]] = defaultdict(list)
    others = [place for place in range(len(names)) if place not in {time, name}]
    if name is not None:
        others = [_value_column(path, lower, others)]
    for row, line in zip(rows, lines, strict=True):
        where = f"{path}:{line}"
        at = _time(row[time], where)
        for place in others:
            title = row[name] if name is not None else names[place]
            if row[place].lower() not in _GAPS:
                points[title].append((at, number(row[place], where), where))
    if not points:
        raise BadInput(t("has no value."), where=path, next_step=t("Give it a column of numbers."))
    return _regular(path, points)


def _value_column(path: str, lower: Sequence[str], others: Sequence[int]) -> int:
    known = [place for place in others if lower[place] in VALUES]
    if not known and len(others) != 1:
        message = t("has no column {name} in its first line.", name=VALUES[0])
        raise BadInput(message, where=f"{path}:1", next_step=t("Begin the file with the line `series,timestamp,value`."))
    return (known or others)[0]


def _untimed(path: str, lower: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Read:
    """Columns without times: one number a line, or a row a series."""
    if len(lower) == 1:
        values = tuple(number(row[0], f"{path}:{line}") for row, line in zip(rows, lines, strict=True))
        return Read((Series(lower[0] or "series", NO_TIME, timedelta(hours=1), values),), timed=False)
    if len(lower) == FEW and all(_is_time(row[0]) for row in rows):
        message = t("begins with times and has no header.")
        raise BadInput(message, where=f"{path}:{lines[0]}", next_step=t("Begin the file with the line `timestamp,value`."))
    found: dict[str, Series] = {}
    for row, line in zip(rows, lines, strict=True):
        where = f"{path}:{line}"
        if row[0] in found:
            raise BadInput(t("{name} stands there twice.", name=repr(row[0])), where=where, next_step=t("Keep one of the rows."))
        last = max((place for place, cell in enumerate(row) if cell.lower() not in _GAPS), default=0)
        if last == 0:
            raise BadInput(t("{name} has no values.", name=repr(row[0])), where=where, next_step=t("Leave the row out."))
        values = tuple(number(cell, where) for cell in row[1 : last + 1])
        found[row[0]] = Series(row[0], NO_TIME, timedelta(hours=1), values)
    return Read(tuple(found.values()), timed=False)


def _regular(path: str, points: dict[str, list[Point]]) -> Read:
    """Points in any order -> values at equal steps of time; steps are the most frequent distance."""
    ordered = {name: sorted(some) for name, some in points.items()}
    distances = Counter(b[0] - a[0] for some in ordered.values() for a, b in pairwise(some))
    for some in ordered.values():
        for before, after in pairwise(some):
            if before[0] == after[0]:
                message = t("{time} stands there twice.", time=after[0])
                raise BadInput(message, where=max(before[2], after[2], key=_line), next_step=t("Keep one of the values."))
    if not distances:
        raise BadInput(t("has one value a series; a step of time cannot be told."), where=path, next_step=t("Give more values."))
    monthly = all(one.days in _MONTH_DAYS and one.seconds == 0 for one in distances) and len(distances) > 1
    step = distances.most_common(1)[0][0]
    place = _month if monthly else _steps(step)
    filled: Counter[str] = Counter()
    series = tuple(_one(name, some, step, place, filled) for name, some in ordered.items())
    return Read(series, timed=True, monthly=monthly, remarks=tuple(_remarks(filled)))


def _month(at: datetime, since: datetime) -> float:
    return (at.year - since.year) * 12 + at.month - since.month


def _steps(step: timedelta) -> Callable[[datetime, datetime], float]:
    return lambda at, since: (at - since) / step


def _one(
    name: str, some: list[Point], step: timedelta, place: Callable[[datetime, datetime], float], filled: Counter[str]
) -> Series:
    start = some[0][0]
    values: list[float] = []
    for at, value, where in some:
        index = place(at, start)
        if index != round(index):
            message = t("{time} is not a whole number of steps ({step}) after {start}.", time=at, step=step, start=start)
            raise BadInput(message, where=where, next_step=t("Give values at equal steps, or leave out what lies between."))
        missing = round(index) - len(values)
        if missing > _FILLED_MAX * (len(values) + len(some)):
            message = t("{count} values of {name} are missing before it.", count=missing, name=repr(name))
            raise BadInput(message, where=where, next_step=t("Begin after the gap."))
        for gap in range(missing):
            values.append(values[-1] + (value - values[-1]) / (missing - gap + 1))
        filled[name] += missing
        values.append(value)
    return Series(name, start, step, tuple(values))


def _remarks(filled: Counter[str]) -> Iterator[str]:
    for name, count in filled.items():
        if count:
            yield n("{name}: {count} missing value was filled in on a straight line.",
                    "{name}: {count} missing values were filled in on straight lines.", count, name=name)  # fmt: skip


def _line(where: str) -> int:
    return int(where.rsplit(":", 1)[1])


def _time(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except ValueError:
        message = t("{text} is not a time.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write 2026-11-20 08:00:00 (UTC unless it names a zone).")) from None
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _is_time(text: str) -> bool:
    """Whether a cell is a time and no name: a year alone may be either."""
    try:
        return len(text) > len("2026") and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def number(text: str, where: str) -> float:
    """A cell as a finite number that can be reckoned with (squares of it are finite too). Raises BadInput."""
    try:
        value = float(text)
    except ValueError:
        message = t("{text} is not a number.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write 12 or 12.5.")) from None
    if not math.isfinite(value):
        raise BadInput(t("{text} is not a finite number.", text=text[:40]), where=where, next_step=t("Write 12 or 12.5."))
    if abs(value) > VALUE_MAX:
        raise BadInput(
            t("{text} is too large to be forecast.", text=text[:40]), where=where, next_step=t("Count in a larger unit.")
        )
    return value
