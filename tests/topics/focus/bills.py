"""A real bill (73 rows of the FOCUS sample data, in 1.2's columns; CC BY 4.0) and what it becomes when one column is broken."""

import csv
from pathlib import Path

SAMPLE = Path(__file__).with_name("sample-1.2.csv")
EVERY = 5

# name -> (column, what every fifth row holds instead)
BROKEN = {
    "no cost": ("BilledCost", None),
    "no account": ("BillingAccountId", None),
    "small currency": ("BillingCurrency", "usd"),
    "unknown currency": ("BillingCurrency", "XXY"),
    "short currency": ("BillingCurrency", "US"),
    "a charge": ("ChargeCategory", "Foo"),
    "tax": ("ChargeCategory", "Tax"),
    "purchase": ("ChargeCategory", "Purchase"),
    "recurring": ("ChargeFrequency", "Recurring"),
    "service": ("ServiceCategory", "Foo"),
    "subservice": ("ServiceSubcategory", "Foo"),
    "other parent": ("ServiceSubcategory", "Bots"),
    "negative price": ("ListUnitPrice", "-1.5"),
    "list cost": ("ListCost", "123.456"),
    "contracted cost": ("ContractedCost", "9"),
    "bad json": ("Tags", "{bad"),
    "json list": ("Tags", "[1]"),
    "bad unit": ("PricingUnit", "GB*Hours"),
    "umlaut": ("ResourceName", "Mü"),
    "class": ("ChargeClass", "Fix"),
    "correction": ("ChargeClass", "Correction"),
    "no sku": ("SkuId", None),
    "no price": ("SkuPriceId", None),
    "no sub account": ("SubAccountId", None),
    "no region": ("RegionId", None),
    "commitment": ("CommitmentDiscountId", "cd-1"),
    "commitment used": ("CommitmentDiscountStatus", "Used"),
    "no quantity": ("PricingQuantity", None),
    "no consumption": ("ConsumedQuantity", None),
    "no consumed unit": ("ConsumedUnit", None),
    "no category": ("PricingCategory", None),
    "category": ("PricingCategory", "Foo"),
    "effective cost": ("EffectiveCost", "5"),
    "reservation": ("CapacityReservationId", "cr-1"),
    "two currencies": ("PricingCurrency", "EUR"),
    "no invoice": ("InvoiceId", None),
    "details": ("SkuPriceDetails", '{"CoreCount": 4}'),
    "no service": ("ServiceName", None),
    "no publisher": ("PublisherName", None),
    "no description": ("ChargeDescription", None),
}

LACKING = ("Tags", "InvoiceId", "ListUnitPrice", "ChargeClass", "CommitmentDiscountStatus", "BilledCost", "BillingPeriodStart")


def rows() -> list[dict[str, str | None]]:
    """The rows, NULL as None; tidied of what the sample itself breaks by empty text and by spelling."""
    with SAMPLE.open(newline="") as file:
        found = [{key: None if value in {"NULL", ""} else value for key, value in row.items()} for row in csv.DictReader(file)]
    return [{**row, "ChargeFrequency": "One-Time" if row["ChargeFrequency"] == "One-Time" else "Usage-Based"} for row in found]


def write(path: Path, bill: list[dict[str, str | None]]) -> Path:
    """A CSV file: text quoted, numbers and NULL not."""
    lines = [",".join(f'"{column}"' for column in bill[0])]
    lines += [",".join(_field(value) for value in row.values()) for row in bill]
    path.write_text("\n".join(lines) + "\n")
    return path


def _field(value: str | None) -> str:
    if value is None:
        return "NULL"
    number = value.lstrip("-").replace(".", "", 1)
    return value if number.isdigit() and "." in value else '"' + value.replace('"', '""') + '"'


def broken(name: str) -> list[dict[str, str | None]]:
    """The bill with one column broken."""
    column, value = BROKEN[name]
    return [{**row, column: value} if place % EVERY == 0 else row for place, row in enumerate(rows())]


def lacking(column: str) -> list[dict[str, str | None]]:
    """The bill without a column."""
    return [{key: value for key, value in row.items() if key != column} for row in rows()]


def bills() -> dict[str, list[dict[str, str | None]]]:
    """Every bill, by name."""
    return {"whole": rows(), **{name: broken(name) for name in BROKEN}, **{f"without {one}": lacking(one) for one in LACKING}}
