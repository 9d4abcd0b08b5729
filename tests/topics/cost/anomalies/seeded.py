"""Bills by the day from a seed: weekdays, noise, growth, fees on the first; surprises are planted in them."""

import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.topics.cost.books.ledger import FOUR, PLAIN, MemoryLedger

FIRST, DAYS = date(2026, 6, 10), 150
LAST = FIRST + timedelta(days=DAYS - 1)
SERVICES = {"Machines": ("hours", 0.1), "Storage": ("gib", 0.02), "Database": ("hours", 0.3), "Network": ("gib", 0.05)}
PERIODS = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
Row = dict[str, Any]


def bill(seed: int = 1, accounts: int = 3) -> list[Row]:
    """One row a day, account, service and region, with one resource each."""
    rng = random.Random(seed)
    rows: list[Row] = []
    for account in range(accounts):
        for service, (unit, price) in SERVICES.items():
            for region in ("east", "west"):
                level = rng.lognormvariate(4.5, 0.8)
                weekend, noise, growth = rng.uniform(0.4, 1.0), rng.uniform(0.01, 0.06), rng.uniform(-0.001, 0.003)
                for offset in range(DAYS):
                    day = FIRST + timedelta(days=offset)
                    cost = level * (1 + growth * offset) * (weekend if day.weekday() > 4 else 1) * (1 + rng.gauss(0, noise))
                    name = f"res-{account}-{service.lower()}-{region}"
                    rows.append(charge(day, cost, f"acct-{account}", service, region, name, unit=unit, price=price))
        for offset in range(DAYS):
            day = FIRST + timedelta(days=offset)
            if day.day == 1:
                rows.append(charge(day, 400 + account, f"acct-{account}", "Support", "east", "plan", unit="months", price=400))
    return rows


def charge(day: date, cost: float, account: str, service: str, region: str, resource: str, **more: Any) -> Row:
    """One day's usage of one resource."""
    unit, price = more.pop("unit", "hours"), more.pop("price", 0.1)
    start = datetime.combine(day, datetime.min.time())
    month, amount = start.replace(day=1), Decimal(f"{cost:.6f}")
    periods = (start, start + timedelta(days=1), month, (month + timedelta(days=32)).replace(day=1))
    return {
        **PLAIN, **dict.fromkeys(FOUR, amount), **dict(zip(PERIODS, periods, strict=True)), "SubAccountId": account,
        "ServiceName": service, "RegionId": region, "ResourceId": f"arn:x:{account}:{resource}", "SkuMeter": f"{service} {unit}",
        "ConsumedQuantity": Decimal(f"{cost / price:.6f}"), "ConsumedUnit": unit, **more,
    }  # fmt: skip


def scaled(rows: Iterable[Row], factor: float, days: Iterable[date], *, price: bool = False, **where: str) -> None:
    """Make rows of some days dearer by a factor: more of it, or (``price``) the same for more."""
    wanted = set(days)
    for row in rows:
        if row["ChargePeriodStart"].date() in wanted and all(row[name] == value for name, value in where.items()):
            for name in FOUR:
                row[name] = row[name] * Decimal(str(factor))
            if not price:
                row["ConsumedQuantity"] *= Decimal(str(factor))


def ledger(rows: list[Row]) -> MemoryLedger:
    """The rows as a ledger."""
    made = MemoryLedger()
    names = sorted({name for row in rows for name in row})
    params: Mapping[str, Any] = {f"p{index}": [row.get(name) for row in rows] for index, name in enumerate(names)}
    columns = ", ".join(f'"{name}"' for name in names)
    picks = ", ".join(f"unnest($p{index})" for index in range(len(names)))
    made.connection.execute(f"INSERT INTO cost_and_usage ({columns}) SELECT {picks}", dict(params))
    return made


def span(start: date, days: int) -> list[date]:
    """So many days from a first one."""
    return [start + timedelta(days=offset) for offset in range(days)]
