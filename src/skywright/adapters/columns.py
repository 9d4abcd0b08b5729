"""A file of columns (CSV, or one number a line; plain or gzip) -> names and numbers. Every error names file and line."""

import csv
import gzip
import math
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

SIZE_MAX_BYTES = 256 * 2**20
_DELIMITERS = ",;\t"
_TIMES = ("time", "timestamp", "hour", "date", "datetime", "ds")


class Sheet(msgspec.Struct, frozen=True):
    """Cells as text. ``names``: of the columns ("" where the file has no header); ``lines``: where each row stood (1-based)."""

    path: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def numbers(self, column: int, *, least: float = 0.0) -> tuple[float, ...]:
        """A column as numbers. Raises BadInput for one that is none, not finite, or below ``least``."""
        return tuple(self._number(row[column], line, least) for row, line in zip(self.rows, self.lines, strict=True))

    def decimals(self, column: int) -> tuple[Decimal, ...]:
        """A column as exact numbers, at least 0. Raises BadInput like ``numbers``."""
        self.numbers(column)
        return tuple(Decimal(row[column].replace("_", "")) for row in self.rows)

    def find(self, *names: str) -> int | None:
        """The first column with one of these names (case does not matter); None when there is none."""
        lower = [name.lower() for name in self.names]
        return next((lower.index(name) for name in names if name in lower), None)

    def numeric(self) -> tuple[int, ...]:
        """The columns that hold numbers: all but a first one of times or names. Raises BadInput when none is left."""
        numeric = _numeric(self.rows[0][0]) and self.names[0].lower() not in _TIMES
        first = 0 if numeric else 1
        if first == len(self.names):
            raise BadInput(t("has no column of numbers."), where=f"{self.path}:{self.lines[0]}", next_step=t("Give units an hour."))
        return tuple(range(first, len(self.names)))

    def step(self) -> timedelta | None:
        """How far apart the rows are by the times of the first column; None where it holds none (ISO 8601), or is the only row.
        Raises BadInput where a row does not follow the one before at that distance: a gap, a row twice, a wrong order."""
        times = [_moment(row[0]) for row in self.rows]
        if len(times) < 2 or None in times:
            return None
        known = [one for one in times if one is not None]
        step = known[1] - known[0]
        for before, after, line in zip(known, known[1:], self.lines[1:], strict=False):
            if after - before != step or step <= timedelta(0):
                why = {"time": f"{after:%Y-%m-%d %H:%M}", "before": f"{before:%Y-%m-%d %H:%M}", "hours": step / timedelta(hours=1)}
                raise BadInput(
                    t("{time} is not {hours:g} h after {before}, as rows are before.", **why)
                    if step > timedelta(0)
                    else t("{time} is not after {before}.", **why),
                    where=f"{self.path}:{line}",
                    next_step=t("Give one row an hour, in order; 0 where nothing was used."),
                )
        return step

    def _number(self, text: str, line: int, least: float) -> float:
        where = f"{self.path}:{line}"
        try:
            value = float(text)
        except ValueError:
            raise BadInput(
                t("{text} is not a number.", text=repr(text[:40])), where=where, next_step=t("Write 12 or 12.5.")
            ) from None
        if not math.isfinite(value):
            raise BadInput(t("{text} is not a finite number.", text=text[:40]), where=where, next_step=t("Leave the row out."))
        if value < least:
            raise BadInput(
                t("{text} is less than {least:g}.", text=text[:40], least=least), where=where, next_step=t("Mend the row.")
            )
        return value


def read_sheet(path: Path) -> Sheet:
    """A file -> its cells. The first line is a header when none of its cells is a number. Rows must have as many cells as the
    first. Raises BadInput for what cannot be read, is not UTF-8, or holds nothing."""
    text = _text(path)
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=first.count)
    found: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    for cells in reader:
        row = tuple(cell.strip() for cell in cells)
        if any(row) and not row[0].startswith("#"):
            found.append((reader.line_num, row))
    if not found:
        raise BadInput(t("holds nothing."), where=str(path), next_step=t("Give it one row an item or hour."))
    names: tuple[str, ...] = ("",) * len(found[0][1])
    if not any(_numeric(cell) for cell in found[0][1]):
        names = found.pop(0)[1]
        if not found:
            raise BadInput(t("holds a header and nothing else."), where=str(path), next_step=t("Give it one row an item or hour."))
    for line, row in found:
        if len(row) != len(names):
            message = t("has {found} cells where the first row has {wanted}.", found=len(row), wanted=len(names))
            raise BadInput(message, where=f"{path}:{line}", next_step=t("Mend the row."))
    return Sheet(str(path), names, tuple(row for _, row in found), tuple(line for line, _ in found))


def read_numbers(path: Path) -> tuple[float, ...]:
    """A file of one number a line (a million lines in a second), or of a time and a number -> the numbers, none below zero."""
    text = _text(path)
    try:
        values = tuple(map(float, text.rstrip("\n").split("\n")))
    except ValueError:
        values = ()
    if values and min(values) >= 0.0 and math.isfinite(sum(values)):
        return values
    sheet = read_sheet(path)
    columns = sheet.numeric()
    if len(columns) > 1:
        message = t("has {count} columns of numbers; one is expected.", count=len(columns))
        raise BadInput(message, where=f"{path}:{sheet.lines[0]}", next_step=t("Leave one."))
    return sheet.numbers(columns[0])


def _moment(text: str) -> datetime | None:
    """A time without its zone's offset counted twice: all in UTC, or all without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _numeric(text: str) -> bool:
    """Whether a cell holds a number; one that says nan does too, so that it is not taken for a name."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(path) as stream:
                raw = stream.read(SIZE_MAX_BYTES + 1)
        if len(raw) > SIZE_MAX_BYTES:
            raise BadInput(t("is larger than {size} bytes.", size=SIZE_MAX_BYTES), where=str(path), next_step=t("Split it."))
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(t("is gzip that ends early or is damaged."), where=str(path), next_step=t("Fetch it again.")) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(t("cannot be read: {reason}.", reason=reason), where=str(path), next_step=t("Check the path.")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(t("is not UTF-8 text."), where=f"{path}:{line}", next_step=t("Save it as UTF-8.")) from error
