"""Instance prices and shapes of Google Cloud and Azure out of the table that SOURCES.md names; used by tools/prices.py.

Google Cloud prices cores and memory: a predefined machine type costs the sum of its parts, and less when it runs all month
(sustained use): what an hour of a full month comes to is written down, as all that we say of a month assumes it. Azure prices
sizes; their shapes follow from the names of their series (Azure documents, sizes of virtual machines). What does not follow from a
name has no row.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from skywright.adapters.prices.sustained import month_of

DATED = "2025-03-02"
MONTH_H = 730
SIZES = (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)
# family -> shape -> (GiB per vCPU, the vCPUs on offer)
# Google Cloud documents, "General-purpose machine family" and "Compute-optimized machine family"
GCE: Mapping[str, Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "e2": {"standard": ("4", SIZES[:5]), "highmem": ("8", SIZES[:4]), "highcpu": ("1", SIZES[:5])},
    "n1": {
        "standard": ("3.75", (1, 2, 4, 8, 16, 32, 64, 96)),
        "highmem": ("6.5", (2, 4, 8, 16, 32, 64, 96)),
        "highcpu": ("0.9", (2, 4, 8, 16, 32, 64, 96)),
    },
    "n2": {"standard": ("4", SIZES), "highmem": ("8", SIZES[:8]), "highcpu": ("1", SIZES[:9])},
    "n2d": {"standard": ("4", (*SIZES[:9], 128, 224)), "highmem": ("8", SIZES[:9]), "highcpu": ("1", (*SIZES[:9], 128, 224))},
    "c2": {"standard": ("4", (4, 8, 16, 30, 60))},
}
# google-cloud-pricing-cost-calculator, pricing.yml of 2025-03-06: Windows Server, the same everywhere; no discount comes off it
GCE_WINDOWS_A_VCPU = Decimal("0.046")
# name -> (share of one core that is paid, GiB, share of each of its two vCPUs that may be used for ever, in percent)
GCE_SHARED = {"e2-micro": ("0.25", 1, 12.5), "e2-small": ("0.5", 2, 25.0), "e2-medium": ("1", 4, 50.0)}
GENERATION = {"n1": 1, "n2": 2, "n2d": 2, "c2": 2, "e2": 2}
# Azure, burstable B series: size -> (vCPUs, MiB, share of all its vCPUs together that may be used for ever, in percent of one)
AZURE_B = {
    "B1ls": (1, 512, 5),
    "B1s": (1, 1024, 10),
    "B1ms": (1, 2048, 20),
    "B2s": (2, 4096, 40),
    "B2ms": (2, 8192, 60),
    "B4ms": (4, 16384, 90),
    "B8ms": (8, 32768, 135),
    "B12ms": (12, 49152, 202),
    "B16ms": (16, 65536, 270),
    "B20ms": (20, 81920, 337),
}
AZURE_D_V2 = {
    1: (1, 3.5),
    2: (2, 7),
    3: (4, 14),
    4: (8, 28),
    5: (16, 56),
    11: (2, 14),
    12: (4, 28),
    13: (8, 56),
    14: (16, 112),
    15: (20, 140),
}
AZURE_GIB_PER_VCPU = {"D": 4, "E": 8, "F": 2}
# sizes whose memory is not their series' multiple
AZURE_ODD = {("E", 64, "v3"): 432, ("E", 64, "v4"): 504, ("E", 96, "v4"): 672, ("E", 20, "v3"): 160}
_AZURE = re.compile(r"standard(?P<family>[a-z]+?)(?P<size>\d+)(?P<more>[a-z]*?)(?P<version>v\d)?")

Row = dict[str, object]


def elsewhere(compute: Mapping[str, Any]) -> tuple[list[Row], list[Row]]:
    """(prices, shapes) of both clouds; an amount of 0 in the table means "not known"."""
    rows, shapes = [], []
    for maker in (_gce(compute["gce_instances"]), _azure(compute["azure_linux"])):
        for shape, amounts in maker:
            shapes.append(shape)
            made = [
                _priced(str(shape["cloud"]), region, "compute.instance", str(shape["name"]), "hour", amount)
                for region, amount in amounts
            ]
            rows.extend(_sustained(shape, made) if shape["cloud"] == "gcp" else made)
    rows.extend(_windows(compute["azure_windows"], [row for row in rows if row["cloud"] == "azure"]))
    rows.extend(_disks(compute["gce_disks"]))
    return rows, shapes


def _priced(cloud: str, region: str, kind: str, sku: str, unit: str, amount: Decimal) -> Row:
    where: Row = {"cloud": cloud, "region": region, "kind": kind, "sku": sku, "unit": unit}
    return where | {"amount": f"{amount:.8f}", "currency": "USD", "source": "libcloud", "dated": DATED}


def _sustained(shape: Row, rows: list[Row]) -> Iterator[Row]:
    """Google Cloud's machines at what an hour of a full month comes to, and with a Windows licence (shared cores: not known)."""
    month = month_of(str(shape["name"]))
    for row in rows:
        paid = (
            row
            if month == 1
            else row | {"amount": f"{Decimal(str(row['amount'])) * month:.8f}", "source": "libcloud, sustained use"}
        )
        yield paid
        if not shape["baseline_pct"]:
            amount = Decimal(str(paid["amount"])) + GCE_WINDOWS_A_VCPU * int(str(shape["vcpus"]))
            yield paid | {"unit": "hour-windows", "amount": f"{amount:.8f}"}


def _shape(cloud: str, name: str, family: str, generation: int, vcpus: int, memory_mib: int, baseline: object = "") -> Row:
    shape: Row = {"cloud": cloud, "name": name, "family": family, "series": family, "generation": generation}
    burst = {"burstable": str(baseline != "").lower(), "baseline_pct": baseline, "bare_metal": "false", "class": "general"}
    return (
        shape | {"vcpus": vcpus, "memory_mib": memory_mib, "architecture": "x86_64"} | burst | {"local_disk": _local(cloud, family)}
    )


def _local(cloud: str, family: str) -> str:
    """Azure says it with a small d (Dds v4); v1 and v2 all have a temporary disk, which is no reason to stay."""
    return str(cloud == "azure" and "d" in family[1:]).lower()


def _gce(told: Mapping[str, Any]) -> Iterator[tuple[Row, list[tuple[str, Decimal]]]]:
    """Machine types with their price in every region that prices both parts."""
    for family, shapes in GCE.items():
        core, memory = (_regions(told[family][part]) for part in ("cpu", "ram"))
        for shape, (ratio, sizes) in shapes.items():
            for vcpus in sizes:
                gib = Decimal(ratio) * vcpus
                row = _shape("gcp", f"{family}-{shape}-{vcpus}", family, GENERATION[family], vcpus, int(gib * 1024))
                yield row, _sums(core, memory, Decimal(vcpus), gib)
    core, memory = (_regions(told["e2"][part]) for part in ("cpu", "ram"))
    for name, (share, size, baseline) in GCE_SHARED.items():
        yield _shape("gcp", name, "e2", 2, 2, size * 1024, baseline), _sums(core, memory, Decimal(share), Decimal(size))


def _regions(part: Mapping[str, Any]) -> dict[str, Decimal]:
    return {region: Decimal(str(said["price"])) for region, said in part["on_demand"].items() if said["price"]}


def _sums(core: Mapping[str, Decimal], memory: Mapping[str, Decimal], vcpus: Decimal, gib: Decimal) -> list[tuple[str, Decimal]]:
    return [(region, vcpus * core[region] + gib * memory[region]) for region in sorted(core.keys() & memory.keys())]


def _disks(told: Mapping[str, Any]) -> Iterator[Row]:
    """Persistent disks: priced by the hour in the table, by the month in ours."""
    for name, sku in (("Standard", "pd-standard"), ("SSD", "pd-ssd")):
        for region, amount in sorted(_regions(told[name]).items()):
            yield _priced("gcp", region, "storage.volume", sku, "gib-month", amount * MONTH_H)


def _azure(told: Mapping[str, Any]) -> Iterator[tuple[Row, list[tuple[str, Decimal]]]]:
    """Sizes whose shape follows from their name, spelled as Azure spells them: Standard_D2s_v3."""
    for flat, amounts in sorted(told.items()):
        shape = _azure_shape(flat)
        if shape:
            yield shape, [(region, Decimal(str(amount))) for region, amount in sorted(amounts.items()) if amount]


def _windows(told: Mapping[str, Any], linux: list[Row]) -> Iterator[Row]:
    """Sizes with a Windows licence. What costs no more than Linux there is a mistake of the table."""
    for row in linux:
        flat = str(row["sku"]).replace("_", "").lower()
        amount = Decimal(str(told.get(flat, {}).get(row["region"]) or 0))
        if amount > Decimal(str(row["amount"])):
            yield row | {"unit": "hour-windows", "amount": f"{amount:.8f}"}


def _azure_shape(flat: str) -> Row | None:
    match = _AZURE.fullmatch(flat)
    if not match:
        return None
    letters, size, more, version = match["family"].upper(), int(match["size"]), match["more"], match["version"] or ""
    name = f"{letters}{size}{more}"
    generation = int(version[1:]) if version else 1
    spelled = f"Standard_{name}{'_' + version if version else ''}"
    family = f"{letters}{more}{version}"
    if letters == "B" and name in AZURE_B and not version:
        vcpus, memory_mib, together = AZURE_B[name]
        return _shape("azure", spelled, "B", 1, vcpus, memory_mib, round(together / vcpus, 4))
    if letters in ("D", "DS") and generation <= 2 and size in AZURE_D_V2 and not more:
        vcpus, gib = AZURE_D_V2[size]
        return _shape("azure", spelled, family, generation, vcpus, int(gib * 1024))
    known = (letters in ("D", "E") and generation in (3, 4)) or (letters == "F" and version == "v2")
    if known and letters in AZURE_GIB_PER_VCPU and "i" not in more:
        whole = AZURE_ODD.get((letters, size, version), size * AZURE_GIB_PER_VCPU[letters])
        return _shape("azure", spelled, family, generation, size, whole * 1024)
    return None
