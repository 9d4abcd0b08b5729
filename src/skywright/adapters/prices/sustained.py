"""Discounts that come off by themselves when a machine runs for most of a month: Google Cloud's sustained use discounts.

Source: Google Cloud, "Sustained use discounts for Compute Engine" (tiers by quarter of a month and series of machines), checked
against the monthly prices of google-cloud-pricing-cost-calculator (Cyclenerd, Apache-2.0, 2025-03-06): 0.700 of 730 hours for n1,
f1, g1 and m1, 0.800 for n2, n2d and c2; none for e2, n4, c3, c4, t2d, a2. ``tests/adapters/prices/test_sustained.py`` repeats that.
"""

from collections.abc import Mapping
from decimal import Decimal

QUARTERS: Mapping[str, tuple[Decimal, ...]] = dict.fromkeys(
    ("n1", "f1", "g1", "m1", "m2"), (Decimal(1), Decimal("0.8"), Decimal("0.6"), Decimal("0.4"))
) | dict.fromkeys(("n2", "n2d", "c2"), (Decimal(1), Decimal("0.8678"), Decimal("0.733"), Decimal("0.6")))
"""Series of machines -> the price of each quarter of a month over the list price, in the order in which they are used."""

OF = ("google", "gcp")


def month_of(type_: str) -> Decimal:
    """A machine type -> the price of a full month of it over the list price: 1 where nothing comes off."""
    quarters = QUARTERS.get(type_.partition("-")[0], (Decimal(1),))
    return sum(quarters, Decimal(0)) / len(quarters)


def full_month(provider: str, type_: str) -> float:
    """The same by the provider that a bill names."""
    return float(month_of(type_)) if provider.lower().startswith(OF) else 1.0
