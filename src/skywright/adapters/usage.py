"""Files of usage (a file, a folder, or a tar of them) -> series. Every error names file and line.

A file is one number a line (its name names the series), or CSV with a column a series and, if first, a column of times. Files of
the same name in several folders are one series, folder after folder by name; a folder lasts as long as its longest file.
"""

import csv
import gzip
import io
import math
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from skywright.model.errors import BadInput
from skywright.model.series import Series
from skywright.model.words import t

SIZE_MAX_BYTES = 1024 * 2**20
EPOCH = datetime(1970, 1, 1)


def read_usage(path: Path, step: timedelta) -> list[Series]:
    """Everything at ``path`` -> its series, one for each name and folder (or column); a value that is missing is nan. ``step``
    is the time between two values where the file does not say. Raises BadInput for what cannot be read, is no text, or holds
    nothing."""
    found: list[Series] = []
    folder, begin, longest = "", 0, 0
    for inside, where, raw in sorted(_files(path), key=lambda one: (one[0].parent, one[0].name)):
        if str(inside.parent) != folder:
            folder, begin, longest = str(inside.parent), begin + longest, 0
        series = _series(_decoded(raw, where), inside.name.removesuffix(".gz"), where, EPOCH + begin * step, step)
        longest = max(longest, *(len(one.values) for one in series))
        found += series
    if not found:
        raise BadInput(t("holds no file."), where=str(path), next_step=t("Give it one file a series."))
    return found


def _files(path: Path) -> Iterator[tuple[PurePosixPath, str, bytes]]:
    """The files at a path: where each lies inside, how it is named in errors, and what it holds."""
    left = SIZE_MAX_BYTES
    try:
        if path.is_dir():
            for file in sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith(".")):
                left = _within(left - file.stat().st_size, path)
                yield PurePosixPath(file.relative_to(path)), str(file), file.read_bytes()
        elif path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isfile() and (stream := tar.extractfile(member)):
                        left = _within(left - member.size, path)
                        yield PurePosixPath(member.name), f"{path}/{member.name}", stream.read()
        else:
            yield PurePosixPath(path.name), str(path), path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise BadInput(t("ends early or is damaged."), where=str(path), next_step=t("Fetch it again.")) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(t("cannot be read: {reason}.", reason=reason), where=str(path), next_step=t("Check the path.")) from error


def _within(left: int, path: Path) -> int:
    if left < 0:
        message = t("holds more than {size} bytes.", size=SIZE_MAX_BYTES)
        raise BadInput(message, where=str(path), next_step=t("Split it."))
    return left


def _decoded(raw: bytes, where: str) -> str:
    try:
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
                raw = stream.read(SIZE_MAX_BYTES)
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(t("is gzip that ends early or is damaged."), where=where, next_step=t("Fetch it again.")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(t("is not UTF-8 text."), where=f"{where}:{line}", next_step=t("Save it as UTF-8.")) from error


def _series(text: str, name: str, where: str, start: datetime, step: timedelta) -> list[Series]:
    """The series of one file."""
    try:
        plain = tuple(map(float, text.split()))
    except ValueError:
        plain = ()
    if plain and min(plain) >= 0.0 and math.isfinite(sum(plain)) and len(plain) == text.rstrip("\n").count("\n") + 1:
        return [Series(name, start, step, plain)]
    reader = csv.reader(text.splitlines())
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        message = t("is no CSV: {reason}.", reason=error)
        raise BadInput(message, where=f"{where}:{reader.line_num}", next_step=t("Mend the line.")) from error
    if not rows:
        raise BadInput(t("holds nothing."), where=where, next_step=t("Give it one number a line."))
    heads = rows[0][1]
    named = not any(_number(cell) is not None for cell in heads)
    body = rows[1:] if named else rows
    if not body:
        raise BadInput(t("holds a header and nothing else."), where=where, next_step=t("Give it one row a time."))
    timed = len(heads) > 1 and _number(body[0][1][0]) is None
    begin, apart = _clock(body, start, step) if timed else (start, step)
    names = heads if named else [name] if len(heads) - timed == 1 else [f"{name}:{place}" for place in range(1, len(heads) + 1)]
    names = names if named or len(heads) - timed > 1 else [name] * len(heads)
    for line, row in body:
        if len(row) != len(heads):
            message = t("has {found} cells where the first row has {wanted}.", found=len(row), wanted=len(heads))
            raise BadInput(message, where=f"{where}:{line}", next_step=t("Mend the row."))
    return [
        Series(names[place], begin, apart, tuple(_value(row[place], f"{where}:{line}") for line, row in body))
        for place in range(int(timed), len(heads))
    ]


def _clock(body: list[tuple[int, list[str]]], start: datetime, step: timedelta) -> tuple[datetime, timedelta]:
    """When the first row was and how far apart rows are, as the times in the first column say; what was asked where they do not."""
    times = []
    for _, row in body[:2]:
        try:
            times.append(datetime.fromisoformat(row[0]).replace(tzinfo=None))
        except ValueError:
            return start, step
    apart = times[-1] - times[0]
    return (times[0], apart) if apart > timedelta(0) else (start, step)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _value(text: str, where: str) -> float:
    if not text:
        return math.nan
    value = _number(text)
    if value is None:
        message = t("{text} is not a number.", text=repr(text[:40]))
        raise BadInput(message, where=where, next_step=t("Write 12 or 12.5, or leave the cell empty."))
    if not math.isfinite(value) or value < 0:
        message = t("{text} is no usage.", text=text[:40])
        raise BadInput(message, where=where, next_step=t("Give a number of at least 0, or leave the cell empty."))
    return value
