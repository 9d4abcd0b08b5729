"""The ledger -> usage by pool and hour, and the commitments that are in force, with when they end."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from skywright.model.commitment import Held, Usage
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.ports.engine import Session

HOURS_MAX = 366 * 24
USAGE = """
SELECT ServiceProviderName AS provider, coalesce(RegionId, '') AS region,
       coalesce(SkuPriceDetails['InstanceType'], SkuPriceDetails['x_InstanceType'], '') AS type,
       ChargePeriodStart AS since, ChargePeriodEnd AS until,
       CommitmentDiscountId AS held, CommitmentDiscountStatus AS status,
       sum(coalesce(ListCost, ContractedCost, EffectiveCost)) AS cost
FROM cost_and_usage
WHERE ChargeCategory = 'Usage' AND ServiceCategory = 'Compute' AND BillingCurrency = $currency
  AND coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' AND coalesce(PricingCategory, 'Standard') <> 'Dynamic'
GROUP BY ALL
"""
HELD = """
SELECT ContractCommitmentId AS id, any_value(ContractCommitmentType) AS kind, max(ContractCommitmentPeriodEnd) AS ends
FROM contract_commitment GROUP BY ALL ORDER BY ends
"""
_HOUR = timedelta(hours=1)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Usage by pool over the same hours, from ``since``; commitments in force; and ids of those that end soon, whose usage counts
    as free again."""

    since: datetime
    hours: int
    usage: tuple[Usage, ...]
    held: tuple[Held, ...]
    ending: tuple[str, ...]


def found(session: "Session", currency: str, ends_before: timedelta, known: Sequence[Held] = ()) -> Found:
    """What the ledger holds of compute in one currency. ``known``: commitments that the estate knows of; a bill may name them with
    more before their id. Raises BadInput where there is no usage."""
    rows = session.query(USAGE, {"currency": currency}).dicts()
    if not rows:
        raise BadInput(
            t("The ledger holds no compute usage in {currency}.", currency=currency),
            next_step=t("Import bills with `skywright cost import`, or set cost.currency."),
        )
    since = min(row["since"] for row in rows).replace(minute=0, second=0, microsecond=0)
    until = max(row["until"] for row in rows)
    hours = min(HOURS_MAX, max(1, -(-(until - since) // _HOUR)))
    listed = [Held(id=row["id"], kind=row["kind"] or "", hourly=None, ends=row["ends"]) for row in session.query(HELD).dicts()]
    held = (*listed, *(one for one in known if not any(other.id.endswith(one.id) for other in listed)))
    ending = tuple(one.id for one in held if one.ends is not None and one.ends <= until + ends_before)
    return Found(since=since, hours=hours, usage=_pools(rows, since, hours, ending), held=held, ending=ending)


def _pools(rows: list[dict[str, object]], since: datetime, hours: int, ending: tuple[str, ...]) -> tuple[Usage, ...]:
    import numpy as np

    spent: dict[tuple[str, str, str], np.ndarray[tuple[int, int], np.dtype[np.float64]]] = defaultdict(lambda: np.zeros((2, hours)))
    for row in rows:
        first = max(0, int((row["since"] - since) // _HOUR))  # type: ignore[operator]  # both are times
        last = min(hours, max(first + 1, int(-(-(row["until"] - since) // _HOUR))))  # type: ignore[operator]  # both are times
        pool = spent[str(row["provider"] or ""), str(row["region"]), str(row["type"])]
        each = float(row["cost"] or 0) / max(1, last - first)  # type: ignore[arg-type]  # a Decimal
        pool[0, first:last] += each
        if row["status"] == "Used" and not str(row["held"]).endswith(ending):
            pool[1, first:last] += each
    return tuple(
        Usage(provider=provider, region=region, type=type_, hourly=tuple(cost[0].tolist()), covered=tuple(cost[1].tolist()))
        for (provider, region, type_), cost in sorted(spent.items())
        if cost[0].max() > 0
    )
