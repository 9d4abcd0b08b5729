"""What ran, stood or moved -> energy at the socket of the data centre, and greenhouse gas.

Method: Cloud Carbon Footprint's (watts of a vCPU between idle and busy, storage and network coefficients, PUE, the grid's factor, a
server's making spread over its life); the bounds are ours (docs/concepts/carbon.md).
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from skywright.topics.carbon.facts import Machine, grid, machines, method, named_shape, pue, watts_per_vcpu
from skywright.topics.carbon.ranges import Range

HOURS_PER_YEAR = 8766.0


class Disk(StrEnum):
    """What a byte stands on, as far as one can tell."""

    SSD = "ssd"
    HDD = "hdd"
    UNKNOWN = "unknown"


class Emission(msgspec.Struct, frozen=True):
    """kWh at the data centre's socket, kg CO2e of making them, and kg CO2e of making the servers (their share)."""

    kwh: Range = Range()
    use_kg: Range = Range()
    embodied_kg: Range = Range()

    @property
    def kg(self) -> Range:
        """Use and making together, kg CO2e."""
        return self.use_kg + self.embodied_kg

    def __add__(self, other: "Emission") -> "Emission":
        return Emission(self.kwh + other.kwh, self.use_kg + other.use_kg, self.embodied_kg + other.embodied_kg)


class Place(msgspec.Struct, frozen=True):
    """Where something ran: a cloud whose facts are known (or empty), and its region (or empty)."""

    cloud: str
    region: str = ""


Shape = Callable[[Place, str], tuple[float, float] | None]
"""A place and a type of machine -> its vCPUs and GiB, where a price list knows them."""


def no_shape(_place: Place, _type: str) -> None:
    """No price list."""


def machine(place: Place, type_: str, shape: Shape = no_shape) -> Machine | None:
    """The machine of a type, if its facts are known; or, by its shape (``shape``, else what its name says), one of unknown chips,
    unless it has accelerators."""
    name = type_.lower()
    if found := machines().get((place.cloud, name)):
        return found
    if not name or name.startswith(method().accelerated.get(place.cloud, ())):
        return None
    known = shape(place, type_) or named_shape(place.cloud, type_)
    return Machine(place.cloud, type_, *known) if known else None


def ran(place: Place, one: Machine, hours: float, busy_pct: float | None = None) -> Emission:
    """Hours of a machine; ``busy_pct`` is its mean CPU utilisation where that was measured."""
    busy = _busy(busy_pct)
    watts = _cpu_watts(one, busy) + _memory_watts(one)
    if one.idle_w is not None and one.full_w is not None:
        whole = Range(one.idle_w, 0.5 * (one.idle_w + one.full_w), one.full_w)
        measured = _between(Range.exactly(whole.low), Range.exactly(whole.high), busy)
        watts = measured if one.gpus else watts.over(measured)
    emission = _drawn(place, watts * (hours / 1000))
    return msgspec.structs.replace(emission, embodied_kg=_embodied(one, hours))


def ran_vcpus(
    place: Place, vcpu_hours: float, gib_hours: float = 0.0, *, of: Machine | None = None, busy_pct: float | None = None
) -> Emission:
    """Hours of vCPUs, or of memory. ``of``: one vCPU of their machines; where nobody names these, making them is not in it."""
    one = of or Machine(place.cloud, "", 1, 0)
    cpu = _cpu_watts(one, _busy(busy_pct)) * (vcpu_hours / 1000)
    memory = Range(0, method().memory_w_per_gib, method().memory_w_per_gib) * (gib_hours / 1000)
    return msgspec.structs.replace(_drawn(place, cpu + memory), embodied_kg=_embodied(one, vcpu_hours))


def stood(place: Place, gb_hours: float, disk: Disk, *, as_objects: bool) -> Emission:
    """GB kept for hours."""
    known = method()
    match disk:
        case Disk.SSD:
            per_tb = Range.exactly(known.ssd_wh_per_tb_hour)
        case Disk.HDD:
            per_tb = Range.exactly(known.hdd_wh_per_tb_hour)
        case Disk.UNKNOWN:
            per_tb = Range(known.hdd_wh_per_tb_hour, known.ssd_wh_per_tb_hour, known.ssd_wh_per_tb_hour)
    copies = Range(*(known.object_copies if as_objects else known.block_copies))
    return _drawn(place, per_tb * copies * (gb_hours / 1000 / 1000))


def moved(place: Place, gb: float) -> Emission:
    """GB sent over a network."""
    return _drawn(place, Range(*method().network_kwh_per_gb) * gb)


def _drawn(place: Place, kwh: Range) -> Emission:
    """Energy of computers -> energy of the data centre, and what making it emits."""
    whole = kwh * pue(place.cloud)
    factor, _ = grid(place.cloud, place.region)
    return Emission(whole, whole * factor)


def _busy(busy_pct: float | None) -> Range:
    if busy_pct is None:
        return Range(*method().utilisation_unknown)
    low, _, high = method().utilisation_measured
    share = min(max(busy_pct / 100, 0.0), 1.0)
    return Range(max(share + low, 0.0), share, min(share + high, 1.0))


def _between(idle: Range, full: Range, busy: Range) -> Range:
    values = [a + share * (b - a) for a, b, share in zip(_three(idle), _three(full), _three(busy), strict=True)]
    return Range(*values)


def _three(one: Range) -> tuple[float, float, float]:
    return one.low, one.likely, one.high


def _cpu_watts(one: Machine, busy: Range) -> Range:
    idle, full = watts_per_vcpu(one.cloud, one.chips)
    return _between(idle, full, busy) * one.vcpus


def _memory_watts(one: Machine) -> Range:
    known = method()
    beyond = max(one.memory_gib - known.memory_gib_in_vcpu * one.vcpus, 0.0)
    return Range(0.0, beyond * known.memory_w_per_gib, one.memory_gib * known.memory_w_per_gib)


def _embodied(one: Machine, hours: float) -> Range:
    if not one.server_vcpus:
        return Range()
    share = one.server_embodied_kg * min(one.vcpus / one.server_vcpus, 1.0)
    return Range(*(share / (years * HOURS_PER_YEAR) for years in method().server_years)) * hours
