"""What is asked of the ledger -> SQL, and its answer: amounts by key, currency and day where rates are needed."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition, quoted
from skywright.topics.cost.books.period import Grain, Period
from skywright.topics.cost.books.rates import Rates

BILLED = "AllocatedMethodId IS DISTINCT FROM 'opencost'"
"""Rows that somebody billed. What OpenCost allocates is billed by the machines' owner, and would be counted twice."""

ISSUERS = frozenset({"issuer", "provider"})
"""Dimensions by which one may ask for OpenCost's allocation all the same."""


class Measure(StrEnum):
    """Which of FOCUS's costs. Billed is what is paid (cash); effective spreads purchases over their use (amortised)."""

    BILLED = "billed"
    EFFECTIVE = "effective"
    LIST = "list"
    CONTRACTED = "contracted"

    @property
    def column(self) -> str:
        """FOCUS's name of it."""
        match self:
            case Measure.BILLED:
                return "BilledCost"
            case Measure.EFFECTIVE:
                return "EffectiveCost"
            case Measure.LIST:
                return "ListCost"
            case Measure.CONTRACTED:
                return "ContractedCost"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The costs of a period by dimensions, where all conditions hold. ``currency``: days are kept apart for bills in others, since
    rates are dated; empty: none is to be converted."""

    by: tuple[str, ...]
    period: Period
    measure: Measure = Measure.BILLED
    where: tuple[Condition, ...] = ()
    currency: str = ""


def dated(question: Question, rates: Rates) -> Question:
    """The question with days kept apart, where there are rates."""
    return msgspec.structs.replace(question, currency=rates.target) if rates else question


class Amount(msgspec.Struct, frozen=True):
    """A sum of rows with the same key. ``day`` is set where a rate is needed; ``step`` in a trend."""

    key: tuple[str | None, ...]
    labels: tuple[str, ...]
    currency: str
    day: date | None
    step: date | None
    amount: Decimal
    rows: int


def amounts(session: Session, book: Book, question: Question, grain: Grain | None = None) -> list[Amount]:
    """Ask; with ``grain``, by month (as billed) or by day (of the charge) too."""
    width = len(question.by)
    rows = session.query(_sql(book, question, grain), _params(question.period)).rows
    return [
        Amount(tuple(row[:width]), tuple(label or "" for label in row[width : 2 * width]), *row[2 * width :])
        for row in rows
    ]  # fmt: skip


class Part(msgspec.Struct, frozen=True):
    """What a bill is made of: its rows of one category and class, and of commitments used, unused or none."""

    category: str
    correction: bool
    commitment: str
    currency: str
    amount: Decimal
    rows: int


def parts(session: Session, book: Book, question: Question) -> list[Part]:
    """The period's sums by what FOCUS says of every row, whatever the dimensions: what the answer must add up to."""
    sql = (
        "SELECT ChargeCategory, coalesce(ChargeClass = 'Correction', false), coalesce(CommitmentDiscountStatus, ''),"
        f" BillingCurrency, coalesce(sum({question.measure.column}), 0), count(*) FROM cost_and_usage"
        f" WHERE {scope(book, question)} GROUP BY ALL ORDER BY ALL"
    )
    return [Part(*row) for row in session.query(sql, _params(question.period)).rows]


def left_out(session: Session, question: Question) -> list[tuple[str, Decimal]]:
    """What OpenCost's allocation adds up to in the period, by currency, where the question leaves it out."""
    if any(one.dimension in ISSUERS for one in question.where):
        return []
    column = question.period.column
    sql = (
        f"SELECT BillingCurrency, coalesce(sum({question.measure.column}), 0) FROM cost_and_usage"
        f" WHERE {column} >= $since AND {column} < $until AND NOT ({BILLED}) GROUP BY ALL ORDER BY ALL"
    )
    return [(currency, amount) for currency, amount in session.query(sql, _params(question.period)).rows]


def without_cost(session: Session, book: Book, question: Question) -> int:
    """How many rows of the answer do not say this cost: not every issuer gives all four."""
    sql = f"SELECT count(*) FROM cost_and_usage WHERE {scope(book, question)} AND {question.measure.column} IS NULL"
    count: int = session.query(sql, _params(question.period)).rows[0][0]
    return count


def held(session: Session) -> tuple[date, date] | None:
    """The first and the last billing month that the ledger holds (their first days); None when it is empty."""
    first, last = session.query("SELECT min(BillingPeriodStart), max(BillingPeriodStart) FROM cost_and_usage").rows[0]
    return (first.date(), last.date()) if first is not None else None


def nothing(period: Period, span: tuple[date, date] | None) -> BadInput:
    """No row answers a question."""
    if span is None:
        return BadInput(t("The ledger is empty."), next_step=t("Read bills with `skywright cost import PATH`."))
    return BadInput(
        t("Nothing in the ledger answers that for {period}.", period=period),
        next_step=t("It holds {first:%Y-%m} to {last:%Y-%m}.", first=span[0], last=span[1]),
    )


def scope(book: Book, question: Question) -> str:
    """The rows that are asked for, as a condition with the parameters ``since`` and ``until``."""
    column = question.period.column
    named = any(one.dimension in ISSUERS for one in question.where)
    parts = [f"{column} >= $since AND {column} < $until", *(book.holds(one) for one in question.where)]
    return " AND ".join(parts if named else [*parts, BILLED])


def _params(period: Period) -> dict[str, object]:
    since, until = period.ends
    return {"since": since, "until": until}


def _sql(book: Book, question: Question, grain: Grain | None) -> str:
    columns = [
        *keys_sql(book, question.by),
        *_labels(book, question.by),
        "BillingCurrency AS currency",
        f"{day_sql(question.currency)} AS day",
        f"{grain_sql(grain)} AS step",
    ]
    return (
        f"SELECT {', '.join(columns)}, coalesce(sum({question.measure.column}), 0) AS amount, count(*) AS rows FROM cost_and_usage"
        f" WHERE {scope(book, question)} GROUP BY {_groups(len(question.by))} ORDER BY ALL"
    )


def keys_sql(book: Book, by: Sequence[str]) -> Iterator[str]:
    """The columns k0, k1, ... that hold the dimensions."""
    for index, name in enumerate(by):
        yield f"{book.sql(name)} AS k{index}"


def _labels(book: Book, by: Sequence[str]) -> Iterator[str]:
    for index, name in enumerate(by):
        label = book.label(name)
        yield f"{f'max({label})' if label else 'NULL'} AS l{index}"


def _groups(width: int) -> str:
    return ", ".join([*(f"k{index}" for index in range(width)), "currency", "day", "step"])


def day_sql(currency: str) -> str:
    """The day of a charge in another currency than ``currency``, whose rate it needs; NULL for others."""
    if not currency:
        return "NULL::DATE"
    return f"CASE WHEN BillingCurrency <> {quoted(currency)} THEN ChargePeriodStart::DATE END"


def grain_sql(grain: Grain | None) -> str:
    """The first day of the month, or the day, that a row counts for; NULL where nothing is told apart."""
    match grain:
        case None:
            return "NULL::DATE"
        case Grain.MONTH:
            return "date_trunc('month', BillingPeriodStart)::DATE"
        case Grain.DAY:
            return "ChargePeriodStart::DATE"
