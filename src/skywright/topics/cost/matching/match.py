"""Billed names and the estate's keys -> which resource was billed, or that it is gone, ambiguous or unknown. Nothing is guessed: a
name that could mean two resources means none."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book
from skywright.topics.cost.books.exact import ZERO, total
from skywright.topics.cost.books.question import Question, scope
from skywright.topics.cost.matching.keys import OPAQUE, TAIL, WHOLE, against_sql, fits_sql, meter_sql, parts_of, words_sql

ACCOUNT = "lower(coalesce(SubAccountId, BillingAccountId))"


class State(StrEnum):
    """What the estate says of a billed row."""

    HERE = "here"
    GONE = "gone"
    SEVERAL = "several"
    UNKNOWN = "unknown"
    NONE = "none"


class Known(msgspec.Struct, frozen=True):
    """Rows of one state in one currency."""

    state: State
    currency: str
    rows: int
    amount: Decimal


class Named(msgspec.Struct, frozen=True):
    """A billed name with its cost. ``resource`` and ``seen_until`` are set for one that is gone."""

    state: State
    billed: str
    service: str
    account: str
    currency: str
    amount: Decimal
    rows: int
    resource: str | None
    seen_until: Any


class Report(msgspec.Struct, frozen=True):
    """How much of a bill is known in the estate, and what is not, the dearest first."""

    known: tuple[Known, ...]
    named: tuple[Named, ...]

    def rate(self, *, by_cost: bool, currency: str) -> float | None:
        """The share of rows with a resource (or of what they cost, signs aside) whose resource is known, here or gone; None where
        no row names one."""
        here = [one for one in self.known if one.currency == currency and one.state is not State.NONE]
        weigh = (lambda one: abs(one.amount)) if by_cost else (lambda one: Decimal(one.rows))
        whole = total(weigh(one) for one in here)
        met = total(weigh(one) for one in here if one.state in {State.HERE, State.GONE})
        return float(met / whole) if whole else None


def views(snapshots: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The views ``estate_keys``, ``estate_billed`` and ``estate_match`` over tables of keys: (table, when it was seen as ISO text),
    the newest first. ``estate_match``: billed, owner, resource, kind, seen_until (NULL: still there), several."""
    keys = " UNION ALL ".join(
        f"SELECT *, TIMESTAMP '{seen}' AS seen, {index} AS age FROM {table}" for index, (table, seen) in enumerate(snapshots)
    )
    return {
        "estate_keys": keys,
        "estate_billed": (
            f"SELECT *, {words_sql('parts', 'type')} AS words FROM"
            f" (SELECT billed, owner, lower(billed) AS name, {parts_of('billed')} AS parts, type, meter FROM"
            f" (SELECT ResourceId AS billed, {ACCOUNT} AS owner, min(ResourceType) AS type, {meter_sql('SkuMeter')} AS meter"
            " FROM cost_and_usage WHERE ResourceId IS NOT NULL GROUP BY 1, 2))"
        ),
        "estate_match": _MATCH,
    }


_CANDIDATES = f"""
    SELECT b.billed, b.owner, k.resource, k.kind, k.age, k.seen, k.strength,
      k.account = b.owner OR list_contains(b.parts, k.account) AS own, {fits_sql()} AS fits
    FROM estate_billed b JOIN estate_keys k ON k.key = b.name WHERE k.strength IN ({WHOLE}, {OPAQUE})
    UNION ALL
    SELECT b.billed, b.owner, k.resource, k.kind, k.age, k.seen, k.strength, true, {fits_sql()}
    FROM estate_billed b JOIN estate_keys k ON k.key = b.parts[-1]
    WHERE k.strength IN ({TAIL}, {OPAQUE}) AND len(b.parts) > 1 AND (k.strength = {OPAQUE} OR list_has_all(b.parts, k.parts))
      AND (k.account = b.owner OR list_contains(b.parts, k.account)) AND (k.strength = {OPAQUE} OR NOT {against_sql()})"""

_MATCH = f"""
    WITH candidate AS ({_CANDIDATES}),
    best AS (
      SELECT *, rank() OVER (PARTITION BY billed, owner ORDER BY age = 0 DESC, own DESC, strength DESC, fits DESC) AS place FROM
      (SELECT billed, owner, resource, any_value(kind) AS kind, min(age) AS age, max(seen) AS seen, max(strength) AS strength,
              bool_or(own) AS own, bool_or(fits) AS fits FROM candidate GROUP BY billed, owner, resource)
    )
    SELECT billed, owner, CASE WHEN count(*) = 1 THEN any_value(resource) END AS resource,
      CASE WHEN count(*) = 1 THEN any_value(kind) END AS kind,
      CASE WHEN count(*) = 1 AND min(age) > 0 THEN max(seen) END AS seen_until, count(*) > 1 AS several
    FROM best WHERE place = 1 GROUP BY billed, owner"""
"""What is there now goes before what was; the same account before another; a whole id before a part; and, of several that a name
could mean, what its path, its type or its meters say it is."""

_JOINED = f"""
    cost_and_usage LEFT JOIN estate_match m ON m.billed = ResourceId AND m.owner IS NOT DISTINCT FROM {ACCOUNT}"""

_STATE = """CASE WHEN ResourceId IS NULL THEN 'none' WHEN m.several THEN 'several' WHEN m.resource IS NULL THEN 'unknown'
    WHEN m.seen_until IS NULL THEN 'here' ELSE 'gone' END"""


def report(session: Session, book: Book, question: Question, top: int) -> Report:
    """Ask the ledger, opened with ``views``: sums by state, and the ``top`` dearest names of each state but ``here``."""
    since, until = question.period.ends
    params: Mapping[str, object] = {"since": since, "until": until}
    column, where = question.measure.column, scope(book, question)
    sql = (
        f"SELECT {_STATE} AS state, BillingCurrency, count(*), coalesce(sum({column}), 0) FROM {_JOINED}"
        f" WHERE {where} GROUP BY ALL ORDER BY ALL"
    )
    known = tuple(Known(State(state), *rest) for state, *rest in session.query(sql, params).rows)
    sql = f"""
      SELECT * FROM (
        SELECT {_STATE} AS state, coalesce(ResourceId, ChargeDescription, ChargeCategory) AS billed,
          any_value(ServiceName) AS service, any_value({ACCOUNT}) AS account,
          BillingCurrency AS currency, coalesce(sum({column}), 0) AS amount, count(*) AS rows,
          any_value(m.resource) AS resource, max(m.seen_until) AS seen_until
        FROM {_JOINED} WHERE {where} GROUP BY ALL)
      WHERE state NOT IN ('here', 'none') QUALIFY row_number() OVER (PARTITION BY state ORDER BY abs(amount) DESC, billed) <= {top}
      ORDER BY state, abs(amount) DESC, billed"""
    named = tuple(Named(State(state), *rest) for state, *rest in session.query(sql, params).rows)
    return Report(known, named)


def cost_of(session: Session, question: Question, kinds: Sequence[str]) -> list[tuple[str, Any, str, Decimal]]:
    """What resources of some kinds cost, day by day: (resource, day of the charge, currency, amount), without those unmatched."""
    since, until = question.period.ends
    column = question.period.column
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    sql = (
        f"SELECT m.resource, ChargePeriodStart::DATE AS day, BillingCurrency, sum({question.measure.column})"
        f" FROM {_JOINED}"
        f" WHERE m.kind IN ({listed}) AND {column} >= $since AND {column} < $until GROUP BY ALL ORDER BY ALL"
    )
    found = session.query(sql, {"since": since, "until": until}).rows
    return [(resource, day, currency, amount or ZERO) for resource, day, currency, amount in found]
