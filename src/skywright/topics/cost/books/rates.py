"""Dated exchange rates: exact, as they stand in the user's file; without a rate an amount stays in its own currency."""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.cost.books.exact import times


class Rate(msgspec.Struct, frozen=True, order=True):
    """From ``day`` on, one unit of a currency is worth ``worth`` of the currency that totals are shown in."""

    day: date
    worth: Decimal
    source: str = ""


class Rates:
    """The rates of a file, by currency."""

    def __init__(self, target: str, rates: dict[str, list[Rate]] | None = None) -> None:
        self.target = target
        self._rates = {currency: sorted(found) for currency, found in (rates or {}).items()}
        self.used: dict[tuple[str, date], Rate] = {}

    def __bool__(self) -> bool:
        return bool(self._rates)

    def rate(self, currency: str, day: date) -> Rate | None:
        """The rate of a day: the last that is not younger; None when there is none."""
        found = self._rates.get(currency, [])
        index = bisect_right(found, day, key=lambda rate: rate.day)
        return found[index - 1] if index else None

    def convert(self, amount: Decimal, currency: str, day: date | None) -> tuple[Decimal, str]:
        """The amount in the target currency, exact; or as it is where there is no rate for that day."""
        if currency == self.target or day is None:
            return amount, currency
        rate = self.rate(currency, day)
        if rate is None:
            return amount, currency
        self.used[currency, rate.day] = rate
        return times(amount, rate.worth), self.target


def read_rates(path: Path, target: str) -> Rates:
    """A CSV file with the columns date, currency and rate, and perhaps source. Raises BadInput with file and line."""
    found: dict[str, list[Rate]] = {}
    for line, row in rows_of(path, ("date", "currency", "rate")):
        where = f"{path}:{line}"
        day, worth = date_of(row["date"], where), number_of(row["rate"], where)
        currency = row["currency"].strip().upper()
        if worth <= 0:
            raise BadInput(
                t("a rate must be more than zero, not {rate}.", rate=row["rate"]), where=where, next_step=t("Mend the rate.")
            )
        if any(rate.day == day for rate in found.get(currency, ())):
            raise BadInput(
                t("{currency} has two rates on {day}.", currency=currency, day=day), where=where, next_step=t("Keep one.")
            )
        found.setdefault(currency, []).append(Rate(day, worth, (row.get("source") or "").strip()))
    return Rates(target, found)


def rows_of(path: Path, needed: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with a header, by column, with their lines. Raises BadInput for what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(t("cannot be read: {reason}.", reason=reason), where=str(path), next_step=t("Check the path.")) from error
    except UnicodeDecodeError as error:
        raise BadInput(t("is not UTF-8 text."), where=str(path), next_step=t("Save it as UTF-8.")) from error
    reader = csv.reader(text.splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in needed if name not in header]:
        raise BadInput(
            t("has no column {names}.", names=", ".join(missing)),
            where=f"{path}:1",
            next_step=t("Its first line must name {names}.", names=", ".join(needed)),
        )
    for row in reader:
        if not row or row[0].lstrip().startswith("#"):
            continue
        if len(row) != len(header):
            raise BadInput(
                t("has {count} values where the first line has {columns}.", count=len(row), columns=len(header)),
                where=f"{path}:{reader.line_num}",
                next_step=t("Mend the line."),
            )
        yield reader.line_num, dict(zip(header, row, strict=True))


def date_of(text: str, where: str) -> date:
    """A day (or the first of a month). Raises BadInput."""
    try:
        text = text.strip()
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text[:10])  # 2026-09 -> its first day
    except ValueError as error:
        raise BadInput(t("{text!r} is no date.", text=text), where=where, next_step=t("Write 2026-09-30.")) from error


def number_of(text: str, where: str) -> Decimal:
    """A finite decimal number. Raises BadInput."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BadInput(t("{text!r} is no number.", text=text), where=where, next_step=t("Write it like 1234.56."))
    return value
