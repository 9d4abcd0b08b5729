"""The ledger -> day by day costs of the targets of changes, and of their peers."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from skywright.model.kinds import parse_id
from skywright.ports.engine import Session
from skywright.topics.cost.realised.judge import ALONE_DAYS_MAX, DAYS_AFTER_MAX, Daily, Kept

PEERS_MAX = 200
_KEY = "lower(regexp_extract(ResourceId, '[^/:]+$'))"
"""A native id, or the last part of a longer name (an ARN, a path)."""
_DAILY = """ChargePeriodEnd <= ChargePeriodStart + INTERVAL 1 DAY AND ChargeCategory = 'Usage' AND ChargeClass IS NULL
    AND ResourceId IS NOT NULL AND ChargePeriodStart >= $since AND ChargePeriodStart < $until"""
"""Usage by the hour or day; what a bill tells by the month alone says nothing of a day."""


def read_daily(session: Session, kept: Sequence[Kept]) -> dict[str, Daily]:
    """Target -> what the bill says of it around its change; a target that the bill does not know is missing. The last
    day that the bill holds of an account may not be whole, and is left out."""
    if not kept:
        return {}
    span = {
        "since": min(one.done_at for one in kept) - timedelta(days=ALONE_DAYS_MAX + 1),
        "until": max(one.done_at for one in kept) + timedelta(days=DAYS_AFTER_MAX + 2),
    }
    own = _own(session, kept, span)
    peers = _peers(session, kept, span)
    days = _days(session, span)
    return {
        target: Daily(currency=currency, own=costs, peers=peers.get((service, currency), {}), days=days.get(account, frozenset()))
        for target, (account, service, currency, costs) in own.items()
    }


def _own(session: Session, kept: Sequence[Kept], span: Mapping[str, Any]) -> dict[str, tuple[str, str, str, dict[date, Decimal]]]:
    """Target -> (account in the bill, service, currency, day -> cost). Of two services or currencies the dearer one's."""
    names = {one.target: parse_id(one.target) for one in kept}
    sql = f"""
        SELECT {_KEY} AS key, coalesce(SubAccountId, BillingAccountId) AS account, ServiceName AS service,
               BillingCurrency AS currency, CAST(ChargePeriodStart AS DATE) AS day, sum(EffectiveCost) AS cost
        FROM cost_and_usage WHERE {_KEY} IN (SELECT unnest($keys)) AND {_DAILY} GROUP BY ALL"""  # noqa: S608 - constants
    rows = session.query(sql, {"keys": sorted({_last(name.native_id) for name in names.values()}), **span}).rows
    found: dict[str, dict[tuple[str, str, str], dict[date, Decimal]]] = {}
    for key, account, service, currency, day, cost in rows:
        for target, name in names.items():
            if _last(name.native_id) == key and str(account).lower().endswith(name.account.lower()):
                found.setdefault(target, {}).setdefault((account, service, currency), {})[day] = cost
    dearest = {target: max(parts.items(), key=lambda part: sum(part[1].values())) for target, parts in found.items()}
    return {target: (*where, costs) for target, (where, costs) in dearest.items()}


def _peers(
    session: Session, kept: Sequence[Kept], span: Mapping[str, Any]
) -> dict[tuple[str, str], dict[str, dict[date, Decimal]]]:
    """(Service, currency) -> resource -> day -> cost, of resources that no change touched; the dearest of each."""
    touched = sorted({_last(parse_id(one.target).native_id) for one in kept})
    sql = f"""
        WITH daily AS (
          SELECT ServiceName AS service, BillingCurrency AS currency, ResourceId AS resource,
            CAST(ChargePeriodStart AS DATE) AS day, sum(EffectiveCost) AS cost
          FROM cost_and_usage WHERE {_DAILY} AND {_KEY} NOT IN (SELECT unnest($touched)) GROUP BY ALL
        ), dear AS (
          SELECT service, currency, resource FROM daily GROUP BY service, currency, resource
          QUALIFY row_number() OVER (PARTITION BY service, currency ORDER BY sum(cost) DESC, resource) <= {PEERS_MAX}
        ) SELECT daily.* FROM daily JOIN dear USING (service, currency, resource)"""  # noqa: S608 - constants
    found: dict[tuple[str, str], dict[str, dict[date, Decimal]]] = {}
    for service, currency, resource, day, cost in session.query(sql, {"touched": touched, **span}).rows:
        found.setdefault((service, currency), {}).setdefault(resource, {})[day] = cost
    return found


def _days(session: Session, span: Mapping[str, Any]) -> dict[str, frozenset[date]]:
    """Account -> its whole days. The last day that the bill holds may not be whole, and is left out."""
    sql = """
        SELECT coalesce(SubAccountId, BillingAccountId) AS account, list(DISTINCT CAST(ChargePeriodStart AS DATE)) AS days
        FROM cost_and_usage WHERE ChargePeriodStart >= $since AND ChargePeriodStart < $until GROUP BY account"""
    return {account: frozenset(sorted(days)[:-1]) for account, days in session.query(sql, dict(span)).rows}


def _last(native: str) -> str:
    return native.replace(":", "/").rstrip("/").rpartition("/")[2].lower()
