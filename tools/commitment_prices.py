"""Builds src/skywright/adapters/prices/data/commitments.csv from the price tables (``SKYWRIGHT_DATA``, default ../shared/data).

Reservations: an effective hourly price over libcloud's on-demand price of the same type and region; one row a family and region
where all sizes agree within 2 %, else one row a type. Savings plans of a family are taken to cost what its dearest size's
reservation does. The rest is kept by hand in commitments_other.csv. Columns and their meaning:
``skywright.adapters.prices.commitments``, which reads the result.
"""

import csv
import json
import os
import statistics
from collections import defaultdict
from pathlib import Path

from skywright.adapters.prices.commitments import COLUMNS, OPTIONAL, PACKAGED, offers

ROOT = Path(__file__).parents[1]
PRICES = Path(os.environ.get("SKYWRIGHT_DATA") or ROOT.parent / "shared" / "data") / "prices"
AGREE, CHEAP, DEAR = 0.02, 0.2, 0.9
RESERVED = {
    "product": "Reserved instance",
    "provider": "aws|amazon*",
    "term_months": 36,
    "payment": "all upfront",
    "upfront": 1,
    "order": 0,
    "unit": "instance",
    "source": "opencost over libcloud",
    "dated": "2025-03-02",
    "system": "linux",
    "basis": "price",
}
PLAN = RESERVED | {
    "product": "EC2 instance savings plan",
    "order": 1,
    "unit": "money",
    "source": "opencost over libcloud, as reservations",
    "basis": "sibling",
}


def main() -> None:
    """Write the file, and read it as the program does."""
    with PACKAGED.with_name("commitments_other.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for (family, region), sizes in sorted(reservations().items()):
        ratios = sorted(sizes.values())
        alike = ratios[-1] - ratios[0] <= AGREE
        told = {f"{family}.*": statistics.median(ratios)} if alike else dict(sorted(sizes.items()))
        rows += [RESERVED | {"region": region, "match": match, "ratio": f"{ratio:.4f}"} for match, ratio in told.items()]
        rows.append(PLAN | {"region": region, "match": f"{family}.*", "ratio": f"{ratios[-1]:.4f}"})
    with PACKAGED.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, (*COLUMNS, *OPTIONAL), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if len(offers()) != len(rows):
        raise SystemExit("two rows are of the same product, place, term and payment")


def reservations() -> dict[tuple[str, str], dict[str, float]]:
    """Family and region -> type -> ratio, of every reservation that has an on-demand price beside it."""
    on_demand = json.loads((PRICES / "libcloud_pricing_2025-03.json").read_text())["compute"]["ec2_linux"]
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for key, hourly in json.loads((PRICES / "opencost_awsreservationofferings.json").read_text()).items():
        name, region = key.split("/")
        price = on_demand.get(name, {}).get(region)
        if price and CHEAP < hourly / price < DEAR:
            found[name.split(".")[0], region][name] = hourly / price
    return found


if __name__ == "__main__":
    main()
