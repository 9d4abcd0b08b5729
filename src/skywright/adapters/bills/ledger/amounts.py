"""Amounts as they were written -> text that is exactly a DECIMAL(38,18), or why it is none."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

import duckdb
import msgspec

from skywright.adapters.bills.sql import literal, name
from skywright.model.words import n, t

PLAIN = r"[+-]?\d{1,20}(\.\d{0,18})?"
"""What casts exactly."""

DIGITS, DECIMALS = 20, 18
NOTHING = {"none", "null"}
"""What programs write into a field of numbers for nothing, in lower case."""

_QUANTUM = Decimal(1).scaleb(-DECIMALS)
_WIDE = Context(prec=120)


class Amount(msgspec.Struct, frozen=True):
    """A text: what it is, in plain digits; or why it cannot be kept (neither: it says nothing). ``cut``: what is added to what is
    written by keeping 18 decimals."""

    plain: str | None = None
    why: str = ""
    cut: Decimal = Decimal(0)


def judge(text: str, *, floats: bool = False) -> Amount:
    """``1.5e-7`` -> ``0.00000015``. Nothing is rounded but binary fractions (``floats``), which were never exact: half away from
    zero."""
    if text.strip().lower() in NOTHING:
        return Amount()
    if not text.isascii() or "_" in text:  # Decimal reads these, no bill means them
        return Amount(why=t("is no number"))
    try:
        value = Decimal(text.strip(), _WIDE)
    except InvalidOperation:
        return Amount(why=t("is no number"))
    if not value.is_finite():
        return Amount(why=t("is no number"))
    if value and value.adjusted() >= DIGITS:
        return Amount(
            why=t("has {digits} digits before the point, of which {most} can be kept", digits=value.adjusted() + 1, most=DIGITS)
        )
    written = value
    if floats:
        value = value.quantize(_QUANTUM, ROUND_HALF_UP, _WIDE)
    decimals = _decimals(value)
    if decimals > DECIMALS:
        return Amount(why=t("has {decimals} decimals, of which {most} can be kept", decimals=decimals, most=DECIMALS))
    return Amount(format(value.normalize(_WIDE) if value else Decimal(0), "f"), cut=_WIDE.subtract(value, written))


def _decimals(value: Decimal) -> int:
    """How many digits stand behind the point, without zeros at their end; counted, so that no precision can cut any."""
    _, digits, exponent = value.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -(int(exponent) + zeros)) if value else 0


def mend(cursor: duckdb.DuckDBPyConnection, columns: Mapping[str, str], *, floats: bool, comma: bool) -> tuple[str, ...]:
    """Rewrite the amounts of ``raw`` that are not plain digits, and list in ``bad`` the rows whose cannot be kept (NULL there).
    ``columns``: column -> what it was called when it was delivered. Gives what is to be remarked: what keeping 18 decimals has
    changed."""
    if comma:
        _points(cursor, list(columns))
    found = (_mend(cursor, column, columns[column], floats=floats) for column in _odd_columns(cursor, list(columns)))
    return tuple(told for told in found if told)


def _mend(cursor: duckdb.DuckDBPyConnection, column: str, called: str, *, floats: bool) -> str:
    quoted = name(column)
    odd = cursor.execute(
        f"SELECT {quoted}, count(*) FROM raw WHERE NOT regexp_full_match({quoted}, '{PLAIN}') GROUP BY 1"
    ).fetchall()
    judged = [(text, judge(text, floats=floats), times) for text, times in odd]
    cursor.execute("CREATE OR REPLACE TABLE odd (text VARCHAR, plain VARCHAR, why VARCHAR)")
    rows = {
        "text": [text for text, *_ in judged],
        "plain": [one.plain for _, one, _ in judged],
        "why": [one.why for _, one, _ in judged],
    }
    cursor.execute("INSERT INTO odd SELECT unnest($text), unnest($plain), unnest($why)", rows)
    told = f"{literal(called)} || ' ' || odd.text || ' ' || odd.why || '.'"
    cursor.execute(f"INSERT INTO bad SELECT _file, _line, {told} FROM raw JOIN odd ON odd.text = raw.{quoted} WHERE odd.why <> ''")
    cursor.execute(f"UPDATE raw SET {quoted} = odd.plain FROM odd WHERE odd.text = raw.{quoted}")
    return _cut(called, [(one.cut, times) for _, one, times in judged if one.cut])


def _cut(column: str, cuts: Sequence[tuple[Decimal, int]]) -> str:
    """How many amounts of a column were not kept to the last digit, and what that makes of their sum."""
    if not cuts:
        return ""
    total = Decimal(0)
    for cut, times in cuts:
        total = _WIDE.add(total, _WIDE.multiply(cut, Decimal(times)))
    return n(
        "{count} amount of {column} has more than 18 decimals and was rounded to them: {total} in all.",
        "{count} amounts of {column} have more than 18 decimals and were rounded to them: {total} in all.",
        sum(times for _, times in cuts),
        column=column,
        total=f"{total.normalize(_WIDE):+f}",
    )


def _points(cursor: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    """1.234,56 -> 1234.56."""
    sets = ", ".join(f"{name(one)} = replace(replace(replace({name(one)}, '.', ''), ' ', ''), ',', '.')" for one in columns)
    cursor.execute(f"UPDATE raw SET {sets}")


def _odd_columns(cursor: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[str]:
    if not columns:
        return []
    counts = ", ".join(f"count_if(NOT regexp_full_match({name(one)}, '{PLAIN}'))" for one in columns)
    found = cursor.execute(f"SELECT {counts} FROM raw").fetchone()
    return [column for column, count in zip(columns, found or (), strict=True) if count]
