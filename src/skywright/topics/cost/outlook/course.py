"""The ledger -> what every key cost day by day, told apart by how it goes on: use, fees that come again, taxes, single charges."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

import msgspec

from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition
from skywright.topics.cost.books.exact import ZERO
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.books.rates import Rates

Key = tuple[str | None, ...]

MONTH_LONG = 27  # days from which a charge is one for a month
LONG_DAYS = 45  # days from which it does not come again every month
LATE_DAYS = 3  # days at the end of a bill that may still be filled up
WHOLE_SHARE = 0.7  # of what its weekday usually costs: a day below that is not whole yet
WEEKS = 4
ISSUER_GONE_DAYS = 7  # an issuer that said nothing for so long is not waited for


class Part(StrEnum):
    """How a charge goes on. Daily use is forecast; what came for a month comes again; taxes follow the rest; others are over."""

    USE = "use"
    FEE = "fee"
    TAX = "tax"
    ONCE = "once"


class Charge(msgspec.Struct, frozen=True):
    """Charges of one key, day and part, in one currency; ``commitment``: whose fee it is, or what it was covered by."""

    key: Key
    labels: tuple[str, ...]
    currency: str
    issuer: str
    day: date
    part: Part
    commitment: str
    amount: Decimal
    uncovered: Decimal  # what it would have cost without the commitment


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an outlook looks at. ``through``: the last whole day; ``late``: remarks on days left out."""

    charges: tuple[Charge, ...]
    through: date
    ends: dict[str, date]  # commitment -> the day it ends
    late: tuple[str, ...]


_PART = f"""CASE
  WHEN ChargeCategory = 'Tax' THEN 'tax'
  WHEN ChargeCategory IN ('Credit', 'Adjustment') OR ChargeClass = 'Correction' OR ChargeFrequency = 'One-Time' THEN 'once'
  WHEN date_diff('day', ChargePeriodStart, ChargePeriodEnd) > {LONG_DAYS} THEN 'once'
  WHEN date_diff('day', ChargePeriodStart, ChargePeriodEnd) >= {MONTH_LONG} THEN 'fee'
  ELSE 'use' END"""

_UNCOVERED = (
    "sum(CASE WHEN CommitmentDiscountId IS NOT NULL AND ChargeCategory = 'Usage'"
    " AND coalesce(CommitmentDiscountStatus, 'Used') = 'Used' THEN ContractedCost ELSE 0 END)"
)


def course(
    session: Session, book: Book, by: Sequence[str], measure: Measure, where: Iterable[Condition], rates: Rates, today: date
) -> Course | None:
    """Read the ledger up to the last whole day before ``today``; None where nothing answers."""
    charges = tuple(_charges(session, book, by, measure, where, rates))
    if not charges:
        return None
    last = today - timedelta(days=1)
    whole = _through(session, {one.issuer for one in charges}, measure, today)
    through, late = whole or (min(last, max(one.day for one in charges)), [])
    ends = {
        name: end.date()
        for name, end in session.query(
            "SELECT ContractCommitmentId, max(ContractCommitmentPeriodEnd) FROM contract_commitment"
            " WHERE ContractCommitmentPeriodEnd IS NOT NULL GROUP BY 1"
        ).rows
    }
    return Course(charges=charges, through=through, ends=ends, late=tuple(late))


def _charges(
    session: Session, book: Book, by: Sequence[str], measure: Measure, where: Iterable[Condition], rates: Rates
) -> Iterable[Charge]:
    width = len(by)
    keys = [f"{book.sql(name)} AS k{place}" for place, name in enumerate(by)]
    labels = [f"{f'max({book.label(name)})' if book.label(name) else 'NULL'} AS l{place}" for place, name in enumerate(by)]
    holds = " AND ".join(["ChargePeriodStart IS NOT NULL", *(book.holds(one) for one in where)])
    columns = [
        *keys, *labels, "BillingCurrency AS currency", "InvoiceIssuerName AS issuer", "ChargePeriodStart::DATE AS day",
        f"{_PART} AS part", "coalesce(CommitmentDiscountId, '') AS commitment", f"sum({measure.column})", _UNCOVERED,
    ]  # fmt: skip
    groups = [*(f"k{place}" for place in range(width)), "currency", "issuer", "day", "part", "commitment"]
    sql = " ".join(
        ["SELECT", ", ".join(columns), "FROM cost_and_usage WHERE", holds, "GROUP BY", ", ".join(groups), "ORDER BY ALL"]
    )
    for row in session.query(sql).rows:
        currency, issuer, day, part, commitment, amount, uncovered = row[2 * width :]
        worth, currency_shown = rates.convert(amount or ZERO, currency, day)
        without, _ = rates.convert(uncovered or ZERO, currency, day)
        told = tuple(label or "" for label in row[width : 2 * width])
        yield Charge(tuple(row[:width]), told, currency_shown, issuer or "", day, Part(part), commitment, worth, without)


def _through(session: Session, issuers: set[str], measure: Measure, today: date) -> tuple[date, list[str]] | None:
    """The last day that every issuer has told in full, by all that it charged, and remarks on the days after it; None where no
    issuer charges by the day."""
    by_issuer: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
    columns = f"coalesce(InvoiceIssuerName, ''), ChargePeriodStart::DATE, sum({measure.column})"
    where = f"ChargePeriodStart IS NOT NULL AND {_PART} = 'use'"
    sql = " ".join([*("SELECT", columns, "FROM cost_and_usage WHERE", where), "GROUP BY 1, 2"])
    for issuer, day, amount in session.query(sql).rows:
        if issuer in issuers and day < today:
            by_issuer[issuer][day] = amount or ZERO
    newest = found = max((max(days) for days in by_issuer.values()), default=None)
    if newest is None or found is None:
        return None
    remarks = []
    for issuer, days in sorted(by_issuer.items()):
        if max(days) < newest - timedelta(days=ISSUER_GONE_DAYS):
            continue
        last = _whole(days)
        if last < max(days):
            name = issuer or t("Without an issuer")
            remarks.append(t("{issuer}: days after {day} look incomplete and were left out.", issuer=name, day=last))
        found = min(found, last)
    return found, remarks


def _whole(days: dict[date, Decimal]) -> date:
    """The last day that costs about what its weekday usually does. Days at the end that cost much less are still being filled up,
    the later the emptier; where they stay at a lower level, all but the last are taken as they are."""
    newest = max(days)
    after: float | None = None
    for age in range(LATE_DAYS):
        day = newest - timedelta(days=age)
        before = [days[earlier] for week in range(1, WEEKS + 1) if (earlier := day - timedelta(weeks=week)) in days]
        here = float(days.get(day, ZERO))
        low = bool(before) and here < WHOLE_SHARE * float(median(before))
        if not low or (after is not None and after >= WHOLE_SHARE * here):
            return day
        after = here
    return newest - timedelta(days=LATE_DAYS)
