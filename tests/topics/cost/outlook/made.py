"""Made bills whose future is known: daily use, and what is charged on single days."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.topics.cost.books.asking import books
from tests.topics.cost.books.ledger import FOUR, PLAIN

COLUMNS = ("day", "cost", "category", "frequency", "service", "sku")


def use(rng: random.Random, first: date, days: int, level=100.0, drift=0.01, noise=0.05, service="Machines"):
    """Use with weekends at three quarters and a level that wanders."""
    for far in range(days):
        level *= 1 + rng.gauss(0, drift)
        day = first + timedelta(days=far)
        weekday = 0.75 if day.weekday() > 4 else 1.0
        cost = max(0.0, level * weekday * (1 + rng.gauss(0, noise)))
        yield day, round(cost, 4), "Usage", "Usage-Based", service, f"{service} hours"


def fee(rng: random.Random, days, cost, *, sku, spread=0.0, category="Purchase", frequency="Recurring"):
    """The same thing on these days, each time with another amount where it spreads."""
    for day in days:
        yield day, round(cost * (1 + rng.gauss(0, spread)), 4), category, frequency, "Fees", sku


def monthly(first: date, months: int, on: int):
    """The same day of every month."""
    for place in range(months):
        year, month = divmod(first.year * 12 + first.month - 1 + place, 12)
        yield date(year, month + 1, on)


def ledger_of(rows):
    """A ledger of charges of one day each."""
    asked = books([])
    columns = {name: [] for name in COLUMNS}
    for row in rows:
        for name, value in zip(COLUMNS, row, strict=True):
            columns[name].append(value)
    fixed = ", ".join(f"'{value}' AS {name}" for name, value in PLAIN.items() if name not in {"ChargeCategory", "ServiceName"})
    four = ", ".join(f"cost AS {name}" for name in FOUR)
    columns["cost"] = [Decimal(repr(cost)) for cost in columns["cost"]]
    columns["day"] = [datetime(day.year, day.month, day.day) for day in columns["day"]]
    asked.ledger.connection.execute(
        f"""INSERT INTO cost_and_usage BY NAME SELECT {fixed}, {four}, category AS ChargeCategory, frequency AS ChargeFrequency,
            service AS ServiceName, sku AS SkuId, sku AS ChargeDescription, day AS ChargePeriodStart,
            day + INTERVAL 1 DAY AS ChargePeriodEnd, date_trunc('month', day) AS BillingPeriodStart,
            date_trunc('month', day) + INTERVAL 1 MONTH AS BillingPeriodEnd
            FROM (SELECT {", ".join(f"unnest($c{place}) AS {name}" for place, name in enumerate(COLUMNS))})""",
        {f"c{place}": columns[name] for place, name in enumerate(COLUMNS)},
    )
    return asked
