"""The ledger -> usage by pool and hour, and the commitments that are in force, with when they end."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.model.commitment import Held, Usage
from skywright.model.errors import BadInput
from skywright.model.words import t

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from skywright.ports.engine import Session

    Spent = defaultdict[tuple[str, str, str, str], NDArray[np.float64]]

HOURS_MAX = 366 * 24
_COST = "sum(coalesce(ListCost, ContractedCost, EffectiveCost))"
_WHICH = """ChargeCategory = 'Usage' AND ServiceCategory = 'Compute' AND BillingCurrency = $currency
  AND coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' AND coalesce(PricingCategory, 'Standard') <> 'Dynamic'"""
_REGION = "coalesce(RegionId, nullif(regexp_extract(AvailabilityZone, '^([a-z].*[0-9])-?[a-z]$', 1), ''), '')"
# Every part of the two is a constant of this module; nothing from outside comes in.
USAGE = f"""
SELECT ServiceProviderName AS provider, {_REGION} AS region, MachineType AS type, coalesce(MachineSystem, '') AS system,
       ChargePeriodStart AS since, ChargePeriodEnd AS until,
       CommitmentDiscountId AS held, CommitmentDiscountStatus AS status,
       {_COST} AS cost
FROM machine_usage WHERE MachineType IS NOT NULL AND {_WHICH} GROUP BY ALL
"""  # noqa: S608 - as said above
OTHER = f"""
SELECT coalesce(ServiceProviderName, '') AS provider, coalesce(ServiceName, '') AS service, {_COST} AS cost
FROM machine_usage WHERE MachineType IS NULL AND {_WHICH} GROUP BY ALL HAVING cost > 0 ORDER BY cost DESC, provider, service
"""  # noqa: S608 - as said above
HELD = """
SELECT ContractCommitmentId AS id, any_value(ContractCommitmentType) AS kind, max(ContractCommitmentPeriodEnd) AS ends
FROM contract_commitment GROUP BY ALL ORDER BY ends
"""
_HOUR = timedelta(hours=1)

Paid = Callable[[str, str], float]
"""Provider and type -> what a full month on demand costs over the list price, once discounts came off that nobody need ask for."""


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Compute of a service that is no machine, or does not say which: traffic, disks, control planes. No commitment is weighed
    for it. ``cost``: over all hours."""

    provider: str
    service: str
    cost: float


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Usage by pool over the same hours, from ``since``; ``idle``: hours without any usage, that are left out; commitments in
    force; and ids of those that end soon, whose usage counts as free again."""

    since: datetime
    hours: int
    usage: tuple[Usage, ...]
    held: tuple[Held, ...]
    ending: tuple[str, ...]
    others: tuple[Other, ...] = ()
    idle: int = 0


def at_list(provider: str, type_: str) -> float:  # noqa: ARG001 - the same whatever it is
    """No discount comes off by itself."""
    return 1.0


def found(session: "Session", currency: str, ends_before: timedelta, known: Sequence[Held] = (), paid: Paid = at_list) -> Found:
    """What the ledger holds of compute in one currency: over ``machine_usage``, cost and usage with the type of machine and its
    operating system beside it. ``known``: commitments that the estate knows of; a bill may name them with more before their id.
    Raises BadInput where there is no usage."""
    rows = session.query(USAGE, {"currency": currency}).dicts()
    others = tuple(Other(**row | {"cost": float(row["cost"])}) for row in session.query(OTHER, {"currency": currency}).dicts())
    if not rows:
        raise _nothing(currency, others)
    since = min(row["since"] for row in rows).replace(minute=0, second=0, microsecond=0)
    until = max(row["until"] for row in rows)
    hours = min(HOURS_MAX, max(1, -(-(until - since) // _HOUR)))
    listed = [Held(id=row["id"], kind=row["kind"] or "", hourly=None, ends=row["ends"]) for row in session.query(HELD).dicts()]
    held = (*listed, *(one for one in known if not any(other.id.endswith(one.id) for other in listed)))
    ending = tuple(one.id for one in held if one.ends is not None and one.ends <= until + ends_before)
    usage, idle = _pools(_spent(rows, since, hours, ending, paid), paid)
    return Found(since=since, hours=hours - idle, usage=usage, held=held, ending=ending, others=others, idle=idle)


def _nothing(currency: str, others: Sequence[Other]) -> BadInput:
    if others:
        services = ", ".join(dict.fromkeys(one.service for one in others))
        return BadInput(
            t(
                "No row of the ledger's compute in {currency} says its type of machine: {services}.",
                currency=currency,
                services=services,
            ),
            next_step=t("Export bills with SkuPriceDetails (FOCUS 1.2) or with SKU meters, or give a file with --demand."),
        )
    return BadInput(
        t("The ledger holds no compute usage in {currency}.", currency=currency),
        next_step=t("Import bills with `skywright cost import`, or set cost.currency."),
    )


def _spent(rows: list[dict[str, Any]], since: datetime, hours: int, ending: tuple[str, ...], paid: Paid) -> "Spent":
    """By provider, region, type and system: what was used in every hour, and what of it commitments served."""
    import numpy as np

    spent: Spent = defaultdict(lambda: np.zeros((2, hours)))
    for row in rows:
        first = max(0, int((row["since"] - since) // _HOUR))
        last = min(hours, max(first + 1, int(-(-(row["until"] - since) // _HOUR))))
        provider, type_ = str(row["provider"] or ""), str(row["type"])
        pool = spent[provider, str(row["region"]), type_, str(row["system"])]
        each = float(row["cost"] or 0) * paid(provider, type_) / max(1, last - first)
        pool[0, first:last] += each
        if row["status"] == "Used" and not str(row["held"]).endswith(ending):
            pool[1, first:last] += each
    return spent


def _pools(spent: "Spent", paid: Paid) -> tuple[tuple[Usage, ...], int]:
    """Pools over the hours in which anything was used, and how many hours that leaves out: an hour without a single machine is a
    bill that is missing, as a rule."""
    import numpy as np

    busy = np.sum([cost[0] for cost in spent.values()], axis=0) > 0
    usage = tuple(
        Usage(
            provider=provider, region=region, type=type_, system=system, hourly=tuple(cost[0, busy].tolist()),
            covered=tuple(cost[1, busy].tolist()), paid=paid(provider, type_),
        )
        for (provider, region, type_, system), cost in sorted(spent.items())
        if cost[0].max() > 0
    )  # fmt: skip
    return usage, int((~busy).sum())
