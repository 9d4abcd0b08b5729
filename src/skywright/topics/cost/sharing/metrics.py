"""A metric in a CSV file -> its numbers by day (and by whom)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from skywright.model.cost_shares import Prometheus
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.cost.books.exact import sums
from skywright.topics.cost.books.period import Period
from skywright.topics.cost.books.rates import date_of, number_of, rows_of


class Reading(msgspec.Struct, frozen=True):
    """A metric's number on a day (or of its month, where it was written as one); ``center`` is whose it is, empty for all."""

    day: date
    value: Decimal
    center: str = ""
    month: bool = False


Ask = Callable[[Prometheus, date, date], list[tuple[date, Decimal, str]]]
"""A meter, from a day until before another -> day, value, whose (adapters.meters)."""


def readings(name: str, metrics: Mapping[str, str | Prometheus], period: Period, ask: Ask) -> tuple[str, list[Reading]]:
    """Where a metric was read, and its numbers (a file's: all of them). ``name``: one in cost.metrics, or the path of a CSV file.
    Raises BadInput when there is no such metric, or it cannot be read."""
    meter = metrics.get(name, name if "/" in name or name.endswith(".csv") else None)
    match meter:
        case None:
            known = ", ".join(metrics) or t("none")
            raise BadInput(
                t("There is no metric {name}.", name=name),
                next_step=t("Give a CSV file, or one of cost.metrics ({known}).", known=known),
            )
        case str():
            return meter, read_metric(Path(meter))
        case Prometheus():
            return meter.query, [Reading(day, value, whose) for day, value, whose in ask(meter, period.start, period.end)]


def read_metric(path: Path) -> list[Reading]:
    """A CSV file with the columns date and value, and perhaps center. Raises BadInput with file and line for what is no number, is
    less than zero, or stands there twice."""
    found: dict[tuple[date, str], Reading] = {}
    for line, row in rows_of(path, ("date", "value")):
        where = f"{path}:{line}"
        month = len(row["date"].strip()) == len("2026-09")
        reading = Reading(date_of(row["date"], where), number_of(row["value"], where), row.get("center", "").strip(), month)
        if reading.value < 0:
            raise BadInput(t("{value} is less than zero.", value=reading.value), where=where, next_step=t("Mend the line."))
        if (reading.day, reading.center) in found:
            twice = t("{day} stands there twice{whose}.", day=reading.day, whose=f" ({reading.center})" if reading.center else "")
            raise BadInput(twice, where=where, next_step=t("Keep one."))
        found[reading.day, reading.center] = reading
    return list(found.values())


def by_center(readings: Sequence[Reading], period: Period) -> dict[str, Decimal]:
    """The sums of a period by whose they are."""
    return sums((one.center, one.value) for one in readings if period.start <= one.day < period.end)


def owned(where: str, found: list[Reading]) -> list[Reading]:
    """The same numbers, each of which says whose it is. Raises BadInput when one does not."""
    if any(not one.center for one in found):
        raise BadInput(
            t("does not say whose each number is."), where=where,
            next_step=t("Give it a column center with the cost centres (or name the label of the query)."),
        )  # fmt: skip
    return found
