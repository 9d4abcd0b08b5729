"""The ledger -> what every key cost day by day, told apart by how it goes on: use, fees that come again, taxes, single charges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median

import msgspec

from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition
from skywright.topics.cost.books.exact import ZERO
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.books.rates import Rates
from skywright.topics.cost.outlook.recurring import CADENCES, RECENT, Again, Seen, cadence

Key = tuple[str | None, ...]

MONTH_LONG = 27  # days from which a charge is one for a month
LONG_DAYS = 45  # days from which it does not come again every month, and only if the bill calls it recurring
MONTH_DAYS = 30.44
LATE_DAYS = 3  # days at the end of a bill that may still be filled up
WHOLE_SHARE = 0.7  # of what its weekday usually costs: a day below that is not whole yet
WEEKS = 4
GAP_DAYS = 10  # without any use at all: such a time was not read
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
    again: Again | None = None  # of a fee: what comes again, and when


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an outlook looks at. ``through``: the last whole day; ``since``: the first day from which the ledger holds
    use without a gap; ``late``: remarks on days left out."""

    charges: tuple[Charge, ...]
    through: date
    since: date
    ends: dict[str, date]  # commitment -> the day it ends
    late: tuple[str, ...]


_PART = f"""CASE
  WHEN ChargeCategory = 'Tax' THEN 'tax'
  WHEN ChargeCategory IN ('Credit', 'Adjustment') OR ChargeClass = 'Correction' OR ChargeFrequency = 'One-Time' THEN 'once'
  WHEN date_diff('day', ChargePeriodStart, ChargePeriodEnd) > {LONG_DAYS} AND ChargeFrequency IS DISTINCT FROM 'Recurring'
    THEN 'once'
  WHEN date_diff('day', ChargePeriodStart, ChargePeriodEnd) >= {MONTH_LONG} THEN 'fee'
  ELSE 'use' END"""

_THING = """hash(SubAccountId, ServiceName, CommitmentDiscountId,
  coalesce(SkuId, regexp_replace(ChargeDescription, '[0-9]+', '#', 'g')),
  CASE WHEN ChargeCategory = 'Purchase' THEN ResourceId END)::VARCHAR"""
"""What the same thing has in common whenever it is charged. Resources of use come and go, and do not tell things apart; numbers in
a description may be those of a month."""
_MONTHS = f"greatest(1, round(date_diff('day', ChargePeriodStart, ChargePeriodEnd) / {MONTH_DAYS}))::INTEGER"

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
    by_issuer = _days(session, {one.issuer for one in charges}, measure, today)
    through, late = _through(by_issuer) or (min(last, max(one.day for one in charges)), [])
    since = _since({day for days in by_issuer.values() for day in days}, through)
    if since > (first := min(one.day for one in charges)):
        late.append(t("The ledger holds no use of some days between {first} and {since}: what came before is not looked at.",
                      first=first, since=since))  # fmt: skip
    ends = {
        name: end.date()
        for name, end in session.query(
            "SELECT ContractCommitmentId, max(ContractCommitmentPeriodEnd) FROM contract_commitment"
            " WHERE ContractCommitmentPeriodEnd IS NOT NULL GROUP BY 1"
        ).rows
    }
    return Course(charges=charges, through=through, since=since, ends=ends, late=tuple(late))


def _lumps(session: Session, measure: Measure, holds: str) -> dict[str, int]:
    """Things that are charged on few days, by the day -> months between their comings (0: none)."""
    sql = f"""
        WITH things AS (
          SELECT {_THING} AS thing, ChargePeriodStart::DATE AS day, sum({measure.column}) AS cost,
            bool_or(ChargeCategory = 'Purchase') AS purchase, bool_or(ChargeFrequency = 'Recurring') AS recurring
          FROM cost_and_usage WHERE {holds} AND {_PART} = 'use' GROUP BY 1, 2
        ), few AS (
          SELECT thing, bool_or(purchase) AS purchase, bool_or(recurring) AS recurring FROM things GROUP BY 1
          HAVING count(*) <= 1 + date_diff('day', min(day), max(day)) / {CADENCES[1][0]}
            AND (bool_or(purchase) OR count(*) >= {RECENT})
        ) SELECT thing, few.purchase, coalesce(few.recurring, false), day, cost FROM things JOIN few USING (thing)"""  # noqa: S608
    found: defaultdict[tuple[str, bool, bool], dict[date, Decimal]] = defaultdict(dict)
    for thing, purchase, recurring, day, cost in session.query(sql).rows:
        found[thing, purchase, recurring][day] = cost or ZERO
    judged = {thing: cadence(Seen(days, *called)) for (thing, *called), days in found.items()}
    return {thing: months for thing, months in judged.items() if months is not None}


def _charges(
    session: Session, book: Book, by: Sequence[str], measure: Measure, where: Iterable[Condition], rates: Rates
) -> Iterator[Charge]:
    width = len(by)
    keys = [f"{book.sql(name)} AS k{place}" for place, name in enumerate(by)]
    labels = [f"{f'max({book.label(name)})' if book.label(name) else 'NULL'} AS l{place}" for place, name in enumerate(by)]
    holds = " AND ".join(["ChargePeriodStart IS NOT NULL", *(book.holds(one) for one in where)])
    lumps = _lumps(session, measure, holds)
    thing = f"CASE WHEN {_PART} = 'fee' OR {_THING} IN (SELECT unnest($things)) THEN {_THING} END"
    columns = [
        *keys, *labels, "BillingCurrency AS currency", "InvoiceIssuerName AS issuer", "ChargePeriodStart::DATE AS day",
        f"{_PART} AS part", "coalesce(CommitmentDiscountId, '') AS commitment", f"{thing} AS thing",
        f"CASE WHEN {_PART} = 'fee' THEN {_MONTHS} END AS months",
        f"CASE WHEN ({thing}) IS NOT NULL THEN max(ChargeDescription) END", f"sum({measure.column})", _UNCOVERED,
    ]  # fmt: skip
    groups = [*(f"k{place}" for place in range(width)), "currency", "issuer", "day", "part", "commitment", "thing", "months"]
    sql = " ".join(
        ["SELECT", ", ".join(columns), "FROM cost_and_usage WHERE", holds, "GROUP BY", ", ".join(groups), "ORDER BY ALL"]
    )
    for row in session.query(sql, {"things": list(lumps)}).rows:
        currency, issuer, day, part, commitment, thing, months, name, amount, uncovered = row[2 * width :]
        worth, currency_shown = rates.convert(amount or ZERO, currency, day)
        without, _ = rates.convert(uncovered or ZERO, currency, day)
        told = tuple(label or "" for label in row[width : 2 * width])
        kind, again = _goes_on(Part(part), thing, months, name, day, lumps)
        yield Charge(tuple(row[:width]), told, currency_shown, issuer or "", day, kind, commitment, worth, without, again)


def _goes_on(
    part: Part, thing: str | None, months: int | None, name: str | None, day: date, lumps: Mapping[str, int]
) -> tuple[Part, Again | None]:
    """How a charge goes on, as the rhythm of its thing says."""
    if thing is None:
        return part, None
    if part is Part.FEE and months:
        return part, Again(f"{thing} {day.day}", months, name or "", exact=True)
    if part is Part.USE:
        return (Part.FEE, Again(thing, lumps[thing], name or "")) if lumps[thing] else (Part.ONCE, None)
    return part, None


def _days(session: Session, issuers: set[str], measure: Measure, today: date) -> dict[str, dict[date, Decimal]]:
    """Issuer -> day -> all that it charged for use."""
    by_issuer: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
    columns = f"coalesce(InvoiceIssuerName, ''), ChargePeriodStart::DATE, sum({measure.column})"
    where = f"ChargePeriodStart IS NOT NULL AND {_PART} = 'use'"
    sql = " ".join([*("SELECT", columns, "FROM cost_and_usage WHERE", where), "GROUP BY 1, 2"])
    for issuer, day, amount in session.query(sql).rows:
        if issuer in issuers and day < today:
            by_issuer[issuer][day] = amount or ZERO
    return by_issuer


def _since(held: Collection[date], through: date) -> date:
    """The first day after the last long gap: months that were never read did not cost nothing."""
    days = sorted(day for day in held if day <= through)
    gaps = [after for before, after in pairwise(days) if (after - before).days > GAP_DAYS]
    return gaps[-1] if gaps else days[0] if days else date.min


def _through(by_issuer: Mapping[str, Mapping[date, Decimal]]) -> tuple[date, list[str]] | None:
    """The last day that every issuer has told in full, by all that it charged, and remarks on the days after it; None where no
    issuer charges by the day."""
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


def _whole(days: Mapping[date, Decimal]) -> date:
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
