"""Sums, to the last digit: of what was delivered, from its own text; and of what the ledger holds."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal

import duckdb

from skywright.adapters.bills.forms import Translation
from skywright.adapters.bills.forms.focus import TIED
from skywright.adapters.bills.sql import name
from skywright.model.focus import Dataset

Sums = Mapping[str, Decimal]
_EXACT = Context(prec=80)


def sums_in(cursor: duckdb.DuckDBPyConnection, how: Translation, currency: str) -> Sums:
    """What ``raw`` says, without rows in ``bad``: digits before and after the point are added up apart, as whole numbers, so that
    this shares no arithmetic with the ledger's decimals."""
    found: dict[str, Decimal] = {}
    for column, tie in how.ties.items():
        parts = ", ".join(f"{_whole(one)}, {_fraction(one)}" for one in tie.columns)
        where = f"({tie.where}) AND" if tie.where else ""
        rows = cursor.execute(
            f"SELECT {currency}, {parts} FROM raw WHERE {where} (_file, _line) NOT IN (SELECT (_file, _line) FROM bad) GROUP BY 1"
        ).fetchall()
        for unit, *numbers in rows:
            found[f"{column}/{unit}"] = _joined(numbers)
    return found


def _joined(numbers: Sequence[int | None]) -> Decimal:
    whole, fraction = (sum(int(one or 0) for one in numbers[start::2]) for start in (0, 1))
    return _EXACT.add(Decimal(whole), Decimal(fraction).scaleb(-18, _EXACT))


def _whole(column: str) -> str:
    text = name(column)
    return f"sum(if(left({text}, 1) = '-', -1, 1) * split_part(ltrim({text}, '+-'), '.', 1)::HUGEINT)"


def _fraction(column: str) -> str:
    text = name(column)
    return f"sum(if(left({text}, 1) = '-', -1, 1) * rpad(split_part({text}, '.', 2), 18, '0')::HUGEINT)"


def sums_of(cursor: duckdb.DuckDBPyConnection, dataset: Dataset, table: str) -> Sums:
    """What a table (or a reader of files) of the ledger's shape holds."""
    columns = TIED[dataset]
    if not columns:
        return {}
    parts = ", ".join(f"sum({name(one)})" for one in columns)
    rows = cursor.execute(f"SELECT BillingCurrency, {parts} FROM {table} GROUP BY 1").fetchall()
    return {
        f"{column}/{unit}": value
        for unit, *values in rows
        for column, value in zip(columns, values, strict=True)
        if value is not None
    }


def added(many: Iterable[Sums]) -> Sums:
    """Sums of sums."""
    total: dict[str, Decimal] = {}
    for sums in many:
        for key, value in sums.items():
            total[key] = _EXACT.add(total.get(key, Decimal(0)), value)
    return total


def differing(one: Sums, other: Sums) -> list[str]:
    """The keys whose values are not the same; one that is missing is zero."""
    zero = Decimal(0)
    return sorted(key for key in {*one, *other} if one.get(key, zero) != other.get(key, zero))
