"""Build the packaged price book: public price tables -> src/skywright/adapters/prices/data/{prices.parquet,types.csv}.

    python tools/prices.py FOLDER

FOLDER holds the two instance price tables that SOURCES.md names. The hand-kept list prices (``other.csv``) are read from the
package itself, the shapes of instance types from the installed moto. Three traps of the sources are minded here:

* a price of 0.0 in libcloud's table means "not known": no row, unless its family's factor (below) is known;
* China's regions are priced in CNY;
* in libcloud's table some rows carry the price of dedicated tenancy, 6 to 10 % above what their siblings say. AWS multiplies a
  whole family by one factor per region, so a row off its family's usual factor is replaced by (price in us-east-1) x factor.
"""

import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from prices_elsewhere import elsewhere

DATA = Path(__file__).parent.parent / "src/skywright/adapters/prices/data"
KARPENTER = "aws_ondemand_karpenter_2026-07.csv"
LIBCLOUD = "libcloud_pricing_2025-03.json"
HOME_REGION = "us-east-1"
FACTOR_TOLERANCE = Decimal("0.012")
REGIONS_AGREE = 3  # on what a Windows licence costs
BASELINE_PCT: dict[str, dict[str, float]] = {
    # share of each vCPU that may be used for ever; AWS EC2 User Guide, "Key concepts for burstable performance instances"
    "t2": {"nano": 5, "micro": 10, "small": 20, "medium": 20, "large": 30, "xlarge": 22.5, "2xlarge": 16.875},
    "t3": {"nano": 5, "micro": 10, "small": 20, "medium": 20, "large": 30, "xlarge": 40, "2xlarge": 40},
}
BASELINE_PCT["t3a"] = BASELINE_PCT["t4g"] = BASELINE_PCT["t3"]
Key = tuple[str, str]
"""(region, instance type)"""


def newest(folder: Path) -> dict[Key, Decimal]:
    """The table of July 2026: few regions, and the newest word on them."""
    with (folder / KARPENTER).open() as lines:
        return {
            (row["region"], row["instance_type"]): Decimal(row["usd_per_hour_linux_ondemand"])
            for row in csv.DictReader(lines)
            if Decimal(row["usd_per_hour_linux_ondemand"]) > 0
        }


def older(folder: Path) -> tuple[dict[Key, Decimal], set[Key]]:
    """The table of March 2025: (known prices, types on offer whose price is not known). Local zones are left out."""
    table = json.loads((folder / LIBCLOUD).read_text(), parse_float=Decimal, parse_int=Decimal)["compute"]["ec2_linux"]
    known: dict[Key, Decimal] = {}
    unknown: set[Key] = set()
    for name, regions in table.items():
        for region, amount in regions.items():
            if re.fullmatch(r"[a-z]+(-[a-z]+)+-\d", region):
                unknown.add((region, name)) if amount == 0 else known.update({(region, name): amount})
    return known, unknown


def factors(prices: dict[Key, Decimal], home: dict[str, Decimal]) -> dict[Key, Decimal]:
    """(region, family) -> the lowest factor on the home region's price that two sizes of the family share: dedicated tenancy is
    always above."""
    seen: dict[Key, list[Decimal]] = defaultdict(list)
    for (region, name), amount in prices.items():
        if name in home and "metal" not in name:
            seen[region, name.split(".")[0]].append(amount / home[name])
    found = {}
    for key, ratios in seen.items():
        votes = Counter({ratio: sum(abs(other / ratio - 1) <= FACTOR_TOLERANCE / 4 for other in ratios) for ratio in ratios})
        agreed = [ratio for ratio, count in votes.items() if count > 1]
        if agreed:
            found[key] = min(agreed)
    return found


def mended(prices: dict[Key, Decimal], unknown: set[Key], home: dict[str, Decimal]) -> Iterator[tuple[Key, Decimal, str]]:
    """(key, amount, source): rows off their family's factor, and unknown ones, get the home price times that factor."""
    usual = factors(prices, home)
    for region, name in unknown - prices.keys():
        factor = usual.get((region, name.split(".")[0]))
        if factor and name in home and "metal" not in name:
            yield (region, name), (home[name] * factor).quantize(Decimal("0.0001")), "family-factor"
    for (region, name), amount in prices.items():
        factor = usual.get((region, name.split(".")[0]))
        if factor and name in home and "metal" not in name and abs(amount / home[name] / factor - 1) > FACTOR_TOLERANCE:
            yield (region, name), (home[name] * factor).quantize(Decimal("0.0001")), "family-factor"
        else:
            yield (region, name), amount, "libcloud"


def instance_rows(folder: Path) -> Iterator[dict[str, object]]:
    """One row a (region, type): the newest dated source that knows it."""
    new = newest(folder)
    home = {name: amount for (region, name), amount in new.items() if region == HOME_REGION}
    rows = {key: (amount, source, "2025-03-02") for key, amount, source in mended(*older(folder), home)}
    rows |= {key: (amount, "karpenter", "2026-07-20") for key, amount in new.items()}
    for (region, name), (amount, source, dated) in rows.items():
        currency = "CNY" if region.startswith("cn-") else "USD"
        yield _row("compute.instance", region, name, "hour", amount, currency, source, dated)


def windows_rows(folder: Path, linux: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Machines with a Windows licence, where they are on offer: the price of Linux and the licence, which costs the same in every
    region. The table's own amounts are of three sorts (licence included, the licence alone, dedicated machines with one's own
    licence), so that only a difference to Linux that three regions agree on is taken for the licence."""
    table = json.loads((folder / LIBCLOUD).read_text(), parse_float=Decimal, parse_int=Decimal)["compute"]["ec2_windows"]
    bases = {(str(row["region"]), str(row["sku"])): row for row in linux}
    for name, regions in sorted(table.items()):
        known = {region: bases[region, name] for region in regions if (region, name) in bases}
        licence = _licence(regions[region] - Decimal(str(row["amount"])) for region, row in known.items() if regions[region])
        for _, row in sorted(known.items()):
            if licence:
                amount = Decimal(str(row["amount"])) + licence
                yield row | {"unit": "hour-windows", "amount": str(amount), "source": "windows-licence", "dated": "2025-03-02"}


def _licence(differences: Iterable[Decimal]) -> Decimal | None:
    votes = Counter(one.quantize(Decimal("0.0001")) for one in differences if one > 0)
    return next((amount for amount, count in votes.most_common(1) if count >= REGIONS_AGREE), None)


def other_rows(regions: list[str]) -> Iterator[dict[str, object]]:
    """The hand-kept list prices; ``*`` stands for every region but China's and GovCloud."""
    with (DATA / "other.csv").open() as lines:
        for row in csv.DictReader(lines):
            for region in regions if row["regions"] == "*" else row["regions"].split():
                amount = Decimal(row["usd"])
                yield _row(row["kind"], region, row["sku"], row["unit"], amount, "USD", row["source"], row["dated"])


def _row(kind: str, region: str, sku: str, unit: str, amount: Decimal, currency: str, source: str, dated: str) -> dict[str, object]:
    where: dict[str, object] = {"cloud": "aws", "region": region, "kind": kind, "sku": sku, "unit": unit}
    return where | {"amount": str(amount), "currency": currency, "source": source, "dated": dated}


def shapes() -> Iterator[dict[str, object]]:
    """The shape of every instance type, as DescribeInstanceTypes told it to moto's recorders."""
    packed = files("moto") / "ec2/resources/instance_types.json.gz"
    for name, told in sorted(json.loads(gzip.decompress(packed.read_bytes())).items()):
        family, _, size = name.partition(".")
        yield {
            "cloud": "aws",
            "name": name,
            "family": family,
            "series": series(family),
            "generation": int((re.search(r"\d+", family) or ["0"])[0]),
            "vcpus": told["VCpuInfo"]["DefaultVCpus"],
            "memory_mib": told["MemoryInfo"]["SizeInMiB"],
            "architecture": told["ProcessorInfo"]["SupportedArchitectures"][-1],
            "burstable": str(told["BurstablePerformanceSupported"]).lower(),
            "baseline_pct": BASELINE_PCT.get(family, {}).get(size, ""),
            "bare_metal": str(told["BareMetal"]).lower(),
            "class": "general" if re.fullmatch(r"[cmrt]\d[a-z]*", family) else family,
            "local_disk": str(told["InstanceStorageSupported"]).lower(),
            "network_mbps": _network(told),
            "disk_mbps": told["EbsInfo"].get("EbsOptimizedInfo", {}).get("BaselineBandwidthInMbps", ""),
        }


def _network(told: dict[str, Any]) -> object:
    """What all cards may carry for ever, in Mbit/s; nothing where it is not told."""
    cards = [card.get("BaselineBandwidthInGbps") for card in told["NetworkInfo"].get("NetworkCards", [])]
    return round(sum(cards) * 1000, 1) if cards and None not in cards else ""


def series(family: str) -> str:
    """Families that differ in memory per vCPU alone share a series: c5, m5 and r5 are ``cmr5``; all others are their own."""
    shape = re.fullmatch(r"([cmr])(\d+[a-z]*)", family)
    return f"cmr{shape[2]}" if shape else family


def main() -> int:
    """Write both files."""
    folder = Path(sys.argv[1])
    instances = list(instance_rows(folder))
    regions = sorted({str(row["region"]) for row in instances} - {"cn-north-1", "us-gov-east-1", "us-gov-west-1"})
    priced_there, shaped_there = elsewhere(json.loads((folder / LIBCLOUD).read_text())["compute"])
    unpriced: dict[str, list[str]] = defaultdict(list)
    priced = {(row["region"], row["sku"]) for row in instances}
    for region, name in sorted(older(folder)[1] - priced):
        unpriced[name].append(region)
    with (DATA / "types.csv").open("w", newline="") as file:
        rows = [shape | {"unpriced": " ".join(unpriced[str(shape["name"])])} for shape in (*shapes(), *shaped_there)]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write([*instances, *windows_rows(folder, instances), *other_rows(regions), *priced_there])
    return 0


def write(rows: list[dict[str, object]]) -> None:
    """Join prices with shapes into one sorted Parquet file."""
    lines = DATA / "prices.ndjson"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with duckdb.connect() as base:
        base.execute("SET threads = 1")
        base.execute(
            f"""
            COPY (
              SELECT p.cloud, p.region, p.kind, p.sku, p.unit, p.amount::DECIMAL(18,8) AS amount, p.currency, p.source, p.dated,
                     t.family, t.series, t.generation, t.vcpus, t.memory_mib, t.architecture,
                     t.burstable, t.baseline_pct, t.bare_metal, t.class, t.local_disk, t.network_mbps, t.disk_mbps
              FROM read_json('{lines}', columns = {{cloud: 'VARCHAR', region: 'VARCHAR', kind: 'VARCHAR', sku: 'VARCHAR',
                   unit: 'VARCHAR', amount: 'VARCHAR', currency: 'VARCHAR', source: 'VARCHAR', dated: 'VARCHAR'}}) p
              LEFT JOIN read_csv('{DATA / "types.csv"}', types = {{'generation': 'BIGINT', 'vcpus': 'BIGINT',
                   'memory_mib': 'BIGINT', 'burstable': 'BOOLEAN', 'baseline_pct': 'DOUBLE', 'bare_metal': 'BOOLEAN',
                   'local_disk': 'BOOLEAN', 'network_mbps': 'DOUBLE', 'disk_mbps': 'DOUBLE'}}) t
                ON p.kind = 'compute.instance' AND t.name = p.sku AND t.cloud = p.cloud
              ORDER BY p.cloud, p.kind, p.region, p.sku, p.unit
            ) TO '{DATA / "prices.parquet"}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)
            """
        )
    lines.unlink()


if __name__ == "__main__":
    sys.exit(main())
