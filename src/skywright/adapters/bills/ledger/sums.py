"""Sums, to the last digit: of what was delivered, from its own text; and of what the ledger holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal

import duckdb

from skywright.adapters.bills.forms import Term, Translation
from skywright.adapters.bills.forms.focus import TIED
from skywright.adapters.bills.ledger.amounts import judge
from skywright.adapters.bills.sql import name
from skywright.model.focus import Dataset

Sums = Mapping[str, Decimal]
_EXACT = Context(prec=80)


def sums_in(
    cursor: duckdb.DuckDBPyConnection, how: Translation, ties: Mapping[str, tuple[Term, ...]], currency: str, where: str = "true"
) -> Sums:
    """What the rows of ``raw`` say of which ``where`` is true and that are not in ``bad``: digits before and after the point are
    added up apart, as whole numbers, so that this shares no arithmetic with the ledger's decimals."""
    there = {str(row[0]).lower() for row in cursor.execute("SELECT column_name FROM (DESCRIBE raw)").fetchall()}
    found: dict[str, Decimal] = {}
    for column, terms in ties.items():
        for term in terms:
            if term.texts:
                amounts = _inside(cursor, term)
            elif term.column.lower() in there:
                amounts = _added_up(cursor, term, how, currency, where)
            else:
                continue
            for unit, amount in amounts:
                key = f"{column}/{unit or ''}"
                found[key] = _EXACT.add(found.get(key, Decimal(0)), _EXACT.multiply(amount, Decimal(term.sign)))
    return found


def _added_up(
    cursor: duckdb.DuckDBPyConnection, term: Term, how: Translation, currency: str, where: str
) -> Iterator[tuple[str | None, Decimal]]:
    only = f"FILTER ({term.where or 'true'})"  # and not WHERE: a currency of which nothing is added still adds up to nothing
    rows = cursor.execute(
        f"SELECT {currency}, {_whole(term.column)} {only}, {_fraction(term.column)} {only} "
        f"FROM {how.source.format(table='delivered')} "
        f"WHERE ({where}) AND (_file, _line) NOT IN (SELECT (_file, _line) FROM bad) GROUP BY 1"
    ).fetchall()
    for unit, whole, fraction in rows:
        yield unit, _EXACT.add(Decimal(whole or 0), Decimal(fraction or 0).scaleb(-18, _EXACT))


def _inside(cursor: duckdb.DuckDBPyConnection, term: Term) -> Iterator[tuple[str | None, Decimal]]:
    """Amounts that stand inside other values, one by one."""
    for unit, text, times in cursor.execute(term.texts).fetchall():
        plain = judge(text, floats=True).plain
        if plain is not None:
            yield unit, _EXACT.multiply(Decimal(plain), Decimal(times))


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
    try:
        rows = cursor.execute(f"SELECT BillingCurrency, {parts} FROM {table} GROUP BY 1").fetchall()
    except duckdb.OutOfRangeException:  # the sum has more than 20 digits before the point, though no amount has
        return _in_halves(cursor, columns, table)
    return {
        f"{column}/{unit or ''}": value
        for unit, *values in rows
        for column, value in zip(columns, values, strict=True)
        if value is not None
    }


def _in_halves(cursor: duckdb.DuckDBPyConnection, columns: Sequence[str], table: str) -> Sums:
    halves = ", ".join(f"sum(trunc({name(one)})::HUGEINT), sum({name(one)} - trunc({name(one)}))" for one in columns)
    rows = cursor.execute(f"SELECT BillingCurrency, {halves} FROM {table} GROUP BY 1").fetchall()
    return {
        f"{column}/{unit or ''}": _EXACT.add(Decimal(whole), fraction)
        for unit, *values in rows
        for column, whole, fraction in zip(columns, values[::2], values[1::2], strict=True)
        if whole is not None
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
