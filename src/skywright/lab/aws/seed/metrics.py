"""Fourteen days of hourly metrics: busy by day and quiet by night, idle, oversized, bursty."""

import math
import random
from enum import Enum

import msgspec

from skywright.lab.aws.seed.town import Site
from skywright.lab.aws.strict.metrics import place, remember

HOURS = 14 * 24
_GIB = 2.0**30


class Load(Enum):
    """How a thing is used."""

    BUSY = "busy"  # follows the working day, close to what it can do at noon
    STEADY = "steady"
    IDLE = "idle"  # nothing but its own housekeeping
    OVERSIZED = "oversized"  # works, at a tenth of what it could do
    BURSTY = "bursty"  # quiet for hours, then full out: never smaller


class _Shape(msgspec.Struct, frozen=True):
    """Percent of capacity: at night, at noon, the spread, and how far the peak of an hour is above its mean."""

    night: float
    noon: float
    spread: float
    peak: float


_SHAPES = {
    Load.BUSY: _Shape(22.0, 68.0, 4.0, 1.25),
    Load.STEADY: _Shape(38.0, 46.0, 3.0, 1.2),
    Load.IDLE: _Shape(0.6, 0.9, 0.2, 1.4),
    Load.OVERSIZED: _Shape(3.5, 9.0, 0.8, 1.3),
    Load.BURSTY: _Shape(1.0, 2.0, 0.4, 1.5),
}
_BURST_EVERY_H = 60
_BURST = (82.0, 97.0)


def curve(load: Load, chance: random.Random) -> tuple[list[float], list[float]]:
    """(mean, peak) of each hour in percent of capacity, oldest first."""
    shape = _SHAPES[load]
    means, peaks = [], []
    for hour in range(HOURS):
        day = (1 - math.cos((hour % 24) / 24 * 2 * math.pi)) / 2
        weekend = 0.6 if (hour // 24) % 7 in (5, 6) else 1.0
        mean = shape.night + (shape.noon - shape.night) * day * weekend + chance.uniform(-shape.spread, shape.spread)
        mean = min(95.0, max(0.05, mean))
        peak = min(99.5, mean * shape.peak * chance.uniform(1.0, 1.15))
        if load is Load.BURSTY and hour % _BURST_EVERY_H == 0:
            mean, peak = _BURST
        means.append(mean)
        peaks.append(peak)
    return means, peaks


def keep(site: Site, namespace: str, name: str, dimensions: dict[str, str], load: Load, full: float = 100.0) -> None:
    """One metric, where 100 % of capacity is ``full`` of its unit (per five-minute sample)."""
    means, peaks = curve(load, site.town.chance)
    at = place(site.account.id, site.region, namespace, name, dimensions)
    scale = full / 100.0
    until = site.town.now
    remember(at, hours=HOURS, until=until, mean=[value * scale for value in means], peak=[value * scale for value in peaks])


def nothing(site: Site, namespace: str, name: str, dimensions: dict[str, str]) -> None:
    """One metric that was zero all the time."""
    at = place(site.account.id, site.region, namespace, name, dimensions)
    remember(at, hours=HOURS, until=site.town.now, mean=[0.0] * HOURS, peak=[0.0] * HOURS)


def machine(site: Site, instance: str, load: Load, *, burstable: bool = False) -> None:
    """Processor, memory (as the agent reports it), network and disk of a machine."""
    dimensions = {"InstanceId": instance}
    keep(site, "AWS/EC2", "CPUUtilization", dimensions, load)
    memory = Load.STEADY if load in (Load.BUSY, Load.BURSTY) else load
    keep(site, "CWAgent", "mem_used_percent", dimensions, memory)
    for name in ("NetworkIn", "NetworkOut"):
        if load is Load.IDLE:
            keep(site, "AWS/EC2", name, dimensions, load, 40_000.0)
        else:
            keep(site, "AWS/EC2", name, dimensions, load, 2.0 * _GIB)
    if burstable:
        keep(site, "AWS/EC2", "CPUCreditBalance", dimensions, Load.STEADY, 600.0)


def disk(site: Site, volume: str, load: Load) -> None:
    """Reads and writes of a volume."""
    for name in ("VolumeReadOps", "VolumeWriteOps"):
        keep(site, "AWS/EBS", name, {"VolumeId": volume}, load, 90_000.0)


def database(site: Site, name: str, load: Load) -> None:
    """Processor, connections and input/output of a database."""
    dimensions = {"DBInstanceIdentifier": name}
    keep(site, "AWS/RDS", "CPUUtilization", dimensions, load)
    keep(site, "AWS/RDS", "FreeableMemory", dimensions, Load.STEADY, 8.0 * _GIB)
    for metric in ("ReadIOPS", "WriteIOPS"):
        keep(site, "AWS/RDS", metric, dimensions, load, 2_000.0)
    if load is Load.IDLE:
        nothing(site, "AWS/RDS", "DatabaseConnections", dimensions)
    else:
        keep(site, "AWS/RDS", "DatabaseConnections", dimensions, load, 120.0)


def balancer(site: Site, arn: str, load: Load) -> None:
    """Requests to a balancer."""
    keep(site, "AWS/ApplicationELB", "RequestCount", {"LoadBalancer": arn.split("loadbalancer/", 1)[1]}, load, 40_000.0)


def nat(site: Site, gateway: str, *, used: bool = True) -> None:
    """What goes out through a NAT gateway."""
    for name in ("BytesOutToDestination", "BytesInFromSource"):
        if used:
            keep(site, "AWS/NATGateway", name, {"NatGatewayId": gateway}, Load.BUSY, 1.5 * _GIB)
        else:
            nothing(site, "AWS/NATGateway", name, {"NatGatewayId": gateway})


def function(site: Site, name: str) -> None:
    """Invocations, and the few that failed."""
    keep(site, "AWS/Lambda", "Invocations", {"FunctionName": name}, Load.BUSY, 3_000.0)
    keep(site, "AWS/Lambda", "Errors", {"FunctionName": name}, Load.IDLE, 20.0)
