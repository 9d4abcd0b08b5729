"""A believable bill of the lab's estate: FOCUS 1.2 as CSV, day by day, with planted surprises; the same seed gives the same bill.

Every resource of known cost is billed at its monthly cost, by the day. Around that: discounts that some accounts have, weekends on
what scales with use, a support fee on the first of the month, tax, a credit, a refund that corrects an earlier row, and what a
practitioner meets daily: traffic that explodes, a machine that was not there before.
"""

import csv
import gzip
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import msgspec

CENT, QUANTITY = Decimal("0.0000000001"), Decimal("0.0001")
ISSUERS = {
    "aws": "Amazon Web Services",
    "gcp": "Google Cloud",
    "azure": "Microsoft",
    "openstack": "OpenStack",
    "kubernetes": "Kubernetes",
    "swarm": "Docker",
    "hosts": "Own hosts",
}
SERVICES: Mapping[str, tuple[str, str, str]] = {
    "compute": ("Virtual machines", "Compute", "Virtual Machines"),
    "storage": ("Storage", "Storage", "Block Storage"),
    "database": ("Databases", "Databases", "Relational Databases"),
    "network": ("Networking", "Networking", "Network Infrastructure"),
    "kubernetes": ("Clusters", "Compute", "Containers"),
    "log": ("Logs", "Management and Governance", "Observability"),
    "crypto": ("Keys and secrets", "Security", "Secret Management"),
    "dns": ("Names", "Networking", "Network Infrastructure"),
}
"""First part of a kind -> service, category and subcategory of FOCUS."""
METERED: Mapping[str, tuple[str, Decimal]] = {
    "storage.volume": ("GB-Months", Decimal("0.08")),
    "storage.bucket": ("GB-Months", Decimal("0.023")),
    "network.gateway": ("GB", Decimal("0.045")),
    "log.group": ("GB", Decimal("0.5")),
}
"""Kind -> the unit it is billed in and what one costs; all others are billed by the hour."""
SPIKE_DAYS, SPIKE_TIMES = 4, 9
WEEKEND = Decimal("0.55")
TAX = Decimal("0.19")


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of the estate with its cost a month."""

    resource: str
    native_id: str
    cloud: str
    account: str
    region: str
    kind: str
    name: str | None
    type: str | None
    tags: Mapping[str, str] | None
    monthly: Decimal
    currency: str


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """A surprise of the bill: when it begins, where, and what it is."""

    at: date
    resource: str
    what: str


def write_bill(path: Path, costs: Iterable[Cost], until: date, days: int, seed: int = 1) -> tuple[Planted, ...]:
    """Write the bill of ``days`` days up to and without ``until`` (gz by the path's ending); gives what is planted in it."""
    made = _Maker(sorted(costs, key=lambda one: one.resource), until, days, seed)
    with _opened(path) as file:
        rows = made.rows()
        first = next(rows, None)
        if first is not None:
            writer = csv.DictWriter(file, list(first))
            writer.writeheader()
            writer.writerow(first)
            writer.writerows(rows)
    return made.planted


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "wt", newline="", encoding="utf-8")
    return path.open("w", newline="", encoding="utf-8")


class _Maker:
    def __init__(self, costs: list[Cost], until: date, days: int, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - a bill to try things on
        self._days = [until - timedelta(days=back) for back in range(days, 0, -1)]
        self._costs = [one for one in costs if one.monthly > 0]
        self._spiked = self._pick("network.gateway")
        self._forgotten = self._pick("compute.instance")
        self._since = until - timedelta(days=min(days, 12))
        self._exploded = until - timedelta(days=min(days, 6))

    @property
    def planted(self) -> tuple[Planted, ...]:
        """What a perfect reader of the bill would point at."""
        found = []
        if self._spiked:
            found.append(Planted(at=self._exploded, resource=self._spiked.resource, what="traffic explodes for some days"))
        if self._forgotten:
            found.append(Planted(at=self._since, resource=self._forgotten.resource, what="a machine is there that was not"))
        return tuple(found)

    def rows(self) -> Iterator[dict[str, str]]:
        """Day by day; taxes, fees and corrections of a month that it holds whole stand on the first of the next."""
        month, whole = Decimal(0), False
        for day in self._days:
            if day.day == 1:
                if whole:
                    yield from self._first_of_month(day, month)
                month, whole = Decimal(0), True
            for cost in self._costs:
                row = self._usage(cost, day)
                if row is not None:
                    month += Decimal(row["BilledCost"])
                    yield row

    def _pick(self, *kinds: str) -> Cost | None:
        for kind in kinds:
            able = [one for one in self._costs if one.kind == kind]
            if able:
                return max(able, key=lambda one: (one.monthly, one.resource))
        return None

    def _usage(self, cost: Cost, day: date) -> dict[str, str] | None:
        if cost is self._forgotten and day < self._since:
            return None
        a_day = cost.monthly * 12 / 365
        draw = Decimal(str(round(self._draw.gauss(1, 0.01), 4)))
        unit, price, used = "Hours", (a_day / 24).quantize(CENT), Decimal(24)
        if cost.kind in METERED:
            unit, price = METERED[cost.kind]
            used = (max(a_day * draw * self._busy(cost, day), Decimal(0)) / price).quantize(QUANTITY)
        rate = Decimal("0.93") if int(cost.account.encode().hex()[-4:], 16) % 3 == 0 else Decimal(1)
        listed, paid = price * used, (price * rate).quantize(CENT) * used
        return self._row(cost, day, "Usage", (paid, paid, listed, paid), quantity=_plain(used), unit=unit)

    def _busy(self, cost: Cost, day: date) -> Decimal:
        """How much is used beside an ordinary day: less on weekends of what follows people's work, and what is planted."""
        times = WEEKEND if cost.kind.partition(".")[0] in ("log", "network") and day.weekday() > 4 else Decimal(1)
        if cost is self._spiked and self._exploded <= day < self._exploded + timedelta(days=SPIKE_DAYS):
            times *= SPIKE_TIMES
        return times

    def _first_of_month(self, day: date, month: Decimal) -> Iterator[dict[str, str]]:
        if not self._costs or not month:
            return
        payer = msgspec.structs.replace(
            self._costs[0], resource="", native_id="", name=None, tags=None, kind="account.account", type=None
        )
        fee = (month * Decimal("0.03")).quantize(CENT)
        support = self._row(payer, day, "Purchase", (fee,) * 4, quantity="1", unit="Months", what="Support")
        yield support | {"ChargePeriodEnd": self._period(day)["BillingPeriodEnd"]}
        tax = (month * TAX).quantize(CENT)
        yield self._row(payer, day, "Tax", (tax,) * 4, what="Value-added tax")
        credit = -(month * Decimal("0.02")).quantize(CENT)
        yield self._row(payer, day, "Credit", (credit,) * 4, what="Credit of a partner programme")
        refund = -(month * Decimal("0.001")).quantize(CENT)
        corrected = self._row(payer, day - timedelta(days=3), "Usage", (refund,) * 4, quantity="1", unit="Hours", what="Refund")
        yield corrected | {"ChargeClass": "Correction"} | self._period(day)

    def _row(
        self, cost: Cost, day: date, category: str, costs: tuple[Decimal, ...], quantity: str = "", unit: str = "", what: str = ""
    ) -> dict[str, str]:
        usage, issuer = category == "Usage", ISSUERS.get(cost.cloud, cost.cloud)
        amounts = zip(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), map(_plain, costs), strict=True)
        return {
            **dict(amounts),
            **self._period(day),
            "BillingAccountId": f"payer-{cost.cloud}",
            "BillingAccountName": f"{issuer} payer",
            "BillingAccountType": "Payer",
            "BillingCurrency": cost.currency,
            "ChargeCategory": category,
            "ChargeClass": "",
            "ChargeDescription": what or cost.type or cost.kind,
            "ChargeFrequency": {"Usage": "Usage-Based", "Purchase": "Recurring"}.get(category, "One-Time"),
            "ChargePeriodStart": _moment(day),
            "ChargePeriodEnd": _moment(day + timedelta(days=1)),
            **dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), issuer),
            "InvoiceId": f"{cost.cloud}-{day:%Y%m}",
            **_priced(cost, costs[2:], quantity, unit, usage=usage),
            **_what(cost, usage=usage),
            "SubAccountId": cost.account,
            "SubAccountName": cost.account,
            "SubAccountType": "Account",
            "Tags": json.dumps(dict(cost.tags or {}), sort_keys=True),
        }

    def _period(self, day: date) -> dict[str, str]:
        first = day.replace(day=1)
        return {"BillingPeriodStart": _moment(first), "BillingPeriodEnd": _moment((first + timedelta(days=32)).replace(day=1))}


def _priced(cost: Cost, costs: tuple[Decimal, ...], quantity: str, unit: str, *, usage: bool) -> dict[str, str]:
    """Quantities, unit prices (list and contracted) and SKU."""
    prices = [
        _plain((one / Decimal(quantity)).quantize(CENT)) if quantity and Decimal(quantity) and one >= 0 else "" for one in costs
    ]
    sku = f"{cost.kind}/{cost.type or 'standard'}" if usage else ""
    return {
        "ConsumedQuantity": quantity if usage else "",
        "ConsumedUnit": unit if usage else "",
        "PricingCategory": "Standard" if quantity else "",
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        **dict(zip(("ListUnitPrice", "ContractedUnitPrice"), prices, strict=True)),
        "SkuId": sku,
        "SkuPriceDetails": json.dumps({"InstanceType": cost.type}) if usage and cost.type else "",
        "SkuPriceId": f"{sku}/on-demand" if sku else "",
    }


def _what(cost: Cost, *, usage: bool) -> dict[str, str]:
    """Service, region and resource."""
    service, group, inner = SERVICES.get(cost.kind.partition(".")[0], ("Account", "Other", "Other (Other)"))
    return {
        "RegionId": cost.region if usage else "",
        "RegionName": cost.region if usage else "",
        "ResourceId": cost.native_id,
        "ResourceName": cost.name or "",
        "ResourceType": cost.kind if cost.native_id else "",
        "ServiceName": service if usage else "Account",
        "ServiceCategory": group if usage else "Other",
        "ServiceSubcategory": inner if usage else "Other (Other)",
    }


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


def _moment(day: date) -> str:
    return datetime.combine(day, time()).isoformat() + "Z"


def costs_sql() -> str:
    """What of an open snapshot becomes a bill: one row a resource of known cost, as ``Cost`` wants it."""
    return """
        SELECT r.id AS resource, r.native_id, r.cloud, r.account, r.region, r.kind, r.name, i.type, r.tags, c.monthly, c.currency
        FROM cost c JOIN resource r ON r.id = c.resource LEFT JOIN compute_instance i ON i.id = r.id
        WHERE c.monthly > 0 ORDER BY r.id"""


def as_costs(rows: Iterable[Mapping[str, Any]]) -> list[Cost]:
    """Rows of ``costs_sql`` -> costs."""
    return [Cost(**row) for row in rows]
