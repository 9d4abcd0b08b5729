"""A row of a bill (or many alike) -> what it says ran, stood or moved; or why that cannot be told."""

import re
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

import msgspec

from skywright.model.words import t
from skywright.topics.carbon.energy import Disk, Emission, Place, Shape, machine, moved, no_shape, ran, ran_vcpus, stood
from skywright.topics.carbon.facts import Machine, cloud_of, method, vcpu_of

HOURS_PER_MONTH = 730.5
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]*")
_TYPE = re.compile(r"([a-z]{2,6}\.)?[a-z]+[0-9][a-z0-9\-]*[.\-][a-z0-9][a-z0-9.\-]*")
"""What a type of machine looks like: m7i.xlarge, db.r6g.large, n2-standard-4."""
_DIGITS = re.compile(r"^\s*([0-9][0-9,.]*)\s*(K|M)?\s*")
_BYTES = {
    "b": 1e-9,
    "byte": 1e-9,
    "kb": 1e-6,
    "mb": 1e-3,
    "mib": 1.048576e-3,
    "gb": 1.0,
    "gigabyte": 1.0,
    "gib": 1.073741824,
    "gibibyte": 1.073741824,
    "tb": 1e3,
    "tib": 1099.511627776,
    "tebibyte": 1099.511627776,
}
"""GB (10^9 bytes) in a unit."""

_TIMES = {
    "second": 1 / 3600,
    "sec": 1 / 3600,
    "minute": 1 / 60,
    "hour": 1.0,
    "hr": 1.0,
    "h": 1.0,
    "day": 24.0,
    "month": HOURS_PER_MONTH,
    "mo": HOURS_PER_MONTH,
    "year": 8766.0,
}
"""Hours in a unit."""


_FILLERS = frozenset({"lambda", "per"})
"""Words in units that change nothing: Lambda-GB-Seconds, OCPU Per Hour."""


class Kind(StrEnum):
    """What an amount of a bill is about."""

    MACHINE = "machines"
    VCPU = "vCPUs"
    STORAGE = "storage"
    NETWORK = "network"
    NONE = "not estimated"


class Line(msgspec.Struct, frozen=True):
    """Rows of a bill that are alike: who billed, what for, where, how much, at what cost. ``machine_type`` where the bill names one
    apart."""

    provider: str
    service: str
    category: str
    region: str
    text: str
    unit: str
    quantity: float
    cost: Decimal
    currency: str
    machine_type: str = ""


class Estimated(msgspec.Struct, frozen=True):
    """What was made of a line. ``why``: why there is no estimate, or what had to be assumed."""

    kind: Kind
    emission: Emission
    why: str = ""


def estimated(line: Line, busy_pct: float | None = None, shape: Shape = no_shape) -> Estimated:
    """A line -> its emission, or the reason why there is none."""
    place = Place(cloud_of(line.provider), line.region)
    amount, hours = measured(line.unit, line.quantity)
    text = f"{line.service} {line.text}".lower()
    if amount is None and hours is not None:
        return _hours(line, place, hours, busy_pct, shape)
    if amount is not None and hours is not None:
        if any(word in text for word in method().disks["functions"]):
            gib_hours = amount * hours
            return Estimated(Kind.VCPU, ran_vcpus(place, gib_hours / method().function_gib_per_vcpu, gib_hours))
        if "ram" in text.split() or "memory" in text:
            return Estimated(Kind.VCPU, ran_vcpus(place, 0.0, amount * hours))
        return _stood(place, amount * hours, text)
    if amount is not None:
        words = method().disks["moved"]
        if line.category == "Networking" or any(word in text for word in words):
            return Estimated(Kind.NETWORK, moved(place, amount))
        return _nothing(t("GB that are neither kept nor sent"))
    return _nothing(t("nothing but a count ({unit})", unit=line.unit or t("no unit")))


def measured(unit: str, quantity: float) -> tuple[float | None, float | None]:
    """A unit and a quantity -> GB and hours: GB-Months give both (GB, and the hours that each was kept), Hours hours alone, GB GB
    alone. Counts (requests) give neither."""
    many, word = _factor(unit)
    parts = [part for part in re.split(r"[\s\-/*]+", word) if part and part not in _FILLERS]
    sizes = [_BYTES[one] for part in parts if (one := _singular(part, _BYTES))]
    times = [_TIMES[one] for part in parts if (one := _singular(part, _TIMES))]
    amount = quantity * many
    if len(times) > 1 or (times and len(sizes) + len(times) < len(parts)):
        sizes = []  # provisioned speed, or units of something else: not bytes that are kept
    if sizes and times:
        return amount * sizes[0], times[0]
    if sizes:
        return amount * sizes[0], None
    return None, amount * times[0] if times else None


def _factor(unit: str) -> tuple[float, str]:
    """``100 GB`` -> 100, ``gb``."""
    found = _DIGITS.match(unit)
    if not found:
        return 1.0, unit.strip().lower()
    many = float(found[1].replace(",", "")) * {"K": 1e3, "M": 1e6, None: 1.0}[found[2]]
    return many, unit[found.end() :].strip().lower()


def _singular(word: str, known: dict[str, float]) -> str:
    return word if word in known else word.removesuffix("s") if word.removesuffix("s") in known else ""


def _hours(line: Line, place: Place, hours: float, busy_pct: float | None, shape: Shape) -> Estimated:
    if "instance core" in f"{line.service} {line.text}".lower():  # of a machine whose cores are billed apart: not machine-hours
        return Estimated(Kind.VCPU, ran_vcpus(place, hours, of=vcpu_of(place.cloud, line.machine_type), busy_pct=busy_pct))
    one, names = _named(place, f"{line.machine_type} {line.text}", shape)
    if one:
        return Estimated(Kind.MACHINE, ran(place, one, hours, busy_pct))
    text = f"{line.service} {line.text} {line.unit}".lower()
    if "vcpu" in text or "ocpu" in text:
        return Estimated(Kind.VCPU, ran_vcpus(place, hours))
    if line.machine_type or names:
        return _nothing(t("machine types without published watts: {name}", name=line.machine_type or names[0]))
    return _nothing(t("hours of no named machine type"))


def _named(place: Place, text: str, shape: Shape) -> tuple[Machine | None, list[str]]:
    """The machine whose type a text names, one word of it (m5.large, e2-standard-2) or two (D2 v3); and the words that look like
    types."""
    words = [word.strip(".-") for word in _WORD.findall(text.replace("_", " "))]
    names = [*(f"{first} {second}" for first, second in pairwise(words)), *words]
    found = next((one for name in names if (one := machine(place, name))), None)
    likely = [word for word in words if _TYPE.fullmatch(word)]
    return found or next((one for name in likely if (one := machine(place, name, shape))), None), likely


def _stood(place: Place, gb_hours: float, text: str) -> Estimated:
    words = method().disks
    disk = next((kind for kind in (Disk.SSD, Disk.HDD) if any(word in text for word in words[kind.value])), Disk.UNKNOWN)
    as_objects = any(word in text for word in words["object"])
    return Estimated(Kind.STORAGE, stood(place, gb_hours, disk, as_objects=as_objects))


def _nothing(why: str) -> Estimated:
    return Estimated(Kind.NONE, Emission(), why)
