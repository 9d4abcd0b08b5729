"""A CSV of what containers used -> the same as a server would tell: ``time,namespace,workload,container,cpu_millis,memory_mib``,
``workload`` as ``deployment/web``; lines of one time are copies, of which the busiest counts."""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from skywright.model.errors import BadInput
from skywright.model.series import Series
from skywright.model.words import t
from skywright.ports.other import Keeper, Memory, Watched

COLUMNS = ("time", "namespace", "workload", "container", "cpu_millis", "memory_mib")
STEPS_MAX = 200_000

Key = tuple[str, str]
Sample = tuple[datetime, Key, tuple[float, float]]
"""When, whose (``type/namespace/name``, container), (processor, memory)."""


def read_containers(path: Path, workloads: Sequence[Keeper]) -> Memory:
    """The usage of these workloads. Raises BadInput with the line for what is no such file, and for one of which no line is of any
    of them."""
    found = list(_samples(path))
    ids = {one.native_id: one.id for one in workloads}
    known = [one for one in found if one[1][0] in ids]
    if not known:
        told = t("A workload is written as deployment/web, with its namespace in a column of its own.")
        raise BadInput(t("has no line of a workload that the snapshot holds."), where=str(path), next_step=told)
    times = sorted({one[0] for one in found})
    step = _step(times)
    count = round((times[-1] - times[0]) / step) + 1
    if count > STEPS_MAX:
        raise BadInput(t("has times that are no steps of one length."), where=str(path), next_step=t("Give it equal steps."))
    tables: dict[Key, tuple[list[float], list[float]]] = {}
    for at, key, values in known:
        place = round((at - times[0]) / step)
        for row, value in zip(tables.setdefault(key, ([math.nan] * count, [math.nan] * count)), values, strict=True):
            if not math.isnan(value) and not row[place] >= value:
                row[place] = value
    watched = (
        Watched(
            workload=ids[native], container=box,
            cpu=Series(box, times[0], step, tuple(cpu)), memory=Series(box, times[0], step, tuple(memory)),
        )
        for (native, box), (cpu, memory) in sorted(tables.items())
    )  # fmt: skip
    left = sorted({one[1][0] for one in found} - ids.keys())
    note = t("Of the file, not in the snapshot: {names}.", names=", ".join(left[:3]))
    return Memory(tuple(watched), (note,) if left else ())


def _step(times: Sequence[datetime]) -> timedelta:
    """The commonest distance of two times."""
    gaps = Counter(after - before for before, after in pairwise(times))
    return gaps.most_common(1)[0][0] if gaps else timedelta(minutes=5)


def _samples(path: Path) -> Iterator[Sample]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(
                    t("has no column {names}.", names=", ".join(missing)), where=f"{path}:1",
                    next_step=t("Its columns are {names}.", names=", ".join(COLUMNS)),
                )  # fmt: skip
            for row in reader:
                yield _sample(row, f"{path}:{reader.line_num}")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(t("cannot be read: {reason}.", reason=reason), where=str(path), next_step=t("Check the path.")) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(t("is no CSV in UTF-8."), where=str(path), next_step=t("Save it as CSV in UTF-8.")) from error


def _sample(row: dict[str, str], where: str) -> Sample:
    try:
        _whole(row)
        at = datetime.fromisoformat(row["time"].strip())
        values = tuple(_number(row[name]) for name in ("cpu_millis", "memory_mib"))
    except ValueError as error:
        step = t("Write a time as 2026-03-01T12:00:00 and numbers of 0 or more; leave unknown ones empty.")
        raise BadInput(t("has not all columns, or a time or a number that is none."), where=where, next_step=step) from error
    type_, _, name = row["workload"].strip().partition("/")
    native = f"{type_}/{row['namespace'].strip()}/{name}"
    naive = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return naive, (native, row["container"].strip()), (values[0], values[1])


def _whole(row: dict[Any, Any]) -> None:
    """Raises ValueError for a line of fewer or more columns."""
    if None in row or None in row.values():
        raise ValueError(row)


def _number(text: str) -> float:
    """Empty and NaN are not known."""
    value = float(text) if text.strip() else math.nan
    if value < 0 or math.isinf(value):
        raise ValueError(text)
    return value
