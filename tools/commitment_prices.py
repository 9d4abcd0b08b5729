"""Builds src/skywright/adapters/prices/data/commitments.csv from the price tables (``SKYWRIGHT_DATA``, default ../shared/data).

Reservations: an effective hourly price over libcloud's on-demand price of the same type and region; one row a family and region
where all sizes agree within 2 %, else one row a type. Commitments of cores: libcloud's own prices. The rest is kept by hand in
commitments_other.csv.
"""

import csv
import json
import os
import statistics
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRICES = Path(os.environ.get("SKYWRIGHT_DATA") or ROOT.parent / "shared" / "data") / "prices"
OUT = ROOT / "src/skywright/adapters/prices/data"
COLUMNS = [
    "product",
    "provider",
    "region",
    "match",
    "term_months",
    "payment",
    "ratio",
    "upfront",
    "order",
    "unit",
    "source",
    "dated",
]
AGREE, CHEAP, DEAR = 0.02, 0.2, 0.9
AWS = "aws|amazon*"


def main() -> None:
    """Write the file."""
    book = json.loads((PRICES / "libcloud_pricing_2025-03.json").read_text())["compute"]
    with (OUT / "commitments_other.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    rows += _reservations(book["ec2_linux"]) + _cores(book["gce_instances"])
    with (OUT / "commitments.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _reservations(on_demand: dict) -> list[dict]:
    found = defaultdict(list)
    for key, hourly in json.loads((PRICES / "opencost_awsreservationofferings.json").read_text()).items():
        name, region = key.split("/")
        price = on_demand.get(name, {}).get(region)
        if price and CHEAP < hourly / price < DEAR:
            found[name.split(".")[0], region].append((name, hourly / price))
    rows = []
    for (family, region), sizes in sorted(found.items()):
        ratios = [ratio for _, ratio in sizes]
        alike = max(ratios) - min(ratios) <= AGREE
        offers = [(f"{family}.*", statistics.median(ratios))] if alike else sorted(sizes)
        rows += [
            _row("Reserved instance", AWS, region, match, 36, "all upfront", ratio, 1, 0, "instance", "opencost over libcloud",
                 "2025-03-02")
            for match, ratio in offers
        ]  # fmt: skip
    return rows


def _cores(families: dict) -> list[dict]:
    rows = []
    for family, parts in sorted(families.items()):
        cores = parts.get("cpu", {})
        for months, key in ((12, "1yr_commitment"), (36, "3yr_commitment")):
            for region, price in sorted(cores.get(key, {}).items()):
                full = cores["on_demand"].get(region, {}).get("price")
                if full and price["price"]:
                    rows.append(_row("Committed use (resources)", "google*|gcp*", region, f"{family}-*", months, "no upfront",
                                     price["price"] / full, 0, 0, "money", "libcloud", "2025-03-02"))  # fmt: skip
    return rows


def _row(*values: object) -> dict:
    return {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in zip(COLUMNS, values, strict=True)}


if __name__ == "__main__":
    main()
