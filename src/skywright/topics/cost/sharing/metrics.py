"""A metric in a CSV file -> its numbers by day (and by whom)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.cost.books.exact import total
from skywright.topics.cost.books.period import Period
from skywright.topics.cost.books.rates import date_of, number_of, rows_of


class Reading(msgspec.Struct, frozen=True):
    """A metric's number on a day; ``center`` is whose it is, empty for all."""

    day: date
    value: Decimal
    center: str = ""


def metric_path(name: str, metrics: Mapping[str, str]) -> Path:
    """The file of a metric: its name in cost.metrics, or a path."""
    if name in metrics:
        return Path(metrics[name])
    if "/" in name or name.endswith(".csv"):
        return Path(name)
    known = ", ".join(metrics) or t("none")
    raise BadInput(
        t("There is no metric {name}.", name=name),
        next_step=t("Give a CSV file, or one of cost.metrics ({known}).", known=known),
    )


def read_metric(path: Path) -> list[Reading]:
    """A CSV file with the columns date and value, and perhaps center. Raises BadInput with file and line for what is no number, is
    less than zero, or stands there twice."""
    found: dict[tuple[date, str], Reading] = {}
    for line, row in rows_of(path, ("date", "value")):
        where = f"{path}:{line}"
        reading = Reading(date_of(row["date"], where), number_of(row["value"], where), row.get("center", "").strip())
        if reading.value < 0:
            raise BadInput(t("{value} is less than zero.", value=reading.value), where=where, next_step=t("Mend the line."))
        if (reading.day, reading.center) in found:
            twice = t("{day} stands there twice{whose}.", day=reading.day, whose=f" ({reading.center})" if reading.center else "")
            raise BadInput(twice, where=where, next_step=t("Keep one."))
        found[reading.day, reading.center] = reading
    return list(found.values())


def by_center(readings: Sequence[Reading], period: Period) -> dict[str, Decimal]:
    """The sums of a period by whose they are."""
    inside = [one for one in readings if period.start <= one.day < period.end]
    return {name: total(one.value for one in inside if one.center == name) for name in dict.fromkeys(one.center for one in inside)}


def read_by_center(path: Path) -> list[Reading]:
    """A metric that says whose each number is. Raises BadInput when it does not."""
    readings = read_metric(path)
    if any(not one.center for one in readings):
        raise BadInput(
            t("does not say whose each number is."), where=str(path), next_step=t("Give it a column center with the cost centres.")
        )
    return readings
