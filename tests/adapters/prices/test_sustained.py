"""Discounts that come off by themselves: the tiers come to what a full month is published to cost."""

import pytest

from skywright.adapters.prices.sustained import full_month

# type              an hour    730 hours as published (google-cloud-pricing-cost-calculator, 2025-03-06, us-central1)
MONTHS = [
    ("n1-standard-8", 0.379998, 194.178978),
    ("g1-small", 0.0311, 15.8921),  # asia-southeast1
    ("f1-micro", 0.0076, 3.8836),
    ("m1-ultramem-80", 12.5862, 6431.5482),
    ("n2-highmem-8", 0.524056, 306.125216),
    ("n2d-highcpu-48", 1.497024, 874.480582),
    ("c2-standard-8", 0.417616, 243.948716),
    ("e2-standard-8", 0.26804568, 195.6733464),
    ("c4-highmem-8", 0.521356, 380.58988),
    ("t2d-standard-1", 0.048916, 35.70868),  # asia-east1
]


@pytest.mark.parametrize(("type_", "hourly", "month"), MONTHS)
def test_a_full_month_costs_what_is_published(type_: str, hourly: float, month: float):
    assert hourly * 730 * full_month("Google Cloud", type_) == pytest.approx(month, rel=1e-6)


def test_nothing_comes_off_elsewhere_or_of_what_is_not_known():
    assert full_month("AWS", "n1-standard-8") == 1.0
    assert full_month("gcp", "n2-*") == pytest.approx(0.8002)
    assert full_month("Google Cloud", "") == 1.0
