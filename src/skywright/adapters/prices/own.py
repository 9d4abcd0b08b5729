"""A user's own price file: negotiated prices, prices of clouds that publish none, prices of one's own data centre."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

COLUMNS = ("cloud", "region", "kind", "sku", "unit", "amount", "currency")
OPTIONAL = ("dated", "vcpus", "memory_mib")
AMOUNT_MAX = Decimal(10) ** 10
UNITS = ("hour", "gib-month", "iops-month", "mibps-month", "key-month", "secret-month", "zone-month")


class OwnPrice(msgspec.Struct, frozen=True):
    """One line: it takes the place of the list price of the same thing, and no discount comes off it."""

    cloud: str
    region: str
    kind: str
    sku: str
    unit: str
    amount: Decimal
    currency: str
    dated: str
    vcpus: int | None
    memory_mib: int | None
    source: str


def read_own_prices(path: Path) -> list[OwnPrice]:
    """A CSV file with a header -> its prices. Raises BadInput with file and line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(_prices(path, csv.DictReader(lines, strict=True)))
    except FileNotFoundError as error:
        raise BadInput(t("There is no such file."), where=str(path), next_step=t("Correct prices.files.")) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(t("The price file cannot be read: {why}.", why=error), where=str(path)) from error


def _prices(path: Path, lines: "csv.DictReader[str]") -> Iterator[OwnPrice]:
    missing = [column for column in COLUMNS if column not in (lines.fieldnames or ())]
    if missing:
        raise BadInput(
            t("Columns are missing: {missing}.", missing=", ".join(missing)),
            where=f"{path}:1",
            next_step=t("The header names {columns}, and may name {more}.", columns=", ".join(COLUMNS), more=", ".join(OPTIONAL)),
        )
    seen: dict[tuple[str, ...], int] = {}
    for row in lines:
        where = f"{path}:{lines.line_num}"
        price = _price(row, where, path.name)
        key = (price.cloud, price.region, price.kind, price.sku, price.unit)
        if key in seen:
            raise BadInput(t("The price of {what} stands in line {line} too.", what=" ".join(key), line=seen[key]), where=where)
        seen[key] = lines.line_num
        yield price


def _price(row: dict[str, str | None], where: str, name: str) -> OwnPrice:
    said = {column: (row.get(column) or "").strip() for column in (*COLUMNS, *OPTIONAL)}
    empty = [column for column in COLUMNS if not said[column]]
    if empty:
        raise BadInput(t("There is nothing in {columns}.", columns=", ".join(empty)), where=where)
    if not re.fullmatch(r"[A-Z]{3}", said["currency"]):
        raise BadInput(t("{currency!r} is no currency code, such as USD.", currency=said["currency"]), where=where)
    if said["unit"] not in UNITS:
        raise BadInput(t("{unit!r} is no unit; there are: {units}.", unit=said["unit"], units=", ".join(UNITS)), where=where)
    return OwnPrice(
        **{column: said[column] for column in ("cloud", "region", "kind", "sku", "unit", "currency")},
        amount=_amount(said["amount"], where),
        dated=_dated(said["dated"], where),
        vcpus=_whole(said["vcpus"], "vcpus", where),
        memory_mib=_whole(said["memory_mib"], "memory_mib", where),
        source=name,
    )


def _amount(text: str, where: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise BadInput(t("{text!r} is no amount.", text=text), where=where) from error
    if not amount.is_finite() or not 0 <= amount < AMOUNT_MAX:
        raise BadInput(t("A price of {text} makes no sense.", text=text), where=where)
    if amount != amount.quantize(Decimal("1e-8")):
        raise BadInput(t("{text} has more than eight digits after the point.", text=text), where=where)
    return amount


def _dated(text: str, where: str) -> str:
    try:
        if text:
            date.fromisoformat(f"{text}-01" if len(text) == len("2026-01") else text)
    except ValueError as error:
        raise BadInput(t("{text!r} is no date, such as 2026-11-01.", text=text), where=where) from error
    return text


def _whole(text: str, column: str, where: str) -> int | None:
    if text and not text.isdecimal():
        raise BadInput(t("{column} is {text!r} and must be a whole number.", column=column, text=text), where=where)
    return int(text) if text else None
